"""REST resources of strategy management."""

from brm.core.api import RecordViewSet

from .models import Initiative, Objective


class ObjectiveViewSet(RecordViewSet):
    model = Objective
    fields = ("title", "customer", "status", "description")


class InitiativeViewSet(RecordViewSet):
    model = Initiative
    fields = (
        "title",
        "kind",
        "objective",
        "sponsor",
        "status",
        "started_on",
        "ended_on",
        "budget",
        "currency",
        "benefit",
    )
