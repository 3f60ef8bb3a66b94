/* Lists of records: columns, selection, cells changed in place. Loaded by list pages.
 *
 * Without it every choice is a form of its own; it keeps addresses short and saves steps.
 */

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/* ---- Pickers of the filters are fetched when a panel that has some is opened first ---- */

function loadForms() {
  return import(document.querySelector("[data-forms-module]").dataset.formsModule);
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

/* ---- Selection: the page at once, with Shift a stretch, how many ---- */

const boxes = () => all('[name="keys"]');
let lastBox = null;

function tellSelection() {
  const count = boxes().filter((box) => box.checked).length;
  const text = document.querySelector("[data-selected]");
  if (!text) return;
  text.hidden = false;
  text.textContent = text.dataset.text.replace("{n}", count);
  const page = document.querySelector("[data-select-page]");
  page.checked = count > 0 && count === boxes().length;
  page.indeterminate = count > 0 && !page.checked;
}

function startSelection() {
  lastBox = null;
  for (const page of all("[data-select-page]")) page.hidden = false;
  tellSelection();
}

document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches('[name="keys"]')) return;
  const every = boxes();
  if (event.shiftKey && lastBox) {
    const ends = [every.indexOf(lastBox), every.indexOf(box)].sort((a, b) => a - b);
    for (const between of every.slice(ends[0], ends[1] + 1)) between.checked = box.checked;
  }
  lastBox = box;
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-page]")) {
    for (const box of boxes()) box.checked = event.target.checked;
  }
  if (event.target.matches('[data-select-page], [name="keys"]')) tellSelection();
});

document.addEventListener("reset", (event) => {
  if (event.target.id === "selection") setTimeout(tellSelection); // the boxes are cleared after this event
});

/* ---- Cells changed in place: double click, or arrow keys and Enter ---- */

const shownBefore = new WeakMap(); // cell → what it held before it became a form

function editCell(cell) {
  if (cell.querySelector(".cell-form")) return;
  shownBefore.set(cell, cell.innerHTML);
  const list = cell.closest("[data-cells]").dataset.cells;
  const { record } = cell.closest("[data-record]").dataset;
  htmx.ajax("GET", `${list}${record}/cell/${cell.dataset.field}/`, { target: cell, swap: "innerHTML" });
}

function closeCell(cell) {
  cell.innerHTML = shownBefore.get(cell);
  cell.focus();
}

function neighbour(cell, key) {
  const row = cell.closest("tr");
  const cells = all("[data-field]", row);
  const at = cells.indexOf(cell);
  if (key === "ArrowLeft") return cells[at - 1];
  if (key === "ArrowRight") return cells[at + 1];
  const other = key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling;
  return other?.querySelector(`[data-field="${cell.dataset.field}"]`);
}

document.addEventListener("dblclick", (event) => {
  const cell = event.target.closest("td[data-field]");
  if (cell && !event.target.closest("a, .cell-form")) editCell(cell);
});

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("td[data-field]");
  if (!cell) return;
  if (event.key === "Escape" && cell.querySelector(".cell-form")) return closeCell(cell);
  if (event.target !== cell) return;
  if (event.key === "Enter" || event.key === "F2") {
    event.preventDefault();
    editCell(cell);
  } else if (event.key.startsWith("Arrow")) {
    const next = neighbour(cell, event.key);
    if (!next) return;
    event.preventDefault();
    cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
});

document.addEventListener("click", (event) => {
  const cancel = event.target.closest("[data-cell-cancel]");
  if (cancel) closeCell(cancel.closest("td"));
});

/* A refusal comes back as the form with its reason. */
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (!target.matches("td[data-field]") || ![409, 422].includes(xhr.status)) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});

/* A saved record has a new version: its box selects that one. */
document.addEventListener("cellSaved", (event) => {
  const { record, version } = event.detail;
  const box = boxes().find((each) => each.value.split(":")[0] === String(record));
  if (box) box.value = `${record}:${version}`;
});

async function settleCell(cell) {
  const form = cell.querySelector(".cell-form");
  if (!form) return cell.focus();
  if (form.querySelector("[data-options-url]")) await loadForms(); // a picker takes the select's place
  form.querySelector(".cell-input :is(input:not([type=hidden]), select:not([hidden]), textarea)").focus();
}

/* ---- Start: on the page and on whatever htmx brings ---- */

function start(root) {
  if (root.matches?.("td[data-field]")) return settleCell(root);
  const first = document.querySelector("td[data-field]");
  if (first) first.tabIndex = 0;
  startColumns(root);
  startSelection();
}

start(document);
document.addEventListener("htmx:afterSettle", (event) => start(event.detail.elt));
