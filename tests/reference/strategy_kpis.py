"""strategic_initiatives."""

from __future__ import annotations

from collections.abc import Iterator

from .contribution import ONE, UNATTRIBUTED, Contribution, Reading


def initiative_contributions(reading: Reading) -> Iterator[Contribution]:
    """A strategic initiative's first entry into `in_progress`; the owner is its sponsor."""
    for initiative in reading.company.initiatives:
        day = initiative.started_on
        if initiative.deleted or initiative.kind != "strategic" or not reading.happened(day):
            continue
        dims = {
            "objective": initiative.objective or UNATTRIBUTED,
            "owner": initiative.sponsor or UNATTRIBUTED,
        }
        yield Contribution(
            "strategic_initiatives", "initiative", initiative.reference, "", day, ONE, None, dims
        )
