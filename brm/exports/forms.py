"""What may be asked for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from brm.core.crud.declaration import REGISTRY
from brm.core.crud.list_query import ListQuery
from brm.core.roles import may

from .models import FileFormat, Wording

LONGEST_QUERY = 4000


class ExportForm(forms.Form):
    """The records of a list as a file."""

    records = forms.CharField(max_length=60)
    query = forms.CharField(max_length=LONGEST_QUERY, required=False)
    file_format = forms.ChoiceField(choices=FileFormat.choices)
    wording = forms.ChoiceField(choices=Wording.choices)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_records(self) -> str:
        resource = self.cleaned_data["records"]
        if resource not in REGISTRY or not may(self.user, "X", resource):
            raise ValidationError(_("You may not export these records."))
        return resource

    def list_query(self) -> ListQuery:
        """The list that was asked for."""
        crud = REGISTRY[self.cleaned_data["records"]]
        return ListQuery(crud, QueryDict(self.cleaned_data["query"]), self.user)
