// htmx with our rules. The extensions look for it on window, so it stands there
// before they are imported.
import htmx from 'htmx.org';

window.htmx = htmx;
Object.assign(htmx.config, {
  // The security policy has neither inline styles nor eval.
  includeIndicatorStyles: false,
  allowEval: false,
  allowScriptTags: false,
  // Pages hold personal data: none is kept in the browser's storage (hazard 72).
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  selfRequestsOnly: true,
  scrollIntoViewOnBoost: false,
  // A form that was refused (422) and a conflict (409) are answers to show; other
  // errors become a toast (toast.js).
  responseHandling: [
    { code: '204', swap: false },
    { code: '[23]..', swap: true },
    { code: '(409|422)', swap: true },
    { code: '[45]..', swap: false, error: true },
  ],
});

// htmx notes the address of the page in the session's storage, and an address may
// hold what was searched for (hazard 72). It finds it in location as well.
function forgetAddress() {
  try {
    sessionStorage.removeItem('htmx-current-path-for-history');
  } catch {
    // A browser that keeps nothing for us has nothing to forget.
  }
}
forgetAddress();
for (const event of ['htmx:pushedIntoHistory', 'htmx:replacedInHistory', 'htmx:historyRestore']) {
  document.addEventListener(event, forgetAddress);
}

export default htmx;
