// A search inside a form finds whom the form is about, and never sends it. What is chosen
// counts for what the search held then; the server asks anew where it holds something else,
// which is all there is without script (hazard 110).
const searches = 'form[method="post"] input[type="search"]';

// Enter looks at once.
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.isComposing || !event.target.matches(searches)) return;
  event.preventDefault();
  event.target.dispatchEvent(new Event('search', { bubbles: true }));
});

// Who types another name means another person.
document.addEventListener('input', (event) => {
  if (!event.target.matches(searches)) return;
  for (const choice of event.target.closest('[data-picker]')?.querySelectorAll('input:checked') ?? []) choice.checked = false;
});

document.addEventListener('change', (event) => {
  const picker = event.target.matches('input[type="radio"]') && event.target.closest('[data-picker]');
  if (picker) picker.querySelector('input[type="hidden"]').value = picker.querySelector('input[type="search"]').value;
});

// Who picks one of those that are there keeps it: an answer to what was asked before would
// bring others without the choice.
document.addEventListener('htmx:beforeSwap', (event) => {
  const picked = event.target.closest?.('[data-picker]') && event.target.querySelector('input:checked');
  if (picked && event.detail.requestConfig.parameters[picked.name] !== picked.value) event.detail.shouldSwap = false;
});
