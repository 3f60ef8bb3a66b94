"""What customers and agreements forbid the service portfolio to do."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from brm.core.business_days import business_today
from brm.core.lifecycle import register_guard
from services.models import Service

from .models import Agreement


def no_active_agreements(service: Service) -> Any:
    """A service with agreements in force is not retired; names the customers concerned."""
    today = business_today()
    active = (
        Agreement.objects.counting()
        .filter(Q(ends_on=None) | Q(ends_on__gte=today), service=service)
        .select_related("customer")
    )
    names = sorted({str(agreement.customer) for agreement in active[:1000]})
    if not names:
        return None
    shown = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    return _("Agreements are still in force with %(customers)s.") % {"customers": shown}


register_guard(Service, "retired", no_active_agreements)
