"""The number of unread notifications, read together with the signed-in user."""

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from brm.core.user_facts import register_fact

from .models import Notification

_unread = (
    Notification.objects.filter(recipient=OuterRef("pk"), read_at=None)
    .order_by()
    .values("recipient")
    .annotate(total=Count("pk"))
    .values("total")
)
register_fact("unread", lambda: Coalesce(Subquery(_unread), 0))
