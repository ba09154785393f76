// Results in the corner: those that came with the page, those that the server
// names in HX-Trigger ({"toast":{"message","kind"}}), and failed requests.
import { failuresOf } from './live.js';

const shownFor = 6000;

// toast shows a text in the template of its kind (neutral, info, success, warning,
// error); it is set as text, never as HTML.
export function toast(message, kind = 'success') {
  if (!message) return;
  const templates = document.getElementById('toast-templates').content;
  const template = [...templates.children].find((child) => child.dataset.toast === kind) ?? templates.firstElementChild;
  const item = template.cloneNode(true);
  item.querySelector('p').textContent = message;
  withdraw(item);
  region().append(item);
  retire(item);
}

// An error that stands already is said in its place: a page that asks by itself fails again
// each minute, and nobody may be there to close one.
function withdraw(item) {
  if (item.dataset.toast !== 'error') return;
  [...region().children].find((shown) => shown.dataset.toast === 'error' && shown.textContent === item.textContent)?.remove();
}

// A modal dialog lies over the whole page, so the region moves into it.
function region() {
  const toasts = document.getElementById('toasts');
  const home = [...document.querySelectorAll('dialog[open]')].pop() ?? document.body;
  if (toasts.parentElement !== home) home.append(toasts);
  return toasts;
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
// What a fragment asks for in vain by itself is said once, and not at each of its tries.
const isSaid = ({ detail }) => failuresOf(detail.elt) > 1;
document.addEventListener('htmx:responseError', (event) => {
  // 401 carries HX-Redirect: the browser is leaving already.
  if (event.detail.xhr.status !== 401 && !isSaid(event)) toast(document.body.dataset.textError, 'error');
});
for (const kind of ['htmx:sendError', 'htmx:timeout']) {
  document.addEventListener(kind, (event) => isSaid(event) || toast(document.body.dataset.textOffline, 'error'));
}
// The region goes back to the body when its dialog closes.
document.addEventListener('close', (event) => {
  const toasts = document.getElementById('toasts');
  if (event.target.contains(toasts)) document.body.append(toasts);
}, true);
