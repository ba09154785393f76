// Dialogs: a link with data-dialog shows its page's fragment in the layout's
// dialog; data-dialog-open="id" opens one of the page; data-dialog-close closes.
import htmx from './htmx-core.js';

const host = () => document.getElementById('dialog');

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-dialog]');
  if (link && plainClick(event)) {
    event.preventDefault();
    load(link.href);
    return;
  }
  const opener = event.target.closest('[data-dialog-open]');
  if (opener) {
    document.querySelectorAll(':popover-open').forEach((popover) => popover.hidePopover());
    document.getElementById(opener.dataset.dialogOpen)?.showModal();
    return;
  }
  const leaving = event.target.closest('[data-dialog-close], dialog [data-cancel]');
  if (leaving) {
    event.preventDefault();
    event.target.closest('dialog')?.close();
    return;
  }
  // The backdrop belongs to the dialog element itself.
  if (event.target.matches('dialog[open]') && outside(event)) event.target.close();
});

// Other buttons and keys mean a new tab or window.
function plainClick(event) {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

function outside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

// load shows a page's fragment under the title of its page header.
function load(address) {
  htmx.ajax('GET', address, { target: '#dialog-content', swap: 'innerHTML ignoreTitle:true' }).then(() => {
    const content = document.getElementById('dialog-content');
    if (content.childElementCount === 0) return;
    document.getElementById('dialog-title').textContent = content.querySelector('h1')?.textContent ?? '';
    if (!host().open) host().showModal();
    content.querySelector('[autofocus], input:not([type="hidden"]), select, textarea')?.focus();
  });
}

// HX-Trigger: closeDialog ends it from the server.
document.addEventListener('closeDialog', () => host().close());
document.getElementById('dialog')?.addEventListener('close', () => {
  document.getElementById('dialog-content').replaceChildren();
});
