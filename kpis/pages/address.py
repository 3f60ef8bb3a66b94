"""The address of a KPI page holds all it shows: period, instant, member, part, page of rows."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from brm.core.instants import parse_instant

from ..definitions import Kpi
from ..periods import Period, month_of, parse_period, period_of, shifted

LONGEST = 300  # characters of a parameter; longer ones are nobody's


class Address:
    """Reads the parameters of a request and writes links that change some of them.

    A parameter that cannot be read is left out; `ignored` says so, for the page to tell.
    """

    def __init__(self, request: HttpRequest, now: datetime) -> None:
        self.request, self.now = request, now
        self.ignored: list[str] = []
        self.at = self._past("as_of")

    def link(self, path: str | None = None, **changes: Any) -> str:
        """This address with some parameters changed; None or "" drops one."""
        parameters = self.request.GET.copy()
        for name, value in changes.items():
            parameters.pop(name, None)
            if value not in (None, ""):
                parameters[name] = str(value)
        query = parameters.urlencode()
        path = path or self.request.path
        return f"{path}?{query}" if query else path

    def other(self, path: str, **parameters: Any) -> str:
        """Another page at the same instant and period."""
        kept = {name: self.text(name) for name in ("period", "as_of")} | parameters
        fresh = self.request.GET.copy()
        fresh.clear()
        for name, value in kept.items():
            if value not in (None, ""):
                fresh[name] = str(value)
        return f"{path}?{fresh.urlencode()}" if fresh else path

    def kept(self, *without: str) -> list[tuple[str, str]]:
        """The parameters a form of the page takes along."""
        return [(n, v) for n, v in self.request.GET.items() if n not in without and v]

    def text(self, name: str) -> str:
        """A parameter as it stands, cut where nobody would write on."""
        return self.request.GET.get(name, "").replace("\x00", "")[:LONGEST].strip()

    def read(self, name: str, parse: Callable[[str], Any]) -> Any:
        """A parsed parameter, or None; `parse` raises ValueError."""
        text = self.text(name)
        if not text:
            return None
        try:
            return parse(text)
        except (ValueError, OverflowError):
            told = _("“%(text)s” is not understood here and was left out.") % {"text": text[:40]}
            self.ignore(told)
            return None

    def ignore(self, told: str) -> None:
        """Note, once, what of the address the page leaves out."""
        if told not in self.ignored:
            self.ignored.append(told)

    def one_of(self, name: str, choices: Iterable[str]) -> str | None:
        """A parameter that is one of a few words, or None."""

        def known(text: str) -> str:
            if text not in set(choices):
                raise ValueError(text)
            return text

        return self.read(name, known)

    def instant(self, name: str) -> datetime | None:
        """An instant of the address; without offset it is in the reader's time zone."""
        return self.read(name, parse_instant)

    def _past(self, name: str) -> datetime | None:
        found = self.instant(name)
        return None if found is None or found >= self.now else found

    def period(self, today: date) -> Period:
        """The period of the address; without one the last complete month."""
        found = self.read("period", parse_period)
        return found or period_of(shifted(month_of(today), -1), "month")

    def member(self, kpi: Kpi) -> tuple[str | None, str | None]:
        """Dimension and member of the address; either may be None."""
        dimension = self.one_of("dimension", kpi.dimensions)
        member = self.text("member") if dimension else ""
        return dimension, member or None
