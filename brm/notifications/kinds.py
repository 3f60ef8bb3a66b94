"""The kinds of notifications. Each app registers its own in a module `notices`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .models import Channel, Notification


@dataclass(frozen=True)
class Section:
    """A table in a mail: rows of (name, value, remark)."""

    heading: str
    rows: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Wording:
    """A notification in words, in the active language and time zone; `tone` as of badges."""

    title: str
    text: str = ""
    tone: str = "info"
    icon: str = "bell"
    sections: Sequence[Section] = field(default_factory=tuple)


@dataclass(frozen=True)
class Kind:
    """A kind of notification.

    `label` names it where people choose, `why` tells a recipient why it came. `write` makes the
    words from a notification's data; `enclose` makes tables that only the mail carries, for the
    recipient. `channel` is how it comes unless the person chose otherwise. With `by_schedule` it
    comes because the person ordered it: its mail is no matter of choice by kind, and it leads to
    the page `url_name`. `stop` names a button and where its POST goes: it ends such notifications
    about the same record.
    """

    key: str
    label: Any
    why: Any
    write: Callable[[dict[str, Any]], Wording]
    channel: str = Channel.MAIL
    enclose: Callable[[Any], Sequence[Section]] | None = None
    by_schedule: bool = False
    url_name: str = ""
    stop: Callable[[Notification], tuple[str, str] | None] | None = None


_kinds: dict[str, Kind] = {}


def register_kind(kind: Kind) -> Kind:
    """Add a kind; the same key again replaces it."""
    _kinds[kind.key] = kind
    return kind


def kind_of(key: str) -> Kind:
    """The kind with this key; raises KeyError."""
    return _kinds[key]


def known_kinds() -> list[Kind]:
    """All kinds, in the order of registration."""
    return list(_kinds.values())


def words(notification: Notification) -> Wording | None:
    """A notification in the active language; None when its kind is gone."""
    kind = _kinds.get(notification.kind)
    return kind.write(notification.data) if kind else None
