// The current tab of a bar that is wider than the window is brought into view.
for (const tab of document.querySelectorAll('.tab-bar [aria-current]')) {
  tab.scrollIntoView({ block: 'nearest', inline: 'center', behavior: 'instant' });
}
