// Questions before what destroys, and one submit for one press.

const confirmed = new WeakSet();

// A form asks when it, or the button that was pressed, has data-confirm. The
// submit is held in the capture phase, before htmx and the browser see it.
document.addEventListener('submit', (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!question || confirmed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(question, event.submitter?.textContent.trim()).then((yes) => {
    if (!yes) return;
    confirmed.add(form);
    form.requestSubmit(event.submitter);
  });
}, true);

// ask resolves to true when the person says yes. The yes button repeats what the
// pressed button says, which is clearer than "OK".
function ask(question, label) {
  const dialog = document.getElementById('confirm');
  const yes = dialog.querySelector('[data-confirm-yes]');
  yes.dataset.label ??= yes.textContent;
  dialog.querySelector('#confirm-question').textContent = question;
  yes.textContent = label || yes.dataset.label;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'confirm'), { once: true });
  });
}

// hx-confirm uses the same dialog.
document.addEventListener('htmx:confirm', (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  ask(event.detail.question).then((yes) => yes && event.detail.issueRequest(true));
});

// A form that is on its way is not sent again. The button is disabled after the
// browser has read its name and value.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post') return;
  if (form.dataset.busy) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.dataset.busy = 'true';
  const button = event.submitter ?? form.querySelector('[type="submit"]');
  setTimeout(() => {
    if (!button || !form.dataset.busy) return;
    button.setAttribute('aria-busy', 'true');
    button.disabled = true;
  });
}, true);

export function release(form) {
  delete form.dataset.busy;
  for (const button of form.querySelectorAll('[aria-busy]')) {
    button.removeAttribute('aria-busy');
    button.disabled = false;
  }
}

document.addEventListener('htmx:afterRequest', (event) => {
  if (event.detail.elt.matches?.('form')) release(event.detail.elt);
});
// The browser may bring a page back as it was left.
window.addEventListener('pageshow', () => document.querySelectorAll('form[data-busy]').forEach(release));

// The eyes and the screen reader go to what is wrong.
function showErrors(root) {
  root.querySelector?.('[data-error-summary]')?.focus();
}
showErrors(document);
document.addEventListener('htmx:afterSettle', (event) => showErrors(event.target));

// The wheel moves the page, and changes no number and no choice that has the focus
// (hazard 120). Only where one has, and on it alone, is the wheel listened to: a listener
// that may stop it would slow the scrolling of every page.
const turnable = 'input[type="number"], select:not([multiple])';
const stop = (event) => event.preventDefault();
function watch(field) {
  if (field?.matches?.(turnable)) field.addEventListener('wheel', stop, { passive: false });
}
document.addEventListener('focusin', (event) => watch(event.target));
document.addEventListener('focusout', (event) => event.target.removeEventListener?.('wheel', stop));
watch(document.activeElement);
