"""Pages of the service portfolio."""

from django.utils.translation import gettext_lazy as _

from brm.core.crud import CrudViews
from brm.core.navigation import PORTFOLIO

from .models import Service, ServiceOffering


class ServiceViews(CrudViews):
    model = Service
    icon = "layers"
    group, order = PORTFOLIO, 10
    columns = ["name", "status", "kind", "owner", "reference"]
    ordering = "name"
    empty_text = _("The portfolio holds every service, from the first idea to its retirement.")


class OfferingViews(CrudViews):
    model = ServiceOffering
    icon = "package"
    group, order = PORTFOLIO, 20
    columns = ["name", "service", "kind", "tailored_from", "price", "reference"]
    ordering = "name"
    empty_text = _("An offering is what a customer can agree to: a service with a price.")
