import './htmx-core.js';
import 'htmx-ext-response-targets';
import { Idiomorph } from 'idiomorph/htmx';

// What is half typed while a fragment is shown anew stays.
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, element) => name !== 'value' || element !== document.activeElement;

// Every request carries the session's token, as the forms do.
document.addEventListener('htmx:configRequest', (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token) event.detail.headers['X-CSRF-Token'] = token;
});
