"""The tables of this folder, as the tests read them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from brm.core.roles import ROLES

HERE = Path(__file__).resolve().parent
VERBS = {"see": "V", "create": "C", "edit": "U", "move": "P", "delete": "D", "export": "X"}
WORDS = {"all": "A", "portfolio": "O", "services": "S", "own": "M"}
Row = dict[str, str]
NOTHING: Row = dict.fromkeys(VERBS, "-")


def lines(name: str) -> Iterator[list[str]]:
    """The words of each line of a table, without comments and blank lines."""
    for line in (HERE / name).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split()


@cache
def matrix() -> dict[str, dict[str, Row]]:
    """For each resource and role the cells by verb."""
    found: dict[str, dict[str, Row]] = {}
    for first, *cells in lines("matrix.txt"):
        if cells == [*VERBS]:
            found[first] = rows = {}
        else:
            assert first in ROLES, first
            assert first not in rows, first
            assert all(cell in {*WORDS, "-", "."} for cell in cells), cells
            rows[first] = dict(zip(VERBS, cells, strict=True))
    return found


def row_of(resource: str, role: str | None) -> Row:
    """What the table says of a role; somebody without one may do nothing."""
    if role is None:
        some = next(iter(matrix()[resource].values()))
        return {verb: "." if some[verb] == "." else "-" for verb in VERBS}
    return matrix()[resource][role]


def reaches(cell: str, place: str) -> bool:
    """Whether a cell allows what lies at a place: portfolio, services, own or nobody."""
    return cell in ("all", place)
