"""The form of a new token."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from brm.core.roles import RIGHTS, may
from brm.core.scopes import EVERYTHING, NEVER, READ, READ_ONLY, WRITE

READ_ALL = f"{EVERYTHING}:{READ}"
DAYS = ((7, _("7 days")), (30, _("30 days")), (90, _("90 days")), (365, _("A year")))


class TokenForm(forms.Form):
    """Name, life and scopes; only scopes within the rights that the user has now are offered."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("The program or person that will use it.")
    )
    days = forms.TypedChoiceField(label=_("Expires after"), choices=DAYS, coerce=int, initial=90)
    access = forms.ChoiceField(
        label=_("May"),
        choices=[
            (READ_ALL, _("read everything I may see")),
            (EVERYTHING, _("do everything I may do")),
            ("chosen", _("only what is ticked below")),
        ],
        initial=READ_ALL,
        widget=forms.RadioSelect,
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = list(offered(user))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        access = cleaned.get("access")
        if access == "chosen" and not cleaned.get("scopes"):
            self.add_error("scopes", _("Choose at least one scope."))
        elif access in (EVERYTHING, READ_ALL):
            cleaned["scopes"] = [access]
        return cleaned


def offered(user: Any) -> list[tuple[str, str]]:
    """The scopes by resource that the user's present rights give a meaning to."""
    found = []
    for resource in sorted(set(RIGHTS) - NEVER):
        if may(user, "V", resource):
            found.append((f"{resource}:{READ}", f"{resource}:{READ}"))
        if resource not in READ_ONLY and any(may(user, verb, resource) for verb in "CUDP"):
            found.append((f"{resource}:{WRITE}", f"{resource}:{WRITE}"))
    return found
