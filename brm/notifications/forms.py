"""How a person wants to be told."""

from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from brm.core.models import User

from .kinds import Kind, known_kinds
from .models import Channel, Choice, Wishes
from .times import next_delivery, zone_of


class ChoicesForm(forms.ModelForm):
    """One choice for each kind, quiet hours, digest and scorecard."""

    class Meta:
        model = Wishes
        fields = ["digest_at", "quiet_from", "quiet_until", "scorecard"]
        help_texts = {
            "digest_at": _("Also the time at which the scorecard comes."),
            "quiet_until": _("No mail goes out in between; it waits until then."),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        wishes = Wishes.objects.filter(user=user).first() or Wishes(user=user)
        super().__init__(*args, instance=wishes, **kwargs)
        chosen = dict(Choice.objects.filter(user=user).values_list("kind", "channel"))
        self.kinds = {f"kind-{kind.key}": kind for kind in choosable()}
        for name, kind in self.kinds.items():
            self.fields[name] = forms.ChoiceField(
                label=kind.label,
                choices=Channel.choices,
                initial=chosen.get(kind.key, kind.channel),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (cleaned.get("quiet_from") is None) != (cleaned.get("quiet_until") is None):
            self.add_error("quiet_until", _("Quiet hours have a beginning and an end."))
        return cleaned

    @transaction.atomic
    def keep(self, now: datetime) -> None:
        """Store everything. Effects: the instant at which the next scorecard comes."""
        wishes: Wishes = self.instance
        zone = zone_of(self.user.time_zone)
        wishes.scorecard_next_at = next_delivery(now, zone, wishes.digest_at, wishes.scorecard)
        wishes.save()
        Choice.objects.filter(user=self.user).delete()
        Choice.objects.bulk_create(
            Choice(user=self.user, kind=kind.key, channel=self.cleaned_data[name])
            for name, kind in self.kinds.items()
            if self.cleaned_data[name] != kind.channel
        )


def choosable() -> list[Kind]:
    """The kinds that come by themselves."""
    return [kind for kind in known_kinds() if not kind.by_schedule]
