// One stream of events for the window that is looked at. It says how far each area has
// come, and first of all how far they are, so that what has moved since a fragment was
// made, or while no stream was open, is asked for; or it says that access has ended, and
// the page goes. Windows in the background hold none: a browser opens few connections to
// one server.
const address = document.body.dataset.events;
const patience = 30000; // at most, until what has failed is tried again, in milliseconds
const slack = 5000; // how much later than it was promised a sign of life may come

// backOff is how long it takes until the next try, after so many that have failed: soon,
// then less and less often; and not for all windows at the same moment, who have all failed
// at the same.
const backOff = (failed) => Math.min(2000 * 2 ** (failed - 1), patience) * (1 - Math.random() / 2);

// What the stream has said last, by area.
const latest = new Map();

// A fragment says in data-revision what it shows, as "inbox:7 as:… until:…". One whose
// numbers are not those of the stream asks for itself, on the event that bubbles to no
// fragment around it. They are compared, never counted: after a restore they are lower.
function refresh() {
  for (const fragment of document.querySelectorAll('[data-revision]')) {
    if (isAnother(fragment.dataset.revision)) fragment.dispatchEvent(new CustomEvent('moved'));
  }
}

function isAnother(revision) {
  return revision.split(' ').some((word) => {
    const [area, number] = word.split(':');
    return latest.has(area) && latest.get(area) !== number;
  });
}

// Whoever asks for itself says what it shows, and is answered with nothing when that is
// still what there is.
document.addEventListener('htmx:configRequest', ({ detail }) => {
  if (detail.verb === 'get' && detail.elt.dataset.revision) detail.headers['X-Revision'] = detail.elt.dataset.revision;
});
// What came may be older than what the stream has said meanwhile, and a fragment asks once
// at a time. An answer without content ends it: a stream may also be behind.
document.addEventListener('htmx:afterRequest', ({ detail }) => {
  if (detail.successful) recover(detail.elt);
  const revision = detail.xhr?.getResponseHeader('X-Revision');
  if (!revision || !detail.successful) return;
  if ('revision' in detail.elt.dataset) detail.elt.dataset.revision = revision;
  if (detail.xhr.status === 200) refresh();
});

// A fragment that could not be had, since the network, the server or its database was away,
// asks for itself again. What it was refused for a reason of its own it leaves alone.
const failures = new WeakMap();

function fail({ detail: { elt, xhr } }) {
  if (!('revision' in elt.dataset) || (xhr.status > 0 && xhr.status < 500 && xhr.status !== 429)) return;
  const failed = failuresOf(elt) + 1;
  clearTimeout(failures.get(elt)?.again);
  const wait = Math.max(backOff(failed), 1000 * Number(xhr.getResponseHeader('Retry-After')));
  failures.set(elt, { failed, again: setTimeout(() => elt.dispatchEvent(new CustomEvent('moved')), wait) });
}

function recover(element) {
  clearTimeout(failures.get(element)?.again);
  failures.delete(element);
}

// failuresOf is how often an element has asked for itself in vain since it last was
// answered.
export const failuresOf = (element) => failures.get(element)?.failed ?? 0;

for (const kind of ['htmx:sendError', 'htmx:timeout', 'htmx:responseError']) document.addEventListener(kind, fail);

let source;
let timer; // what happens next with the stream, if nothing does
let refused = 0;

function later(span, act = reopen) {
  clearTimeout(timer);
  timer = setTimeout(act, span);
}

function open() {
  if (source || document.visibilityState !== 'visible') return;
  source = new EventSource(address);
  source.addEventListener('revision', ({ data: area, lastEventId: number }) => {
    latest.set(area, number);
    refresh();
  });
  // A connection that was cut looks to the browser like one on which nothing happens.
  source.addEventListener('beat', ({ data: interval }) => {
    refused = 0;
    later(Number(interval) + slack);
  });
  // The person has more windows than streams. The one that they are in comes back, in
  // place of another; the rest ask for themselves once a minute until they turn to them.
  source.addEventListener('displaced', () => {
    close();
    later(patience, () => document.hasFocus() && open());
  });
  source.addEventListener('ended', () => {
    close();
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  });
  // A stream that broke off comes back by itself; one that was refused does not.
  source.addEventListener('error', () => {
    if (source?.readyState !== EventSource.CLOSED) return later(patience);
    close();
    later(backOff(++refused), open);
  });
  later(patience);
}

function close() {
  clearTimeout(timer);
  source?.close();
  source = undefined;
}

function reopen() {
  close();
  open();
}

if (address) {
  open();
  document.addEventListener('visibilitychange', () => (document.visibilityState === 'visible' ? open() : close()));
  // Signing out ends this window's access as well: it is on its way already.
  window.addEventListener('beforeunload', () => {
    close();
    later(patience, open); // it was a download, or the person stayed
  });
  window.addEventListener('pageshow', open);
  window.addEventListener('focus', open);
  // Whatever was open before the network was away is not to be trusted.
  window.addEventListener('online', reopen);
}
