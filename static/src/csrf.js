// post sends a form in the background, as the plain form would.
export function post(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  return fetch(form.action, {
    method: 'POST',
    body,
    credentials: 'same-origin',
    redirect: 'manual',
    headers: { 'X-CSRF-Token': document.querySelector('meta[name="csrf-token"]')?.content ?? '' },
  });
}
