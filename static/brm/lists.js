/* Lists of records: columns, selection, cells changed in place. Loaded by list pages.
 *
 * Without it every choice is a form of its own; it keeps addresses short and saves steps.
 */

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/* ---- Pickers of the filters are fetched when a panel that has some is opened first ---- */

function loadForms() {
  import(document.querySelector("[data-forms-module]").dataset.formsModule);
}

document.addEventListener("toggle", (event) => {
  if (event.target.matches("details[data-needs-forms]") && event.target.open) loadForms();
}, true);

/* ---- Addresses hold what differs from the standard, columns as one list ---- */

document.addEventListener("htmx:configRequest", (event) => {
  const { verb, formData, elt } = event.detail;
  if (verb !== "get" || elt.id !== "find") return;
  const columns = formData.getAll("columns");
  const standard = document.querySelector("[data-columns]").dataset.default;
  formData.delete("columns");
  if (columns.length && columns.join() !== standard) formData.append("columns", columns.join());
  if (formData.get("density") === "comfortable") formData.delete("density");
});

/* ---- Columns: up, down, and back to the standard ones ---- */

function startColumns(root) {
  for (const button of all("[data-column], [data-columns-reset]", root)) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const mover = event.target.closest("[data-column]");
  const reset = event.target.closest("[data-columns-reset]");
  if (mover) {
    const row = mover.closest("li");
    if (mover.dataset.column === "up") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    mover.focus();
  } else if (reset) {
    const list = reset.closest("details").querySelector("[data-columns]");
    const standard = list.dataset.default.split(",");
    const rows = all("li", list);
    for (const name of [...standard].reverse()) {
      const row = rows.find((each) => each.querySelector("input").value === name);
      row.parentElement.prepend(row);
    }
    for (const box of all("input[name=columns]", list)) box.checked = standard.includes(box.value);
  }
});

/* ---- Start: on the page and on whatever htmx brings ---- */

startColumns(document);
document.addEventListener("htmx:afterSettle", (event) => startColumns(event.detail.elt));
