from .contribution import Contribution
from .member import Member
from .run import Run, RunPart, RunState, Trigger
from .snapshot import Snapshot, SnapshotChange
from .target import KpiTarget, KpiTargetVersion
from .told_status import ToldStatus

__all__ = [
    "Contribution",
    "KpiTarget",
    "KpiTargetVersion",
    "Member",
    "Run",
    "RunPart",
    "RunState",
    "Snapshot",
    "SnapshotChange",
    "ToldStatus",
    "Trigger",
]
