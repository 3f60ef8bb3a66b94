"""Who the demo's customers are and what its services are called; all of it is made up.

The tables lie beside this module. A customer's `life` says what becomes of it: `old` (a customer
since before the two years), `new:<months ago>`, `prospect`, or one of the stories of
`relations.py`. A service's `stage` is where it stands today, its `price` the monthly one in EUR
(0: not sold), its `quality` the share of satisfied answers in quiet times.
"""

import csv
from pathlib import Path
from typing import NamedTuple

TABLES = Path(__file__).parent / "tables"
UK_REGION, CHINA_REGION, AMERICA_REGION = "United Kingdom", "Greater China", "North America"


class CustomerRow(NamedTuple):
    key: str
    name: str
    tier: str
    segment: str
    region: str
    manager: str
    life: str
    kind: str
    parent: str


class ServiceRow(NamedTuple):
    key: str
    name: str
    stage: str
    owner: str
    price: int
    quality: float
    description: str
    kind: str


def customers() -> list[CustomerRow]:
    """The customers, parents before their children."""
    return [CustomerRow(**row) for row in _rows("customers")]


def services() -> list[ServiceRow]:
    """The services of all lanes."""
    return [
        ServiceRow(**{**row, "price": int(row["price"]), "quality": float(row["quality"])})
        for row in _rows("services")
    ]


def _rows(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
