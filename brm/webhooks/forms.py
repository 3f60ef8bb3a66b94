"""The form of a subscription."""

from django import forms
from django.utils.translation import gettext_lazy as _

from brm.core.crud.forms import RecordForm

from .events import choices
from .models import Webhook


class WebhookForm(RecordForm):
    """Events are typed as names, one or several, as programs name them."""

    events = forms.CharField(
        label=_("Events"),
        widget=forms.Textarea(attrs={"spellcheck": "false"}),
        help_text=_("Names such as complaint.created, complaint.* or *, separated by blanks."),
    )

    class Meta:
        model = Webhook
        fields = ["name", "url", "events", "owner", "is_active"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial["events"] = " ".join(self.instance.events)
        if not self.instance.pk:
            self.initial.setdefault("owner", kwargs["user"].pk)

    def clean_events(self) -> list[str]:
        """The names in order, each once; the model refuses unknown ones."""
        names = list(dict.fromkeys(self.cleaned_data["events"].replace(",", " ").split()))
        known = set(choices())
        if unknown := [name for name in names if name not in known]:
            raise forms.ValidationError(
                _("There is no event “%(name)s”."), params={"name": unknown[0][:80]}
            )
        return names
