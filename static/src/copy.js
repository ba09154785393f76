// A button with data-copy puts its text on the clipboard and says so.
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // Refused, or plain http: the text beside the button is selected instead.
    const text = button.parentElement.querySelector('.copy-text');
    if (text) getSelection().selectAllChildren(text);
    return;
  }
  const label = button.querySelector('span');
  button.dataset.label ??= label.textContent;
  label.textContent = button.dataset.copied;
  setTimeout(() => (label.textContent = button.dataset.label), 2000);
});

// A button with data-print prints the page.
document.addEventListener('click', (event) => {
  if (event.target.closest('[data-print]')) print();
});
