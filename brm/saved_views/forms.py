"""What is said when a view is kept."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brm.core.crud.declaration import REGISTRY
from brm.core.crud.list_query import ListQuery
from brm.core.roles import ROLES, may, scopes

from .models import Audience, SavedView

LONGEST_QUERY = 4000


def audiences(user: Any) -> list[tuple[str, str]]:
    """For whom the user may keep views: himself, each of his roles, and perhaps everyone."""
    found = [(Audience.PERSONAL.value, str(Audience.PERSONAL.label))]
    for key, name in ROLES.items():
        if key in user.role_keys:
            found.append((f"team:{key}", _("Team: %(role)s") % {"role": name}))
    if "A" in scopes(user, SavedView.resource, "C"):
        found.append((Audience.SHARED.value, str(Audience.SHARED.label)))
    return found


class ViewForm(forms.Form):
    """The list to keep."""

    records = forms.CharField(max_length=60)
    query = forms.CharField(max_length=LONGEST_QUERY, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_records(self) -> str:
        resource = self.cleaned_data["records"]
        if resource not in REGISTRY or not may(self.user, "V", resource):
            raise ValidationError(_("There is no such list."))
        return resource

    def list_query(self) -> ListQuery:
        """The list as it is now."""
        crud = REGISTRY[self.cleaned_data["records"]]
        return ListQuery(crud, QueryDict(self.cleaned_data["query"]), self.user)


class NewViewForm(ViewForm):
    """The list to keep, its name, and for whom."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    audience = forms.ChoiceField(label=gettext_lazy("For"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["audience"].choices = audiences(user)
