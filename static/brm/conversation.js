/* Conversations: people to choose from after an @, files that are too large said so at once.
 * Loaded when a conversation is shown.
 */

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const TYPING_PAUSE = 180; // milliseconds
const STARTED = /(?:^|[^\w.@+-])@([\w.@+-]*)$/u; // a name that is being written, up to the caret

class Mentions {
  constructor(box) {
    this.box = box;
    this.text = box.querySelector("textarea");
    this.request = null;
    this.list = Object.assign(document.createElement("div"), {
      id: `${this.text.id}-people`,
      className: "options",
      hidden: true,
    });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", box.dataset.label);
    this.text.setAttribute("aria-autocomplete", "list");
    this.text.setAttribute("aria-controls", this.list.id);
    box.append(this.list);
    this.listen();
  }

  listen() {
    this.text.addEventListener("input", () => {
      clearTimeout(this.pause);
      const started = this.started();
      if (started === null) return this.close();
      this.pause = setTimeout(() => this.look(started), TYPING_PAUSE);
    });
    this.text.addEventListener("keydown", (event) => this.onKey(event));
    this.text.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // keeps the focus in the text
      const option = event.target.closest('[role="option"]');
      if (option) this.take(option);
    });
  }

  /* What stands between the @ and the caret; null where no name is being written. */
  started() {
    const before = this.text.value.slice(0, this.text.selectionStart);
    return STARTED.exec(before)?.[1] ?? null;
  }

  async look(name) {
    this.request?.abort();
    this.request = new AbortController();
    const url = new URL(this.box.dataset.mentions, location.href);
    url.searchParams.set("q", name);
    try {
      const answer = await fetch(url, { signal: this.request.signal, headers: { "HX-Request": "true" } });
      if (answer.ok && this.started() === name) this.open(await answer.text());
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  open(options) {
    this.list.innerHTML = options; // our own server's escaped answer; the CSP forbids scripts in it
    this.options().forEach((option, i) => (option.id = `${this.list.id}-${i}`));
    this.list.hidden = this.options().length === 0;
    this.mark(this.options()[0]);
  }

  close() {
    clearTimeout(this.pause);
    this.request?.abort();
    this.list.hidden = true;
    this.text.removeAttribute("aria-activedescendant");
  }

  options() {
    return all('[role="option"]', this.list);
  }

  mark(option) {
    for (const other of this.options()) other.setAttribute("aria-selected", String(other === option));
    if (!option) return;
    this.text.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  onKey(event) {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return this.text.form.requestSubmit();
    if (this.list.hidden) return;
    const options = this.options();
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.mark(options.at((at + step) % options.length));
    else if (event.key === "Enter" || event.key === "Tab") this.take(options[at]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  take(option) {
    const caret = this.text.selectionStart;
    const from = caret - this.started().length;
    this.text.setRangeText(`${option.dataset.value} `, from, caret, "end");
    this.close();
  }
}

/* ---- Files: the server refuses a large one too, but only after it was sent ---- */

function guardSize(form) {
  const input = form.querySelector('input[type="file"]');
  input.addEventListener("change", () => {
    const tooLarge = [...input.files].some((file) => file.size > Number(form.dataset.most));
    if (!tooLarge) return;
    input.value = "";
    form.querySelector("[data-file-name]").textContent = form.dataset.tooLarge;
    const detail = { text: form.dataset.tooLarge, tone: "bad" };
    document.dispatchEvent(new CustomEvent("toast", { detail }));
  });
}

function start(root) {
  for (const [selector, make] of [["[data-mentions]", (box) => new Mentions(box)], ["[data-upload]", guardSize]]) {
    for (const part of all(selector, root)) {
      if (!part.made) make(part);
      part.made = true;
    }
  }
}

start(document);
document.addEventListener("htmx:afterSettle", () => start(document));
