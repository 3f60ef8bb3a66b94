"""The start page's greeting and, for a relationship manager, the own portfolio."""

from datetime import datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from brm.core.business_days import business_date
from brm.core.roles import scopes
from customers.models import Customer
from customers.querysets import STATUS_TONES, STATUSES
from feedback.models import Complaint

SHOWN = 5


def greeting(user: Any, now: datetime) -> str:
    """A word by the time of the reader's day."""
    hour = timezone.localtime(now).hour
    name = str(user)
    if hour < 5 or hour >= 18:
        return _("Good evening, %(name)s") % {"name": name}
    if hour < 12:
        return _("Good morning, %(name)s") % {"name": name}
    return _("Good afternoon, %(name)s") % {"name": name}


def portfolio_of(user: Any, now: datetime) -> dict[str, Any] | None:
    """The customers a relationship manager answers for, and their open complaints.

    None for those who have no portfolio by their role. Two statements.
    """
    if "O" not in scopes(user, "customers", "U"):
        return None
    own = Customer.objects.managed_by(user).with_status(business_date(now))
    counted = dict(own.order_by().values_list("derived_status").annotate(Count("pk")))
    customers, complaints = reverse("customers-list"), reverse("complaints-list")
    open_ones = Complaint.objects.open().filter(customer__in=Customer.objects.managed_by(user))
    waiting = open_ones.select_related("customer").order_by("received_at")[:SHOWN]
    return {
        "total": sum(counted.values()),
        "customers_url": f"{customers}?manager={user.pk}",
        "statuses": [
            {
                "label": str(label),
                "tone": STATUS_TONES.get(key, ""),
                "count": counted.get(key, 0),
                "url": f"{customers}?manager={user.pk}&status={key}",
            }
            for key, label in STATUSES.items()
        ],
        "complaints": [_complaint(one, now) for one in waiting],
        "complaints_url": complaints,
    }


def _complaint(one: Complaint, now: datetime) -> dict[str, Any]:
    due = one.acknowledge_due_at
    return {
        "subject": one.subject,
        "customer": str(one.customer),
        "url": one.get_absolute_url(),
        "status": one.get_status_display(),
        "tone": one.status_tone,
        "received_at": one.received_at,
        "late": one.acknowledged_at is None and due is not None and due < now,
    }
