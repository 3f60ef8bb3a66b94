from ..references import Counter
from .dated import DatedRecord
from .dirty_key import DirtyKey
from .exchange_rate import ExchangeRate
from .heartbeat import Heartbeat
from .idempotency import IdempotencyKey
from .import_run import ImportRun
from .interval import Interval
from .job import Job
from .record import HistoryEntry, Record
from .transition import Transition
from .user import User

__all__ = [
    "Counter",
    "DatedRecord",
    "DirtyKey",
    "ExchangeRate",
    "Heartbeat",
    "IdempotencyKey",
    "HistoryEntry",
    "ImportRun",
    "Interval",
    "Job",
    "Record",
    "Transition",
    "User",
]
