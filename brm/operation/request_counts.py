"""Counts of requests by status and duration, over all processes of the web server.

The counts lie in memory that gunicorn's master maps before it forks. Each worker writes into a row
of its own, so that no process waits for another one and none can leave a lock behind; a row goes to
the next worker with what it holds, so that sums never shrink while the server lives.
"""

import mmap
import threading
from array import array
from itertools import accumulate

CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
BOUNDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds
BUCKETS = len(BOUNDS) + 1
MICROSECONDS = len(CLASSES) + BUCKETS  # the place of the sum of all durations
CELLS = MICROSECONDS + 1
WORKERS = 64

_shared = memoryview(mmap.mmap(-1, CELLS * WORKERS * array("Q").itemsize)).cast("Q")
_lock = threading.Lock()
_taken: dict[int, int] = {}  # in the master: row by age of the worker
_row = 0


def give_row(age: int) -> int:
    """In the master, before a fork: a row that no living worker has."""
    row = next(row for row in range(WORKERS) if row not in _taken.values())
    _taken[age] = row
    return row


def take_row(row: int) -> None:
    """In a worker, after the fork: count into this row."""
    global _row
    _row = row


def free_row(age: int) -> None:
    """In the master, when a worker has ended."""
    _taken.pop(age, None)


def count(status: int, seconds: float) -> None:
    """Count one answered request."""
    bucket = sum(seconds > bound for bound in BOUNDS)
    start = _row * CELLS
    with _lock:
        _shared[start + min(max(status // 100, 1), 5) - 1] += 1
        _shared[start + len(CLASSES) + bucket] += 1
        _shared[start + MICROSECONDS] += round(seconds * 1e6)


def by_class() -> dict[str, int]:
    """Requests by class of status, such as {"2xx": 17}."""
    return {name: _sum(place) for place, name in enumerate(CLASSES)}


def by_duration() -> tuple[list[tuple[str, int]], float]:
    """Requests that took at most so many seconds, as Prometheus wants them, and all seconds."""
    counts = accumulate(_sum(len(CLASSES) + place) for place in range(BUCKETS))
    bounds = [*map(str, BOUNDS), "+Inf"]
    return list(zip(bounds, counts, strict=True)), _sum(MICROSECONDS) / 1e6


def _sum(place: int) -> int:
    return sum(_shared[row * CELLS + place] for row in range(WORKERS))
