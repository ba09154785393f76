import './htmx-core.js';
import 'htmx-ext-response-targets';
import 'idiomorph/htmx';

// Every request carries the session's token, as the forms do.
document.addEventListener('htmx:configRequest', (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token) event.detail.headers['X-CSRF-Token'] = token;
});

// Whoever asks for a fragment again says which revision of it they have, and is answered
// with nothing when that is still what there is.
document.addEventListener('htmx:configRequest', ({ detail }) => {
  if (detail.verb === 'get' && detail.elt.dataset.revision) detail.headers['X-Revision'] = detail.elt.dataset.revision;
});
document.addEventListener('htmx:afterRequest', ({ detail }) => {
  const revision = detail.xhr?.getResponseHeader('X-Revision');
  if (revision && detail.successful) detail.elt.dataset.revision = revision;
});
