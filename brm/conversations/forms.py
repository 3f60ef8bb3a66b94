"""What people type into a conversation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .actions import clean_text
from .files.kinds import KINDS
from .models import LONGEST_COMMENT, FollowWishes


class CommentForm(forms.Form):
    """The words of a comment."""

    text = forms.CharField(
        label=_("Comment"),
        max_length=LONGEST_COMMENT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write something first.")},
        help_text=_("Markdown; @ names people, who are then told."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Other forms of a record's page may have a text, too.
        super().__init__(*args, **{"auto_id": "conversation_%s", **kwargs})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "text" in cleaned:
            cleaned["text"] = clean_text(cleaned["text"])
        return cleaned


class UploadForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label=_("File"),
        max_length=None,
        allow_empty_file=True,  # said in the words of the check
        error_messages={"required": _("Choose a file first.")},
        widget=forms.FileInput(attrs={"accept": ",".join(f".{ending}" for ending in KINDS)}),
    )


class WishesForm(forms.ModelForm):
    """When one follows a record without saying so."""

    class Meta:
        model = FollowWishes
        fields = ["own", "mentioned"]
