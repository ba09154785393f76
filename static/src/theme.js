// The theme changes at once; the server hears of it in the background.
import { post } from './csrf.js';
import { toast } from './toast.js';

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.matches('[data-theme-form]') || !event.submitter) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const theme = event.submitter.value;
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const button of form.querySelectorAll('button')) {
    button.setAttribute('aria-pressed', String(button === event.submitter));
  }
  try {
    const answer = await post(form, event.submitter);
    if (answer.status >= 400) throw new Error(`status ${answer.status}`);
  } catch {
    toast(document.body.dataset.textError, 'error');
  }
}, true);
