// What the pages do beyond plain HTML. Every page works without it.
import './htmx.js';
import './theme.js';
import './toast.js';
import './progress.js';
import './form.js';
import './picker.js';
import './frame.js';
import './dialog.js';
import './time.js';
import './copy.js';
import './shortcut.js';
import './list.js';
import './tab.js';
import './live.js';
import './passkey.js';

// Controls that only work with script are hidden until it runs.
document.querySelectorAll('[data-copy], [data-print], [data-dialog-open]').forEach((element) => {
  element.hidden = false;
});
document.addEventListener('htmx:load', (event) => {
  event.target.querySelectorAll?.('[data-copy], [data-print], [data-dialog-open]').forEach((element) => {
    element.hidden = false;
  });
});
