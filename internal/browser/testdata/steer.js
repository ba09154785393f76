// Waits of a second and more are held until the test lets time pass; shorter ones go on.
window.steer = { streams: [], said: [], focused: false, status: 200, failed: 0 };
(() => {
  const { setTimeout, clearTimeout } = window;
  const waits = new Map();
  let now = 0;
  let last = 1e9; // beyond any of the browser's own
  window.setTimeout = (act, span = 0, ...rest) => {
    if (!(span >= 1000)) return setTimeout(act, span, ...rest);
    last += 1;
    waits.set(last, { act: () => act(...rest), end: now + span });
    return last;
  };
  window.clearTimeout = (id) => waits.delete(id) || clearTimeout(id);
  steer.pass = (span) => {
    now += span;
    for (const [id, { act, end }] of [...waits]) if (end <= now && waits.delete(id)) act();
  };

  const { EventSource } = window;
  window.EventSource = class extends EventSource {
    constructor(address) {
      super(address);
      steer.streams.push(this);
      this.addEventListener('beat', () => steer.said.push('beat'));
      this.addEventListener('revision', ({ data }) => steer.said.push(data));
    }
  };

  document.hasFocus = () => steer.focused;

  // A status other than 200 is what every request is answered; with 0 the network is away.
  // htmx logs what fails as an error, which is none of the page's here.
  const { send } = XMLHttpRequest.prototype;
  const { error } = console;
  console.error = (...words) => steer.status === 200 && error(...words);
  XMLHttpRequest.prototype.send = function answer(...rest) {
    if (steer.status === 200) return send.apply(this, rest);
    const { status } = steer;
    return setTimeout(() => {
      steer.failed += 1;
      Object.defineProperties(this, {
        status: { value: status }, getAllResponseHeaders: { value: () => '' }, getResponseHeader: { value: () => null },
        response: { value: '' }, responseText: { value: '' },
      });
      if (status === 0) this.onerror();
      else this.onload();
      this.dispatchEvent(new Event('loadend'));
    });
  };
})();
