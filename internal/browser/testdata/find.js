const find = {
  // Behind an open dialog nothing can be seen or pressed.
  root: () => [...document.querySelectorAll('dialog[open]')].pop() ?? document,
  all: (selector) => [find.root(), ...find.root().querySelectorAll(selector)]
    .filter((element) => element !== document && element.matches(selector) && find.isVisible(element)),
  visible: (selector) => find.all(selector)[0] ?? null,
  isVisible: (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && element.getClientRects().length > 0,
  folded: (text) => (text ?? '').replace(/\s+/g, ' ').trim(),
  text: (element) => element && find.folded(element.innerText),
  says: (words) => {
    const root = find.root() === document ? document.body : find.root();
    return find.folded(root.innerText).includes(words);
  },
  named: (element, name) => find.folded(element.innerText || element.value) === name || element.getAttribute('aria-label') === name,
  button: (name) => find.all('button, a, summary, [role="button"], input[type="submit"], label.check')
    .find((element) => find.named(element, name) && !element.disabled && !element.closest('[aria-hidden="true"]')),
  // A required field's label ends in an asterisk.
  field: (name) => find.all('input, select, textarea').find((field) => field.getAttribute('aria-label') === name
    || [...(field.labels ?? [])].some((label) => find.folded(label.innerText).replace(/\s*\*$/, '') === name)),
  value: (field) => field?.value,
  // Selects what is there, for typing over it; sets what cannot be typed at once.
  write: (field, text) => {
    if (text !== '' && !['date', 'time', 'month', 'datetime-local'].includes(field.type)) {
      field.select();
      return 'type';
    }
    find.set(field, text);
    return 'set';
  },
  set: (field, value) => {
    field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.dispatchEvent(new Event('change', { bubbles: true }));
    return true;
  },
  choose: (field, name) => {
    const option = [...(field?.options ?? [])].find((each) => find.folded(each.text) === name || find.folded(each.text).startsWith(name + ' · '));
    return option ? find.set(field, option.value) : false;
  },
  // The middle of an element that can be pressed there; null until then.
  middle: (element) => {
    if (!element || element.disabled) return null;
    element.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
    const box = element.getClientRects()[0];
    const point = { X: box.left + box.width / 2, Y: box.top + box.height / 2 };
    const top = document.elementFromPoint(point.X, point.Y);
    if (!top || !(element.contains(top) || top.contains(element))) {
      element.scrollIntoView({ block: 'center', behavior: 'instant' });
      return null;
    }
    return element.getAnimations().some((each) => each.playState === 'running') ? null : point;
  },
  // What has the focus without showing it; '' when it shows. Controls that are
  // drawn by their label show it there, and a link that covers its row around that.
  hiddenFocus: () => {
    const focused = document.activeElement;
    if (!focused || focused === document.body || focused.tagName === 'IFRAME') return '';
    for (const [shown, part] of [[focused], [focused, '::after'], [focused.closest('label')], [focused.parentElement], [focused.nextElementSibling]]) {
      if (!shown) continue;
      const style = getComputedStyle(shown, part);
      if (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none') return '';
    }
    return focused.outerHTML.slice(0, 200);
  },
  // What still moves: requests under way, and animations that end.
  moving: () => [
    ...[...document.querySelectorAll('.htmx-request, .htmx-swapping, .htmx-settling, .is-busy, [aria-busy="true"]')].map((each) => each.cloneNode().outerHTML),
    ...document.getAnimations().filter((each) => each.playState === 'running' && each.effect.getComputedTiming().iterations !== Infinity)
      .map((each) => each.effect.target.cloneNode().outerHTML),
  ].join('\n'),
};
