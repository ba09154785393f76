// Results in the corner: those that came with the page, those that the server
// names in HX-Trigger ({"toast":{"message","kind"}}), and failed requests.
const shownFor = 6000;
const kinds = ['neutral', 'info', 'success', 'warning', 'error'];

// toast shows a text; it is set as text, never as HTML.
export function toast(message, kind = 'success') {
  if (!message) return;
  const item = document.createElement('div');
  item.className = 'toast-item toast-' + (kinds.includes(kind) ? kind : 'neutral');
  item.dataset.toast = kind;
  const text = document.createElement('p');
  text.textContent = message;
  item.append(text, closeButton());
  host().append(item);
  retire(item);
}

// A modal dialog lies over the whole page, so the region moves into it.
function host() {
  const region = document.getElementById('toasts');
  const modal = [...document.querySelectorAll('dialog[open]')].pop();
  const home = modal ?? document.body;
  if (region.parentElement !== home) home.append(region);
  return region;
}

function closeButton() {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'toast-close';
  button.dataset.toastClose = '';
  button.setAttribute('aria-label', document.body.dataset.textClose);
  button.textContent = '✕';
  return button;
}

// An error stays until it is closed; the rest leaves, unless one points at it.
function retire(item) {
  if (item.dataset.toast === 'error') return;
  const leave = () => (item.matches(':hover, :focus-within') ? setTimeout(leave, 1500) : item.remove());
  setTimeout(leave, shownFor);
}

document.querySelectorAll('#toasts > *').forEach(retire);

document.addEventListener('click', (event) => {
  event.target.closest('[data-toast-close]')?.closest('[data-toast]').remove();
});
document.addEventListener('toast', (event) => toast(event.detail.message, event.detail.kind));
document.addEventListener('htmx:responseError', (event) => {
  // 401 carries HX-Redirect: the browser is leaving already.
  if (event.detail.xhr.status !== 401) toast(document.body.dataset.textError, 'error');
});
document.addEventListener('htmx:sendError', () => toast(document.body.dataset.textOffline, 'error'));
document.addEventListener('htmx:timeout', () => toast(document.body.dataset.textOffline, 'error'));
// The region itself goes back to the body before a dialog's content is thrown away.
document.addEventListener('close', (event) => {
  const region = document.getElementById('toasts');
  if (event.target.contains(region)) document.body.append(region);
}, true);
