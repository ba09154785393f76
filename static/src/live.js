// One stream of events for the window that is looked at. It says how far each area has
// come, and first of all how far they are, so that what has moved since a fragment was
// made, or while no stream was open, is asked for; or it says that access has ended, and
// the page goes. Windows in the background hold none: a browser opens few connections to
// one server.
const address = document.body.dataset.events;
const patience = 30000; // until a stream that was refused is tried again

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
  const revision = detail.xhr?.getResponseHeader('X-Revision');
  if (!revision || !detail.successful) return;
  if ('revision' in detail.elt.dataset) detail.elt.dataset.revision = revision;
  if (detail.xhr.status === 200) refresh();
});

let source;
let again;

function open() {
  clearTimeout(again);
  if (source || document.visibilityState !== 'visible') return;
  source = new EventSource(address);
  source.addEventListener('revision', ({ data: area, lastEventId: number }) => {
    latest.set(area, number);
    refresh();
  });
  source.addEventListener('ended', () => {
    close();
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  });
  // A stream that broke off comes back by itself; one that was refused does not.
  source.addEventListener('error', () => {
    if (source?.readyState !== EventSource.CLOSED) return;
    close();
    again = setTimeout(open, patience);
  });
}

function close() {
  source?.close();
  source = undefined;
}

if (address) {
  open();
  document.addEventListener('visibilitychange', () => (document.visibilityState === 'visible' ? open() : close()));
  // Signing out ends this window's access as well: it is on its way already.
  window.addEventListener('beforeunload', () => {
    close();
    again = setTimeout(open, patience); // it was a download, or the person stayed
  });
  window.addEventListener('pageshow', open);
}
