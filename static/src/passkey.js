// Passkeys: a form with data-passkey asks the browser to make one ("create") or to
// show one ("get"), and is then sent as any form, with the browser's answer in it.
// Where the browser knows no passkeys the forms stay hidden.
import { release } from './form.js';
import { toast } from './toast.js';

const known = Boolean(window.PublicKeyCredential?.parseCreationOptionsFromJSON && window.PublicKeyCredential.prototype.toJSON);

for (const note of document.querySelectorAll('[data-passkey-missing]')) note.hidden = known;
for (const form of document.querySelectorAll('form[data-passkey]')) {
  form.hidden = !known;
  // What was wrong with it could not have the focus while it was hidden.
  form.querySelector('[data-error-summary]')?.focus();
}

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.dataset.passkey) return;
  event.preventDefault();
  try {
    form.elements.credential.value = JSON.stringify(await ask(form));
    form.submit();
  } catch (error) {
    release(form);
    event.submitter?.focus(); // which it lost while it was busy
    toast(reason(form, error), 'error');
  }
});

// reason says why there is no passkey. Browsers do not tell apart who cancelled, who
// took too long and who has none; only that a device has one already.
function reason(form, error) {
  if (error instanceof TypeError) return document.body.dataset.textOffline;
  return (error.name === 'InvalidStateError' && form.dataset.known) || form.dataset.failed;
}

async function ask(form) {
  const answer = await fetch(form.dataset.options, {
    method: 'POST',
    headers: { 'X-CSRF-Token': form.elements._csrf.value },
  });
  // The session is over: the sign-in page is where this leads.
  if (answer.redirected) return leave(answer.url);
  if (!answer.ok) throw new Error(String(answer.status));
  const { publicKey } = await answer.json();
  const credential = form.dataset.passkey === 'create'
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  return credential.toJSON();
}

// leave goes to another page, and never answers.
function leave(address) {
  location.assign(address);
  return new Promise(() => {});
}
