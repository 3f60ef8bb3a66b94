from .contribution import Contribution
from .member import Member
from .run import Run, RunPart, RunState, Trigger
from .snapshot import Snapshot, SnapshotChange
from .target import KpiTarget, KpiTargetVersion

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
    "Trigger",
]
