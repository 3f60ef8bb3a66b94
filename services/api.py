"""REST resources of the service portfolio."""

from rest_framework import serializers

from brm.core.api import RecordViewSet

from .models import Service, ServiceOffering


class ServiceViewSet(RecordViewSet):
    model = Service
    fields = (
        "name",
        "status",
        "kind",
        "owner",
        "description",
        "outcome",
        "segments",
        "rough_cost",
        "currency",
        "business_case",
    )
    extras = {
        "valid_from": serializers.DateField(
            required=False, write_only=True, help_text="The day from which a new owner holds."
        )
    }


class ServiceOfferingViewSet(RecordViewSet):
    model = ServiceOffering
    fields = ("service", "name", "kind", "tailored_from", "price", "currency")
