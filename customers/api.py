"""REST resources of customers and their agreements."""

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from brm.core.api import RecordViewSet
from brm.core.api.columns import Column
from brm.core.api.inputs import MISSING
from brm.core.api.records import Verb
from brm.core.api.values import IdField

from . import filters
from .actions import merge_customers
from .models import Customer
from .querysets import STATUSES

__all__ = ["CustomerViewSet", "filters"]


class MergeWrite(serializers.Serializer):
    """The customer that remains."""

    into = IdField(help_text=_("The id of the customer that remains."))


class CustomerViewSet(RecordViewSet):
    """A customer; its `status` is derived from its agreements, as of today."""

    model = Customer
    extras = {
        "valid_from": serializers.DateField(
            required=False,
            write_only=True,
            help_text="The day from which a new manager, segment, region or kind holds.",
        )
    }
    derived = {
        "status": Column(
            "status",
            "derived_status",
            None,
            serializers.ChoiceField(choices=list(STATUSES.items()), read_only=True),
        )
    }

    verbs = {
        "merge": Verb(
            "Merge a customer into another one",
            "The other customer takes over all facts of this one, which disappears. Pages can undo"
            " a merge. Answers with the customer that remains.",
            MergeWrite,
        )
    }

    def annotated(self, queryset: models.QuerySet) -> models.QuerySet:
        if "derived_status" in queryset.query.annotations:
            return queryset
        return queryset.with_status(timezone.localdate())

    @transaction.atomic
    def merge(self, request: Request, pk: str) -> Response:
        """Merge the customer into another one, which takes over all its facts."""
        merged = self.locked("D", pk=int(pk))
        self.match(merged)
        into = MergeWrite(data=request.data)
        into.is_valid(raise_exception=True)
        survivor = self.visible().filter(pk=into.validated_data["into"]).first()
        if survivor is None:
            raise ValidationError({"into": MISSING})
        if not self.allows("U", survivor.pk):
            raise PermissionDenied(_("You may not change the customer that would remain."))
        merge_customers(merged=merged, survivor=survivor, by=self.user, now=timezone.now())
        return self.answer(self.stored(survivor))
