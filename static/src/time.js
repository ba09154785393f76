// Relative times stay true while a page is open. The words are the browser's, in
// the page's language, and equal the server's (internal/locale).
const day = 86400;
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: 'auto' });

function refresh() {
  const now = Date.now();
  for (const element of document.querySelectorAll('time[data-relative]')) {
    const text = relative((new Date(element.dateTime) - now) / 1000);
    if (text) element.textContent = text;
  }
}

// Beyond an hour the server's words stay until they are a day old: it knows the
// clinic's midnight, the browser may be in another zone.
function relative(seconds) {
  const distance = Math.abs(seconds);
  if (Number.isNaN(seconds) || distance < 45 || distance >= day / 4) return '';
  if (distance < 3570) return words.format(Math.sign(seconds) * Math.max(1, Math.round(distance / 60)), 'minute');
  return words.format(Math.sign(seconds) * Math.round(distance / 3600), 'hour');
}

setInterval(refresh, 30000);
document.addEventListener('visibilitychange', () => document.hidden || refresh());
