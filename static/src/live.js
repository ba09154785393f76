// One stream of events for the window that is looked at. It says how far each area has
// come, and first of all how far they are, so that the page finds what has moved since it
// was made, or while no stream was open, and asks for it; or it says that access has
// ended, and the page goes. Windows in the background hold none: a browser opens few
// connections to one server.
const address = document.body.dataset.events;
const patience = 30000; // until a stream that was refused is tried again

// The numbers of what the page shows, or has asked for.
const shown = new Map((document.body.dataset.revisions ?? '').split(' ').map((word) => word.split(':')));

let source;
let again;

function open() {
  clearTimeout(again);
  if (source || document.visibilityState !== 'visible') return;
  source = new EventSource(address);
  source.addEventListener('revision', ({ data: area, lastEventId: number }) => {
    if (shown.get(area) === number) return;
    shown.set(area, number);
    document.body.dispatchEvent(new CustomEvent(`revision-${area}`));
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
