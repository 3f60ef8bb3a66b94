"""The suite `http`: requests through the product's WSGI path, against bare views of the same rows.

For each size a company with so many facts and so many complaints is made; a run publishes its
KPIs, and the search knows its customers and complaints. All cases of a size take turns.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape
from json import loads
from typing import Any

from django.contrib.auth.models import Group

from brm.core.keyset import capped_count
from brm.core.models import User
from brm.search.models import Stale
from brm.search.refreshing import BATCH, refresh
from feedback.models import Complaint

from . import bare, calling, ledger, volume
from .calling import Caller, Reply
from .judging import AT_MOST, Verdict, ratio
from .measuring import Case, interleave
from .options import Measured, Options, Unequal

REQUESTS = 10  # of each case in a round
WARM = 2  # requests of each before the first round, for the caches of the process
SEARCHED = ("customers", "complaints")
GROWTH, PAGES, TOTAL_MS = 1.25, 1.25, 2.0
ROW = re.compile(r'<th scope="row"><a href="/complaints/(\d+)/">')
NEXT = re.compile(r'rel="next" href="([^"]+)"')

FIRST = "list: first page"
VALUES, TEMPLATE, EMPTY = f"floor: values, {bare.WRITER}", "floor: template", "floor: empty page"
TOTAL = "total of the list"


@dataclass(frozen=True)
class Page:
    """An address and what it may cost: so many times a floor, so many statements."""

    address: str
    floor: str = ""
    times: float = 0
    statements: int = 0
    who: str = "administrator"


PAGES_OF_LISTS = {
    FIRST: Page("/complaints/", TEMPLATE, 2, 6),
    "list: next page": Page("", TEMPLATE, 2, 6),
    "list: last page": Page("/complaints/?cursor=last", TEMPLATE, 2, 6),
    "list: filtered": Page("/complaints/?status=answered", TEMPLATE, 2, 6),
    "list: sorted": Page("/complaints/?sort=reference", TEMPLATE, 2, 6),
    "list: searched": Page("/complaints/?q=complaint+17", TEMPLATE, 2, 6),
    "list: one found": Page("/complaints/?q=K-00000777", statements=6),
    "list: own portfolio": Page("/complaints/", TEMPLATE, 2, 6, "brm"),
}
OTHERS = {
    "record page": Page("/complaints/7/", statements=12),
    "customer page": Page("/customers/7/", statements=12),
    "home": Page("/", EMPTY, 1.5, 8),
    "scorecard": Page("/kpis/", EMPTY, 1.5, 8),
    "KPI page": Page("/kpis/complaints/", statements=14),  # a dashboard and the rows behind it
    "global search": Page("/search/options/?q=customer+1"),
    "REST list": Page("/api/v1/complaints/?ordering=-received_at", VALUES, 3, 4, "program"),
    "REST record": Page("/api/v1/complaints/7/", statements=4, who="program"),
}
CASES = {**PAGES_OF_LISTS, **OTHERS}
FLOORS = {
    "floor: bare view": "/bench/nothing/",
    VALUES: "/bench/values/",
    TEMPLATE: "/bench/template/",
}


def measure(options: Options, fresh: Callable[[], None]) -> Measured:
    """Measure every case in every size; raises Unequal where product and floors show other rows."""
    measured = Measured()
    found: list[dict[str, Case]] = []
    with calling.as_served():
        for size in options.records:
            fresh()
            _company(size, options)
            cases = _cases(size)
            same_rows(cases)
            options.tell(f"http: {size:,} rows, {options.rounds * REQUESTS} requests of each case")
            interleave(list(cases.values()), options.rounds * REQUESTS, lambda line: None)
            measured.add(Measured(list(cases.values()), _judged(cases, size)))
            found.append(cases)
    if len(found) > 1:
        measured.verdicts += _growth(found[0], found[-1], options.records)
    return measured


# --- What is asked -------------------------------------------------------------------------------


def _company(size: int, options: Options) -> None:
    options.tell(f"http: a company with {size:,} facts and complaints")
    volume.generate(size, options.seed)
    volume.fill_up(size, size, options.seed)
    ledger.first_run()
    Stale.objects.exclude(resource__in=SEARCHED).delete()
    options.tell("http: the search learns what there is")
    while refresh(BATCH):
        pass
    ledger.settle()


def _callers() -> dict[str, Caller]:
    """Those who ask the product: an administrator, the manager of a portfolio, a program."""
    administrator = User.objects.create_user("bench")
    administrator.groups.add(Group.objects.get(name="administrator"))
    manager = User.objects.get(pk=1)
    manager.groups.add(Group.objects.get(name="brm"))
    application = calling.product()
    return {
        "administrator": Caller(application, **calling.signed_in(administrator)),
        "brm": Caller(application, **calling.signed_in(manager)),
        "program": Caller(application, **calling.with_token(administrator)),
        "empty": Caller(
            calling.product_and(bare.OWN_ADDRESSES), **calling.signed_in(administrator)
        ),
        "nobody": Caller(calling.bare(bare.OWN_ADDRESSES)),
    }


def _cases(size: int) -> dict[str, Case]:
    """All cases and floors by name, warm."""
    callers = _callers()
    asked = {name: callers["nobody"].asks(address) for name, address in FLOORS.items()}
    asked[EMPTY] = callers["empty"].asks("/bench/empty/")
    first = callers["administrator"].asks(CASES[FIRST].address)()
    following = unescape(NEXT.search(first.text)[1])
    for name, page in CASES.items():
        asked[name] = callers[page.who].asks(page.address or following)
    cases = {name: _case(name, size, send) for name, send in asked.items()}
    cases[TOTAL] = Case(f"{TOTAL}, {size:,}", lambda: capped_count(Complaint.objects.all()))
    return cases


def _case(name: str, size: int, send: Callable[[], Reply]) -> Case:
    case = Case(f"{name}, {size:,}", send)
    for _ in range(WARM):
        reply = send()
    case.size, case.after = reply.size, len_of
    return case


def same_rows(cases: dict[str, Case]) -> None:
    """Raise Unequal unless the floors show the very rows that the product shows."""
    listed, floor = (ROW.findall(cases[name].work().text) for name in (FIRST, TEMPLATE))
    if listed != floor or len(listed) != bare.ROWS:
        raise Unequal(f"The list shows {listed}, the bare template {floor}")
    sent, values = (loads(cases[name].work().body) for name in ("REST list", VALUES))
    if [row["id"] for row in sent["results"]] != [row["id"] for row in values]:
        raise Unequal("The REST list and the bare values are of different rows")
    if set(sent["results"][0]) != set(values[0]):
        raise Unequal("The REST list and the bare values have different columns")


def len_of(reply: Reply) -> int:
    """What is kept of each answer."""
    return len(reply.body)


# --- What it may cost ----------------------------------------------------------------------------


def _judged(cases: dict[str, Case], size: int) -> list[Verdict]:
    verdicts = []
    for name, page in CASES.items():
        what = cases[name].name
        if page.floor:
            floor = cases[page.floor]
            verdicts.append(ratio(f"{what}: {page.floor}", cases[name], floor, AT_MOST, page.times))
        if page.statements:
            count = cases[name].median("statements")
            verdicts.append(Verdict(what, count, AT_MOST, page.statements, " statements"))
    for name in ("list: next page", "list: last page"):
        verdicts.append(
            ratio(f"{cases[name].name}: first page", cases[name], cases[FIRST], AT_MOST, PAGES)
        )
    total = cases[TOTAL].median("cpu") * 1000
    return [*verdicts, Verdict(cases[TOTAL].name, total, AT_MOST, TOTAL_MS, " ms")]


def _growth(small: dict[str, Case], large: dict[str, Case], sizes: Sequence[int]) -> list[Verdict]:
    """How the cases grow with the rows, in units of the empty page, which does not grow."""
    verdicts = []
    for name in CASES:
        then, now = (_relative(cases, name) for cases in (small, large))
        what = f"{name}: {sizes[0]:,} to {sizes[-1]:,} rows"
        verdicts.append(Verdict(what, now / then, AT_MOST, GROWTH))
        more = large[name].median("statements") - small[name].median("statements")
        verdicts.append(Verdict(what, more, AT_MOST, 0, " statements more"))
    return verdicts


def _relative(cases: dict[str, Case], name: str) -> Any:
    return cases[name].median("cpu") / cases[EMPTY].median("cpu")
