"""The suite `bulk`: many records at once over REST and from a list, deletions, exports.

Everything that is written goes through rights, validation, history and audit. Exports are written
by processes of their own, which tell their memory.
"""

from collections.abc import Callable
from itertools import count
from json import loads
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import F
from django.http import QueryDict
from django.utils import timezone

from brm.bulk_changes import actions
from brm.bulk_changes.models import BulkChange, Outcome
from brm.core.crud import REGISTRY
from brm.core.crud.list_query import ListQuery
from brm.core.models import User
from feedback.models import Complaint

from . import calling, volume
from .calling import Caller
from .judging import AT_LEAST, AT_MOST, Verdict
from .measuring import Case, interleave
from .options import Measured, Options, Unequal
from .processes import run

BEHIND = 5_000  # facts that are there before
ROWS_A_SECOND = 2_000
FLAT = 1.25  # memory of the largest file's export, in units of the smallest one's
FORMATS = ("csv", "xlsx", "json")
ADDRESS = "/api/v1/complaints/"


def measure(options: Options, fresh: Callable[[], None]) -> Measured:
    """Measure exports and writing; raises Unequal where a record was lost."""
    fresh()
    volume.generate(BEHIND, options.seed)
    user = User.objects.create_user("bench")
    user.groups.add(Group.objects.get(name="administrator"))
    measured = _exports(options, user)
    with calling.as_served():
        measured.add(_written(options, user))
    return measured


# --- Writing -------------------------------------------------------------------------------------


def _written(options: Options, user: User) -> Measured:
    """Creations, edits and deletions in turn."""
    caller, rows = Caller(calling.product(), **calling.with_token(user)), options.written
    few = max(rows // 20, 1)
    bulk = [
        _case("bulk: REST creates", rows, lambda: _creation(caller, rows), _accepted),
        _case("bulk: REST edits", rows, lambda: _edit(caller, rows), _accepted),
        _case("bulk: edit from the list", rows, lambda: _list_edit(user, rows), _changed),
    ]
    single = _case("deletions over REST", few, lambda: _deletions(caller, few), len)
    interleave([*bulk, single], options.rounds, options.tell)
    for case in (*bulk, single):
        if set(case.outcomes()) != {case.rows}:
            raise Unequal(f"{case.name}: {case.outcomes()} records were written")
    return Measured([*bulk, single], [_speed(case) for case in bulk])


def _case(
    name: str,
    rows: int,
    prepare: Callable[[], Callable[[], Any]],
    counted: Callable[[Any], int],
) -> Case:
    """A case whose work is prepared anew each round; the outcome is how many records it wrote."""
    ready: list[Callable[[], Any]] = []
    return Case(
        f"{name}, {rows:,}",
        lambda: ready.pop()(),
        before=lambda: ready.append(prepare()),
        after=counted,
        rows=rows,
    )


_text = count(1)


def _creation(caller: Caller, rows: int) -> Callable[[], Any]:
    items = [
        {
            "subject": f"Complaint {next(_text)}",
            "text": "Nobody called back, and the second invoice was wrong as well.",
            "customer": number % 20 + 1,
            "service": number % volume.SERVICES + 1,
            "received_at": "2025-03-01T08:00:00+01:00",
        }
        for number in range(rows)
    ]
    return caller.asks(f"{ADDRESS}bulk/", {"items": items})


def _edit(caller: Caller, rows: int) -> Callable[[], Any]:
    keys = Complaint.objects.order_by("id").values_list("pk", flat=True)[:rows]
    items = [{"id": key, "subject": f"Complaint {next(_text)}"} for key in keys]
    return caller.asks(f"{ADDRESS}bulk/", {"items": items})


def _accepted(reply: calling.Reply) -> int:
    return sum(result["status"] < 300 for result in loads(reply.body)["results"])


def _list_edit(user: User, rows: int) -> Callable[[], BulkChange]:
    now = timezone.now()
    keys = list(Complaint.objects.order_by("id").values_list("pk", "version")[:rows])
    query = ListQuery(REGISTRY["complaints"], QueryDict(), user)
    change = actions.select(query, keys, by=user, now=now)
    actions.previewed(change, values={"learning": f"Lesson {next(_text)}"})

    def work() -> BulkChange:
        actions.run(change, now=now)
        return change

    return work


def _changed(change: BulkChange) -> int:
    return change.counts().get(Outcome.CHANGED, 0)


def _deletions(caller: Caller, rows: int) -> Callable[[], list[Any]]:
    keys = Complaint.objects.order_by(F("id").desc()).values_list("pk", flat=True)[:rows]
    sends = [caller.asks(f"{ADDRESS}{key}/", method="DELETE") for key in keys]
    return lambda: [send() for send in sends]


def _speed(case: Case) -> Verdict:
    speed = case.rows / case.median("wall")
    note = f"{case.rows / case.median('cpu'):,.0f} rows/s of processor time"
    return Verdict(case.name, speed, AT_LEAST, ROWS_A_SECOND, " rows/s", note)


# --- Exports -------------------------------------------------------------------------------------


def _exports(options: Options, user: User) -> Measured:
    """Each format in each size; the memory of the largest against that of the smallest."""
    measured, memory = Measured(), {}
    for rows in sorted(options.exported):
        volume.fill_up(BEHIND, rows, options.seed)
        rows = Complaint.objects.count()
        for name in FORMATS:
            options.tell(f"export: {rows:,} complaints as {name}")
            ended = run("-m", "bench.exporting", name, str(user.pk))
            if ended.exit or ended.output.split()[-1:] != [str(rows)]:
                raise Unequal(f"{name} of {rows} complaints:\n{ended.output[-2000:]}")
            case = Case(f"export: {name}, {rows:,}", lambda: None, rows=rows)
            case.samples.append(ended.sample)
            measured.cases.append(case)
            memory.setdefault(name, []).append(ended.megabytes)
    for name, used in memory.items():
        note = ", ".join(f"{megabytes:.0f} MB" for megabytes in used)
        what = f"memory of an export as {name}, {min(options.exported):,} to {rows:,} rows"
        measured.verdicts.append(Verdict(what, used[-1] / used[0], AT_MOST, FLAT, note=note))
    return measured
