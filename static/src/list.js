// Lists: ticking all rows at once, and addresses without what is empty.

// The box in the head works only with script, so it is hidden until it runs. Rows
// that could not be changed come back ticked, so they are counted here as well.
function show(root) {
  root.querySelectorAll?.('[data-select-all]').forEach((box) => {
    box.hidden = false;
    showSelected(box.dataset.selectAll, rowsOf(box.dataset.selectAll));
  });
}

const rowsOf = (form) => [...document.querySelectorAll(`input[name="id"][form="${form}"]`)];

document.addEventListener('change', (event) => {
  const box = event.target;
  const form = box.dataset.selectAll ?? (box.name === 'id' && box.getAttribute('form'));
  if (!form) return;
  const rows = rowsOf(form);
  if (box.dataset.selectAll) {
    rows.forEach((row) => {
      row.checked = box.checked;
    });
  }
  showSelected(form, rows);
});

function showSelected(form, rows) {
  const chosen = rows.filter((row) => row.checked).length;
  document.querySelectorAll(`[data-selected="${form}"]`).forEach((counter) => {
    counter.textContent = chosen;
  });
  const all = document.querySelector(`[data-select-all="${form}"]`);
  if (!all) return;
  all.checked = chosen > 0 && chosen === rows.length;
  all.indeterminate = chosen > 0 && chosen < rows.length;
}

show(document);
document.addEventListener('htmx:load', (event) => show(event.target));

// A shared link says what is asked for, and nothing of what is not.
document.addEventListener('htmx:configRequest', (event) => {
  if (!event.detail.elt.closest('[data-list-filter]')) return;
  const { parameters } = event.detail;
  for (const name of Object.keys(parameters)) {
    if (parameters[name] === '') delete parameters[name];
  }
});
