/* The palette: searches records, pages and actions while one types. Loaded when it is first opened.
 *
 * The input keeps the focus; arrow keys move through the options, which screen readers follow by
 * aria-activedescendant. What was opened lately is kept in this browser as keys only ("customers:5");
 * the server gives the names, to those who may see them.
 */

const dialog = document.getElementById("palette");
const input = dialog.querySelector("input");
const list = document.getElementById("palette-list");
const status = dialog.querySelector("[role=status]");
const PAUSE = 120; // milliseconds without a key before the server is asked

let asked = null; // the request under way
let timer = 0;

export const open = () => ask();

async function ask() {
  asked?.abort();
  asked = new AbortController();
  const recent = localStorage.getItem(dialog.dataset.store) ?? "";
  const query = new URLSearchParams({ q: input.value, recent });
  try {
    const answer = await fetch(`${list.dataset.url}?${query}`, { signal: asked.signal });
    if (!answer.ok || answer.redirected) return;
    list.innerHTML = await answer.text();
  } catch (error) {
    if (error.name !== "AbortError") throw error;
    return;
  }
  choose(options()[0]);
  status.textContent = `${status.dataset.count}: ${options().length}`;
}

const options = () => [...list.querySelectorAll("[role=option]")];
const chosen = () => list.querySelector("[aria-selected=true]");

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option.id);
}

function go(option) {
  if (option) location.assign(option.dataset.url);
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
});

input.addEventListener("keydown", (event) => {
  if (event.isComposing) return; // the keys belong to the input method
  const all = options();
  const at = all.indexOf(chosen());
  const next = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
  if (next !== undefined && all.length) {
    event.preventDefault();
    choose(all.at(next % all.length));
  }
  if (event.key === "Enter" && chosen()) {
    event.preventDefault();
    go(chosen());
  }
});

list.addEventListener("click", (event) => go(event.target.closest("[role=option]")));
list.addEventListener("pointermove", (event) => {
  const option = event.target.closest("[role=option]");
  if (option && option !== chosen()) choose(option);
});
