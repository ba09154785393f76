// A mail stands in a frame of its own. The frame runs nothing, so the page makes
// it as high as the mail is.
const sheets = new WeakSet();

function fit(frame) {
  const content = frame.contentDocument?.documentElement;
  if (!content?.querySelector('main')) return;
  frame.style.height = `${content.querySelector('body').scrollHeight + 2}px`;
  if (sheets.has(content)) return;
  sheets.add(content);
  new ResizeObserver(() => fit(frame)).observe(content.querySelector('body'));
}

function watch(root) {
  for (const frame of root.querySelectorAll?.('iframe[data-mail-frame]') ?? []) {
    frame.addEventListener('load', () => fit(frame));
    fit(frame);
  }
}

watch(document);
document.addEventListener('htmx:load', (event) => watch(event.target));
