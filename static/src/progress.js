// A line on top for everything that takes longer than 200 ms: htmx requests and
// the next page.
const patience = 200;
let running = 0;
let timer;

const line = () => document.getElementById('progress');

function begin() {
  running += 1;
  if (running === 1) timer = setTimeout(() => line()?.classList.add('is-busy'), patience);
}

function end() {
  running = Math.max(0, running - 1);
  if (running > 0) return;
  clearTimeout(timer);
  line()?.classList.remove('is-busy');
}

// The request itself says when it ends: the element that made it may be gone by
// then, and its events with it.
document.addEventListener('htmx:beforeSend', (event) => {
  begin();
  event.detail.xhr.addEventListener('loadend', end);
});
// A link that turns out to be a download leaves the page where it is, unnoticed.
window.addEventListener('beforeunload', () => {
  begin();
  setTimeout(end, 10000);
});
window.addEventListener('pageshow', () => {
  running = 0;
  end();
});
