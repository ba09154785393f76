// Passkeys: a form with data-passkey asks the browser to make one ("create") or to
// show one ("get"), and is then sent as any form, with the browser's answer in it.
// Where the browser knows no passkeys the forms stay hidden.
import { release } from './form.js';
import { toast } from './toast.js';

const known = Boolean(window.PublicKeyCredential?.parseCreationOptionsFromJSON && window.PublicKeyCredential.prototype.toJSON);

for (const form of document.querySelectorAll('form[data-passkey]')) form.hidden = !known;
for (const note of document.querySelectorAll('[data-passkey-missing]')) note.hidden = known;

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.dataset.passkey) return;
  event.preventDefault();
  try {
    form.elements.credential.value = JSON.stringify(await ask(form));
    form.submit();
  } catch {
    // Cancelled, out of time, or no such passkey: browsers do not tell these apart.
    release(form);
    toast(form.dataset.failed, 'error');
  }
});

async function ask(form) {
  const answer = await fetch(form.dataset.options, {
    method: 'POST',
    headers: { 'X-CSRF-Token': form.elements._csrf.value },
  });
  if (!answer.ok) throw new Error(String(answer.status));
  const { publicKey } = await answer.json();
  const credential = form.dataset.passkey === 'create'
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  return credential.toJSON();
}
