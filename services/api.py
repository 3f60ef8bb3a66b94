"""REST resources of the service portfolio."""

from rest_framework import serializers

from brm.core.api import RecordViewSet

from .models import Service


class ServiceViewSet(RecordViewSet):
    model = Service
    extras = {
        "valid_from": serializers.DateField(
            required=False, write_only=True, help_text="The day from which a new owner holds."
        )
    }
