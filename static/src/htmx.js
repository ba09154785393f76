import './htmx-core.js';
import 'htmx-ext-response-targets';
import 'idiomorph/htmx';

// Every request carries the session's token, as the forms do.
document.addEventListener('htmx:configRequest', (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token) event.detail.headers['X-CSRF-Token'] = token;
});
