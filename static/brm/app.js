/* What every page does: theme, navigation, dialogs, tabs, toasts, lists, charts.
 *
 * Pages work without it as far as they can; it only makes them quicker to use. Parts are found by data
 * attributes, never by class, and listeners sit on the document, so that what htmx swaps in works at once.
 */

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const isTyping = (target) => target.matches("input, select, textarea, [contenteditable]");

/* ---- Theme and language ---- */

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-form]")) return;
  event.preventDefault();
  const theme = event.submitter.value;
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.documentElement.dataset.theme = theme;
  document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax${secure}`;
  for (const button of all("button", event.target)) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-send-on-change]")) event.target.form.requestSubmit();
});

/* ---- Navigation drawer on a phone ---- */

function openDrawer(open) {
  const button = $("[data-nav-open]");
  document.body.classList.toggle("nav-open", open);
  button.setAttribute("aria-expanded", String(open));
  $(".page").inert = open; // the focus stays in the drawer
  (open ? $("#sidebar a") : button).focus();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-nav-open]")) openDrawer(true);
  else if (event.target.closest("[data-nav-close]")) openDrawer(false);
});

/* ---- Keys: "/" goes to the search of the page, Escape closes the drawer and open filters ---- */

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (document.body.classList.contains("nav-open")) openDrawer(false);
    for (const panel of all("details.filters[open]")) {
      panel.open = false;
      $("summary", panel).focus();
    }
  }
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !isTyping(event.target)) {
    event.preventDefault();
    const search = $("[data-search]");
    if (!search) return openPalette();
    search.focus();
    search.select();
  }
  if (event.key === "?" && !isTyping(event.target) && !$("dialog[open]")) $("#keys")?.showModal();
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && $("#palette")) {
    event.preventDefault();
    openPalette();
  }
});

/* ---- Palette: its module is loaded when it is first wanted; what was opened lately stays in this browser ---- */

const RECENT = 8;

async function openPalette() {
  const [opener, dialog] = [$("[data-palette]"), $("#palette")];
  if (!opener || dialog.open) return;
  dialog.dataset.store = `recent-${opener.dataset.owner}`;
  $("input", dialog).value = "";
  dialog.showModal(); // at once, so that no key is lost while the module is on its way
  $("input", dialog).focus();
  (await import(opener.dataset.module)).open();
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  openPalette();
});

function remember() {
  const [, resource, id] = location.pathname.match(/^\/([a-z-]+)\/(\d+)\/$/) ?? [];
  if (!id || !$("[data-palette]")) return;
  const store = `recent-${$("[data-palette]").dataset.owner}`;
  const key = `${resource}:${id}`;
  const before = (localStorage.getItem(store) ?? "").split(",").filter((one) => one && one !== key);
  localStorage.setItem(store, [key, ...before].slice(0, RECENT).join(","));
}

/* A click beside the open filters closes them. */
document.addEventListener("pointerdown", (event) => {
  for (const panel of all("details.filters[open]")) panel.open = panel.contains(event.target);
});

/* ---- Dialogs: the focus goes to the first field, without fields to the way out ---- */

function openDialog(dialog) {
  dialog.showModal();
  ($(".dialog-body :is(input:not([type=hidden]), select, textarea)", dialog) ?? $(".dialog-foot [data-close]", dialog)).focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) openDialog(document.getElementById(opener.dataset.dialog));
  else if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  else if (event.target.matches("dialog")) event.target.close(); // a click beside it
});

/* ---- Tabs: links to parts of the page become tabs ---- */

function makeTabs(list) {
  const tabs = all("a", list);
  const panelOf = (tab) => $(tab.hash);
  list.setAttribute("role", "tablist");
  const select = (chosen, focus = false) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      panelOf(tab).hidden = tab !== chosen;
    }
    if (focus) chosen.focus();
  };
  for (const tab of tabs) {
    tab.id ||= `tab-${tab.hash.slice(1)}`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", tab.hash.slice(1));
    panelOf(tab).setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", tab.hash);
      select(tab);
    });
  }
  list.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    select(tabs.at((tabs.indexOf(document.activeElement) + step) % tabs.length), true);
  });
  select(tabs.find((tab) => tab.hash === location.hash) ?? tabs[0]);
}

/* ---- Toasts: dismissed by hand, good news leaves by itself; htmx answers send them as an event ---- */

const TOAST_SECONDS = 6;

function settleToast(toast) {
  if (toast.matches(".bad, .warn")) return; // bad news stays until it was read
  if ($("form", toast)) return; // so does what can be undone: nobody is hurried
  setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), TOAST_SECONDS * 1000);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) event.target.closest(".toast").remove();
});

/* A form as in templates/components/toast.html; the user comes back to this page. */
function undoForm({ url, version, label }) {
  const form = Object.assign(document.createElement("form"), { method: "post", action: url });
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["x-csrftoken"];
  const sent = { csrfmiddlewaretoken: token, version, next: location.pathname + location.search };
  for (const [name, value] of Object.entries(sent)) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  form.append(Object.assign(document.createElement("button"), { className: "button small", textContent: label }));
  return form;
}

function dismissButton() {
  const button = Object.assign(document.createElement("button"), { className: "icon-button", type: "button", textContent: "×" });
  button.dataset.dismiss = "";
  button.setAttribute("aria-label", $("#toasts").dataset.dismissLabel);
  return button;
}

/* An answer with the header HX-Trigger: {"toast": {"text": "…", "tone": "good", "undo": {…}}} shows a toast. */
document.addEventListener("toast", (event) => {
  const { text, tone = "info", undo } = event.detail;
  const toast = document.createElement("div");
  toast.className = `toast ${tone}`;
  toast.append(Object.assign(document.createElement("p"), { textContent: text }));
  if (undo) {
    all("#toasts .toast:has(form)").forEach((older) => older.remove()); // the last write alone can be undone
    toast.append(undoForm(undo), dismissButton());
  }
  $("#toasts").append(toast);
  settleToast(toast);
});

/* ---- Lists: empty filters stay out of the address ---- */

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") return;
  const values = event.detail.formData;
  for (const name of new Set(values.keys())) {
    const kept = values.getAll(name).filter((value) => value !== "");
    values.delete(name);
    for (const value of kept) values.append(name, value);
  }
});

document.addEventListener("htmx:responseError", () => {
  const text = $("#toasts").dataset.failure;
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "bad" } }));
});

/* ---- Charts: read the values by pointer or arrow keys; the texts come from the chart's own table ---- */

function makeChart(figure) {
  const points = JSON.parse(figure.dataset.points); // [[x %, y % or null], …], one for each row
  const plot = $(".chart-plot", figure);
  const crosshair = $(".crosshair", figure);
  const readout = $(".readout", figure);
  const heads = all("thead th", figure).slice(1).map((head) => head.textContent);
  const rows = all("tbody tr", figure);
  let at = -1;

  const line = (name, value) => {
    const span = document.createElement("span");
    span.append(name, Object.assign(document.createElement("i"), { textContent: value || "–" }));
    return span;
  };
  const show = (index) => {
    at = Math.max(0, Math.min(points.length - 1, index));
    const [name, ...values] = [...rows[at].children].map((cell) => cell.textContent);
    readout.replaceChildren(Object.assign(document.createElement("b"), { textContent: name }));
    values.forEach((value, i) => readout.append(line(heads[i], value)));
    crosshair.hidden = readout.hidden = false;
    const x = (plot.clientWidth * points[at][0]) / 100;
    crosshair.style.left = `${x}px`;
    const width = readout.offsetWidth;
    readout.style.left = `${Math.max(0, x + width + 20 > plot.clientWidth ? x - width - 12 : x + 12)}px`;
  };
  const hide = () => {
    at = -1;
    crosshair.hidden = readout.hidden = true;
  };

  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width) * 100;
    const distances = points.map(([x]) => Math.abs(x - share));
    show(distances.indexOf(Math.min(...distances)));
  });
  plot.addEventListener("pointerleave", hide);
  plot.addEventListener("blur", hide);
  plot.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") hide();
    if (!step) return;
    event.preventDefault();
    show(at < 0 ? points.length - 1 : at + step);
  });
}

/* ---- Start: on the page and on whatever htmx brings ---- */

function start(root) {
  const found = (selector) => (root.matches?.(selector) ? [root] : []).concat(all(selector, root));
  found("[data-tabs]").forEach(makeTabs);
  found("[data-chart]").forEach(makeChart);
  found("dialog[data-open]").forEach(openDialog);
  found("[data-needs]").forEach((part) => import(part.dataset.needs)); // each module is run once
  found("[data-error-summary]").slice(0, 1).forEach((summary) => summary.focus());
}

start(document);
remember();
all(".toast").forEach(settleToast);
document.addEventListener("htmx:afterSettle", (event) => start(event.detail.elt));
