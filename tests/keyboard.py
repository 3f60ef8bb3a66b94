"""A person at the keyboard: walks by Tab, sees the focus at every step."""

from typing import Any

from tests.looking import settle

STEPS = 150
FOCUSED = """async () => {
  // What moves has not come to its place yet; what moves for ever, like a wheel, is not waited for.
  const moving = document.getAnimations().filter((one) => one.effect.getTiming().iterations < 99);
  await Promise.allSettled(moving.map((one) => one.finished));
  const one = document.activeElement;
  const labels = [...(one.labels || [])].map((label) => label.innerText.split("\\n")[0]).join(" ");
  const name = (one.getAttribute("aria-label") || labels || one.innerText || "").trim();
  // Where an input is drawn by what surrounds it, that shows the focus.
  const shown = one.type === "file" ? one.parentElement : one;
  const style = getComputedStyle(shown), box = shown.getBoundingClientRect();
  const ring = [style, getComputedStyle(shown, "::after")].some(
    (one) => one.outlineStyle !== "none" && parseFloat(one.outlineWidth) >= 2);
  const inside = box.width > 0 && box.bottom > 0 && box.right > 0 &&
    box.top < innerHeight && box.left < innerWidth;
  const at = document.elementFromPoint(
    Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1),
    Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 1));
  const above = !at || shown.contains(at) || at.contains(shown) || one.tagName === "SELECT";
  return {name, ring, inside, above, what: one.outerHTML.slice(0, 160), tag: one.tagName};
}"""


class Keyboard:
    """Moves through a page by the keyboard alone; fails where the focus cannot be seen."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def go_to(self, name: str) -> None:
        """Press Tab until what has the focus is called `name`."""
        passed = []
        for _ in range(STEPS):
            self.page.keyboard.press("Tab")
            focused = self.page.evaluate(FOCUSED)
            if focused["tag"] == "BODY":
                continue
            assert focused["ring"], f"no ring: {focused['what']}"
            assert focused["inside"], f"outside of the window: {focused['what']}"
            assert focused["above"], f"covered: {focused['what']}"
            if focused["name"] == name or focused["name"].startswith(f"{name} "):
                return
            passed.append(focused["name"] or focused["what"])
        raise AssertionError(f"Tab does not reach “{name}”, but {passed}")

    def press(self, name: str, key: str = "Enter") -> None:
        """Go to a link or button and press it."""
        self.go_to(name)
        self.page.keyboard.press(key)

    def fill(self, name: str, text: str) -> None:
        """Go to a field and write into it."""
        self.go_to(name)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def heading(self, text: str) -> None:
        """Wait for the page with this heading."""
        self.page.get_by_role("heading", name=text, level=1).wait_for()
        settle(self.page)
