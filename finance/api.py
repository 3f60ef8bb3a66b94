"""REST resources of financial management."""

from rest_framework import serializers

from brm.core.api import RecordViewSet

from .models import BudgetLine


class BudgetLineViewSet(RecordViewSet):
    model = BudgetLine
    extras = {
        "effective_on": serializers.DateField(
            required=False, write_only=True, help_text="The day from which a new amount holds."
        )
    }
