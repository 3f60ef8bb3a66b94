/* Forms: comboboxes, dropped files, a guard against losing changes, the demo users of the sign-in page.
 * Loaded by pages with a form or filters.
 */

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/* ---- Combobox: a select whose options the server looks up while one types ----
 *
 * The select stays in the form and holds the value; it is hidden behind a text input with a list box.
 * Its data-options-url answers ?q=… with role="option" elements (templates/components/options.html).
 */

const TYPING_PAUSE = 180; // milliseconds

class Combobox {
  constructor(select) {
    this.select = select;
    this.request = null;
    this.build();
    this.listen();
    select.comboboxMade = true;
  }

  build() {
    const { select } = this;
    const id = select.id;
    this.input = Object.assign(document.createElement("input"), { type: "text", autocomplete: "off", id });
    select.id = `${id}-value`;
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (select.hasAttribute(name)) this.input.setAttribute(name, select.getAttribute(name));
    }
    if (select.required) this.input.setAttribute("aria-required", "true");
    this.list = Object.assign(document.createElement("div"), { id: `${id}-options`, className: "options", hidden: true });
    this.list.setAttribute("role", "listbox");
    const label = document.querySelector(`label[for="${CSS.escape(id)}"]`);
    if (label) this.list.setAttribute("aria-label", label.firstChild.textContent.trim());
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-autocomplete", "list");
    this.input.setAttribute("aria-controls", this.list.id);
    this.input.setAttribute("aria-expanded", "false");
    this.input.value = this.chosenLabel();
    const box = Object.assign(document.createElement("div"), { className: "combobox" });
    select.replaceWith(box);
    box.append(this.input, this.list, select);
    select.hidden = true;
    select.required = false; // a hidden control cannot show its own message; the server says it
  }

  listen() {
    this.input.addEventListener("input", () => {
      clearTimeout(this.pause);
      if (this.input.value === "") this.choose("", "");
      this.pause = setTimeout(() => this.look(this.input.value), TYPING_PAUSE);
    });
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("click", () => this.look(""));
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("blur", () => {
      this.close();
      this.input.value = this.chosenLabel(); // half a name is no choice
    });
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // keeps the focus in the input
      const option = event.target.closest('[role="option"]');
      if (option) this.take(option);
    });
  }

  chosenLabel() {
    const option = this.select.selectedOptions[0];
    return option && option.value ? option.textContent.trim() : "";
  }

  async look(text) {
    this.request?.abort();
    this.request = new AbortController();
    const url = new URL(this.select.dataset.optionsUrl, location.href);
    url.searchParams.set("q", text);
    try {
      const answer = await fetch(url, { signal: this.request.signal, headers: { "HX-Request": "true" } });
      if (answer.ok) this.open(await answer.text());
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  open(options) {
    this.list.innerHTML = options; // our own server's escaped answer; the CSP forbids scripts in it
    this.options().forEach((option, i) => (option.id = `${this.list.id}-${i}`));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark(this.options()[0]);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  options() {
    return all('[role="option"]', this.list);
  }

  mark(option) {
    for (const other of this.options()) other.setAttribute("aria-selected", String(other === option));
    if (!option) return;
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  onKey(event) {
    const options = this.options();
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (this.list.hidden) this.look("");
      else this.mark(options.at((at + step) % options.length));
    } else if (event.key === "Enter" && !this.list.hidden) {
      event.preventDefault();
      if (options[at]) this.take(options[at]);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.stopPropagation();
      this.close();
    }
  }

  take(option) {
    this.choose(option.dataset.value, option.dataset.label);
    this.input.value = option.dataset.label;
    this.close();
  }

  choose(value, label) {
    this.select.replaceChildren(new Option(label, value, true, true));
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/* ---- A field that gets the focus comes out from behind the sticky foot (scroll-padding, base.css) ---- */

document.addEventListener("focusin", (event) => {
  if (event.target.closest(".form .field")) event.target.scrollIntoView({ block: "nearest" });
});

/* ---- Files: dropped or chosen, the name is shown ---- */

function makeFileDrop(drop) {
  const input = drop.querySelector("input");
  const name = drop.querySelector("[data-file-name]");
  input.addEventListener("change", () => {
    if (input.files.length) name.textContent = [...input.files].map((file) => file.name).join(", ");
  });
  for (const type of ["dragenter", "dragover"]) drop.addEventListener(type, () => drop.classList.add("over"));
  for (const type of ["dragleave", "drop"]) drop.addEventListener(type, () => drop.classList.remove("over"));
}

/* ---- Leaving: a form with changes asks before it is lost ---- */

function guardForm(form) {
  const written = () => new URLSearchParams(new FormData(form)).toString();
  // What came back with errors or a conflict is not saved yet.
  const before = form.hasAttribute("data-unsaved") ? null : written();
  const mark = form.querySelector("[data-changed]");
  let leaving = false;
  const changed = () => !leaving && written() !== before;
  const show = () => mark && (mark.hidden = !changed());
  form.addEventListener("input", show);
  form.addEventListener("change", show);
  form.addEventListener("submit", () => (leaving = true));
  document.addEventListener("click", (event) => event.target.closest("[data-leave]") && (leaving = true));
  addEventListener("beforeunload", (event) => changed() && event.preventDefault());
  show();
}

/* ---- Fields set in many records: what is filled in is ticked ---- */

for (const type of ["input", "change"]) {
  document.addEventListener(type, (event) => {
    const tick = event.target.closest(".set-field")?.querySelector('[name="set"]');
    if (tick && event.target !== tick) tick.checked = true;
  });
}

/* ---- Sign-in: a demo user's button fills the form ---- */

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill]");
  if (!button) return;
  const form = document.getElementById(button.dataset.fill);
  form.querySelector('[name="login"]').value = button.dataset.username;
  form.querySelector('[name="password"]').value = button.dataset.password;
  form.querySelector("button:not([type])").focus();
});

/* ---- Start: on the page and on whatever htmx brings ---- */

function start(root) {
  all("select[data-options-url]", root).forEach((select) => select.comboboxMade || new Combobox(select));
  all("[data-file-drop]", root).forEach(makeFileDrop);
}

start(document);
all("form[data-leave-guard]").forEach(guardForm);
document.addEventListener("htmx:afterSettle", (event) => start(event.detail.elt));

/* ---- Passkeys: their module is loaded when a button asks for one ---- */

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passkey]");
  if (button) (await import(button.dataset.module)).run(button);
});
