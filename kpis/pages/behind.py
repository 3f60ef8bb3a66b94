"""What stands behind a figure: one part at a time, chosen by the address."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from .comparison import comparison_context
from .method import method_context
from .question import Question
from .restatements import restatements_context
from .rows import rows_context
from .targets import targets_context

Part = tuple[Any, str, str, Callable[[Question], dict[str, Any]]]

# In the order of the tabs: heading, icon, template, what it needs.
PARTS: dict[str, Part] = {
    "rows": (_("Rows behind it"), "list", "kpis/_rows.html", rows_context),
    "method": (_("How it is computed"), "calculator", "kpis/_method.html", method_context),
    "targets": (_("Targets"), "target", "kpis/_targets.html", targets_context),
    "restatements": (
        _("Restatements"),
        "history",
        "kpis/_restatements.html",
        restatements_context,
    ),
    "comparison": (_("Compare"), "git-compare", "kpis/_comparison.html", comparison_context),
}


def chosen_part(question: Question) -> str:
    """The part the address names; without one the rows."""
    return question.address.one_of("part", PARTS) or "rows"


def tabs_context(question: Question) -> list[dict[str, Any]]:
    """The tabs of the parts."""
    chosen = chosen_part(question)
    return [
        {
            "label": str(label),
            "icon": icon,
            "url": question.address.link(part=key, after=None),
            "current": key == chosen,
        }
        for key, (label, icon, _template, _context) in PARTS.items()
    ]


def part_context(question: Question) -> dict[str, Any]:
    """The chosen part's template and what it needs."""
    key = chosen_part(question)
    _label, _icon, template, context = PARTS[key]
    return {"part": template, key: context(question)}
