"""The form of a KPI's target."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from brm.core.crud.forms import RecordForm
from brm.core.models import User
from customers.models import Customer
from services.models import Service
from strategy.models import Objective

from .definitions import DIMENSIONS, Kpi, find
from .models import KpiTarget

MEMBERS = {
    "customer": (Customer, "reference"),
    "service": (Service, "reference"),
    "objective": (Objective, "reference"),
    "user": (User, "username"),
}
WHOLE = ("", _("the whole"))


class KpiTargetForm(RecordForm):
    """Target, amber and red from a month on, for the whole or for one member."""

    class Meta:
        model = KpiTarget
        fields = ("kpi", "month", "dimension", "member", "target", "amber", "red", "owner")
        widgets = {"month": forms.TextInput(attrs={"type": "month", "placeholder": "2025-03"})}
        help_texts = {
            "month": _("Holds from this month until the next target begins."),
            "dimension": _("Leave empty for the KPI as a whole."),
            "member": _("The reference, the user name, or the value itself."),
            "amber": _("Worse than this is amber. Empty: the target itself."),
            "red": _("Worse than this is red. Empty: as amber."),
            "owner": _("Is told when the status turns."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kpi = self.kpi()
        keys = kpi.dimensions if kpi else tuple(DIMENSIONS)
        choices = [WHOLE, *((key, capfirst(str(DIMENSIONS[key].name))) for key in keys)]
        field = self.fields["dimension"]
        self.fields["dimension"] = forms.ChoiceField(
            choices=choices, required=False, label=field.label, help_text=field.help_text
        )

    def kpi(self) -> Kpi | None:
        """The KPI the form is about, as far as it is known."""
        key = self.data.get("kpi") if self.is_bound else self.initial.get("kpi")
        return find(str(key or self.instance.kpi or ""))

    def clean(self) -> dict[str, Any]:
        """Besides the model's rules: the member exists."""
        cleaned = super().clean()
        dimension, member = cleaned.get("dimension"), cleaned.get("member")
        kind = DIMENSIONS[dimension].member_kind if dimension else None
        if kind and member:
            model, name = MEMBERS[kind]
            if not model.objects.filter(**{name: member}).exists():
                message = _("There is none with the reference “%(member)s”.")
                raise ValidationError({"member": message % {"member": member}})
        return cleaned
