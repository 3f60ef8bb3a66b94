"""Sets of customers and agreements."""

from datetime import date, timedelta
from typing import Self

from django.conf import settings
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from brm.core.querysets import RecordQuerySet

STATUSES = {
    "prospect": _("Prospect"),
    "active": _("Active"),
    "returned": _("Returned"),
    "lapsing": _("Lapsing"),
    "lost": _("Lost"),
}
STATUS_TONES = {"active": "good", "returned": "good", "lapsing": "warn", "lost": "bad"}


class CustomerQuerySet(RecordQuerySet):
    def with_status(self, on: date) -> Self:
        """Adds `derived_status` on a day: prospect, active, returned, lapsing or lost."""
        spells = self.model._meta.get_field("spells").related_model.objects.filter(
            customer=OuterRef("pk"), starts_on__lte=on
        )
        last = spells.order_by("-number")
        graced = on - timedelta(days=settings.BRM.renewal_grace_days)
        covering = Q(ends_on=None) | Q(ends_on__gte=on)
        return self.annotate(
            spell_number=Subquery(last.values("number")[:1]),
            spell_ends_on=Subquery(last.values("ends_on")[:1]),
            in_spell=Exists(spells.filter(covering)),
        ).annotate(
            derived_status=Case(
                When(spell_number=None, then=Value("prospect")),
                When(in_spell=True, spell_number=1, then=Value("active")),
                When(in_spell=True, then=Value("returned")),
                When(spell_ends_on__gte=graced, then=Value("lapsing")),
                default=Value("lost"),
                output_field=CharField(),
            )
        )

    def managed_by(self, user) -> Self:
        """The portfolio of a relationship manager: own customers and those deputised for."""
        return self.filter(Q(manager=user) | Q(deputy=user))


class AgreementQuerySet(RecordQuerySet):
    def counting(self) -> Self:
        """Those that make their customer a customer (ever signed, not cancelled before start)."""
        return self.filter(
            Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
            status__in=("signed", "terminated"),
            counts_for_customer=True,
        )

    def in_force(self, on: date) -> Self:
        """Ever signed and covering the day."""
        return self.filter(
            Q(ends_on=None) | Q(ends_on__gte=on),
            status__in=("signed", "terminated"),
            starts_on__lte=on,
        )
