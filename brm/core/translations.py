"""The texts of the product: found in code and templates, kept in locale/*/LC_MESSAGES/django.po."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

KEYWORDS = {**DEFAULT_KEYWORDS, "gettext_lazy": None, "ngettext_lazy": (1, 2), "_": None}
LEFT_OUT = {"tests", "bench", "migrations", "var", "staticfiles", "docs", "node_modules"}


def texts(root: Path) -> Catalog:
    """Every text marked for translation below `root`, with the files that hold it."""
    catalog = Catalog(fuzzy=False)
    for path in sorted(_sources(root)):
        place = path.relative_to(root).as_posix()
        for _line, message, comments, context in _extracted(path):
            catalog.add(
                message,
                locations=[(place, 0)],
                auto_comments=comments,
                context=context,
            )
    return catalog


def _sources(root: Path) -> Iterator[Path]:
    for pattern in ("*.py", "*.html", "*.txt"):
        for path in root.rglob(pattern):
            folders = path.relative_to(root).parts[:-1]
            hidden = any(name.startswith(".") or name in LEFT_OUT for name in folders)
            if not hidden and (path.suffix == ".py" or "templates" in folders):
                yield path


def _extracted(path: Path) -> Iterator[Any]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Django writes templates as Python calls between letters; Python minds the indentation.
        written = templatize(source, origin=str(path)).splitlines()
        source = "\n".join(line.strip() for line in written)
    return extract("python", BytesIO(source.encode()), KEYWORDS)


def read(path: Path, locale: str) -> Catalog:
    """A catalogue as it stands in its file; an empty one when there is no file yet."""
    if not path.exists():
        return Catalog(locale=locale, fuzzy=False)
    with path.open("rb") as text:
        return read_po(text, locale=locale)


def brought_up_to_date(catalog: Catalog, found: Catalog) -> Catalog:
    """`catalog` with exactly the texts of `found`; translations of those that remain are kept."""
    take_over = catalog.update
    take_over(found, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def untranslated(catalog: Catalog, found: Catalog) -> list[str]:
    """Texts without a translation of their own: missing, empty, fuzzy or without a plural form."""
    lacking = []
    for message in found:
        if not message.id:
            continue
        known = catalog.get(message.id, context=message.context)
        written = known.string if known else ""
        forms = written if isinstance(written, tuple | list) else [written]
        if known is None or known.fuzzy or not all(forms):
            lacking.append(str(message.id))
    return lacking


def without_places(catalog: Catalog) -> set[tuple[Any, Any]]:
    """The texts of a catalogue, to compare two of them."""
    return {(str(message.id), message.context) for message in catalog if message.id}
