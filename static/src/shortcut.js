// Keys for people who live here: "/" searches, "n" starts something new (the
// first link with data-new), "g" and a letter goes to a section (links with
// data-go), "?" lists them.
let waiting = -Infinity;

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector('dialog[open]')) return;
  if (performance.now() - waiting < 1200) {
    waiting = -Infinity;
    follow(event, `[data-go="${CSS.escape(event.key)}"]`);
    return;
  }
  if (event.key === 'g') waiting = performance.now();
  else if (event.key === '/') focusSearch(event);
  else if (event.key === 'n') follow(event, '[data-new]');
  else if (event.key === '?') document.getElementById('shortcuts')?.showModal();
});

function typing(element) {
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}

function follow(event, selector) {
  const link = document.querySelector(selector);
  if (!link) return;
  event.preventDefault();
  link.click();
}

function focusSearch(event) {
  const field = document.querySelector('[data-search]');
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
}
