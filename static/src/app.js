// What the pages do beyond plain HTML. Every page works without it.
import './htmx.js';
import './theme.js';
import './toast.js';
import './progress.js';
import './form.js';
import './frame.js';
import './dialog.js';
import './time.js';
import './copy.js';
import './shortcut.js';
import './live.js';
