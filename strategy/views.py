"""Pages of objectives and initiatives."""

from django.utils.translation import gettext_lazy as _

from brm.core.crud import CrudViews, register_panel
from brm.core.navigation import STRATEGY
from customers.models import Customer

from .models import Initiative, Objective


class ObjectiveViews(CrudViews):
    model = Objective
    icon = "target"
    group, order = STRATEGY, 10
    columns = ["title", "customer", "status", "reference"]
    empty_text = _("Objectives say what customers, or the provider itself, want to reach.")


class InitiativeViews(CrudViews):
    model = Initiative
    icon = "rocket"
    group, order = STRATEGY, 20
    columns = ["title", "kind", "objective", "sponsor", "status", "started_on", "reference"]
    empty_text = _("Initiatives are the efforts that serve the objectives.")


register_panel(
    Customer, ObjectiveViews, "customer", order=60, columns=("title", "status", "reference")
)
register_panel(
    Objective,
    InitiativeViews,
    "objective",
    order=10,
    columns=("title", "kind", "status", "started_on"),
)
