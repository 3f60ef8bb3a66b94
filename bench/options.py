"""What a bench is asked to do, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .judging import MISSED, Verdict
from .measuring import Case


@dataclass(frozen=True)
class Options:
    """`facts` of the kpi suite, `rows` of each file of the import suite, rounds of all suites.

    `records` are the sizes of the company that the http suite asks, `exported` those of the files
    of the bulk suite, `written` how many records it writes at once.
    """

    suites: tuple[str, ...] = ("kpi", "import", "http", "bulk")
    facts: int = 1_000_000
    rows: tuple[int, ...] = (20_000,)
    records: tuple[int, ...] = (10_000, 1_000_000)
    exported: tuple[int, ...] = (10_000, 100_000)
    written: int = 1_000
    rounds: int = 5
    seed: int = 1
    tell: Callable[[str], None] = lambda line: None


@dataclass
class Measured:
    """Cases, verdicts, and what else there is to know, by name."""

    cases: list[Case] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)

    def add(self, other: "Measured") -> None:
        self.cases += other.cases
        self.verdicts += other.verdicts
        self.about |= other.about

    @property
    def missed(self) -> bool:
        return any(verdict.result == MISSED for verdict in self.verdicts)


class Unequal(Exception):
    """The product and a floor came to different figures: nothing is worth comparing."""
