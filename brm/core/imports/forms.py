"""Forms of the import pages: what file, and how its columns are read."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ..models import ImportRun
from ..roles import scopes
from . import parsers
from .declarations import Column, Importer, all_importers, importer_for
from .profiles import shipped_profiles

ENCODINGS = (
    ("utf-8", "UTF-8"),
    ("gb18030", "GB18030 (GBK, GB2312)"),
    ("big5", "Big5"),
    ("shift_jis", "Shift JIS"),
    ("cp1252", "Windows-1252 (Latin)"),
    ("utf-16", "UTF-16"),
)
DELIMITERS = ((",", _("Comma")), (";", _("Semicolon")), ("\t", _("Tab")), ("|", _("Vertical bar")))
DATES = (
    ("", "2025-03-31"),
    ("%d/%m/%Y", "31/03/2025"),
    ("%m/%d/%Y", "03/31/2025"),
    ("%d.%m.%Y", "31.03.2025"),
    ("%Y/%m/%d", "2025/03/31"),
)
INSTANTS = (
    ("", "2025-03-31T14:05:00+00:00"),
    ("%Y-%m-%d %H:%M:%S", "2025-03-31 14:05:00"),
    ("%Y-%m-%d %H:%M", "2025-03-31 14:05"),
    ("%d/%m/%Y %H:%M", "31/03/2025 14:05"),
    ("%m/%d/%Y %H:%M", "03/31/2025 14:05"),
    ("%Y-%m-%d", "2025-03-31"),
    ("%d/%m/%Y", "31/03/2025"),
    ("%m/%d/%Y", "03/31/2025"),
)


def importable_by(user: Any) -> list[str]:
    """The entities of which the user may create records, whomever they belong to."""
    return sorted(
        each.entity for each in all_importers() if "A" in scopes(user, each.model.resource, "C")
    )


def entity_label(entity: str) -> str:
    return capfirst(str(importer_for(entity).model._meta.verbose_name_plural))


class UploadForm(forms.Form):
    """What is imported, from which file, in which layout."""

    entity = forms.ChoiceField(label=_("Records"))
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, CSV.gz or XLSX, at most 200 MB. The first row names the columns."),
    )
    profile = forms.ChoiceField(
        label=_("Layout"),
        required=False,
        help_text=_("A known layout, or your own columns matched in the next step."),
    )
    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODINGS, required=False)
    delimiter = forms.ChoiceField(label=_("Delimiter"), choices=DELIMITERS, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = importable_by(user)
        self.fields["entity"].choices = [(name, entity_label(name)) for name in mine]
        self.profiles = {
            name: profile
            for name, profile in shipped_profiles().items()
            if all(block.entity in mine for block in profile.blocks)
        }
        known = [(name, profile.title or name) for name, profile in self.profiles.items()]
        self.fields["profile"].choices = [("", _("Match the columns")), *known]


class FormatForm(forms.Form):
    """How the file writes dates, instants and numbers."""

    date = forms.ChoiceField(label=_("Dates"), choices=DATES, required=False)
    instant = forms.ChoiceField(label=_("Dates with time"), choices=INSTANTS, required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Of times that are written without their offset from UTC."),
    )
    missing = forms.CharField(
        label=_("Marks of missing values"),
        required=False,
        help_text=_("Such as ? or N/A; several are separated by blanks."),
    )
    decimal_comma = forms.BooleanField(label=_("Decimal comma (1.234,50)"), required=False)
    whole_floats = forms.BooleanField(label=_("Read keys such as 17850.0 as 17850"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(name, name) for name in sorted(available_timezones())]
        own = [("", _("None: refuse them")), ("organisation", _("That of the organisation"))]
        self.fields["time_zone"].choices = [*own, *zones]

    def formats(self) -> dict[str, Any]:
        """What a profile's with_formats takes."""
        names = ("date", "instant", "time_zone")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data[name]}


def column_label(importer: Importer, column: Column) -> str:
    """What people call a column: the name of the field it sets, else its own."""
    try:
        field = importer.model._meta.get_field(column.sets)
    except FieldDoesNotExist:
        return column.name
    return capfirst(str(getattr(field, "verbose_name", column.name)))


class MappingForm(FormatForm):
    """For each of our columns the column of the file that fills it."""

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        choices = [("", _("not in the file")), *((name, name) for name in run.header)]
        lower = {name.lower(): name for name in run.header}
        importer = importer_for(run.entity)
        for column in importer.columns:
            self.fields[f"column_{column.name}"] = forms.ChoiceField(
                label=column_label(importer, column),
                choices=choices,
                required=False,
                initial=lower.get(column.name, ""),
                help_text=f"{column.name}, {_('compulsory')}" if column.compulsory else column.name,
            )

    def chosen(self) -> dict[str, str]:
        """Our columns and the file's that fill them."""
        return {
            name.removeprefix("column_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("column_") and value
        }

    def clean(self) -> dict[str, Any]:
        """Two of our columns may read one of the file's; a key must be read from somewhere."""
        cleaned = super().clean()
        importer = importer_for(self.run.entity)
        for name in importer.key:
            column = importer.column(name)
            if column.compulsory and not cleaned.get(f"column_{name}"):
                self.add_error(f"column_{name}", _("Records are found by this column."))
        return cleaned

    def mapping(self) -> dict[str, Any]:
        """The profile that the choices make, as a dictionary."""
        columns = self.chosen()
        entity = importer_for(self.run.entity)
        keys = [columns[c.name] for c in entity.columns if c.name in columns and _is_key(c)]
        return {
            **self.run.options.get("reading", {}),
            "missing": self.cleaned_data["missing"].split(),
            "integers_as_floats": keys if self.cleaned_data["whole_floats"] else [],
            "formats": {"decimal_comma": self.cleaned_data["decimal_comma"]},
            "entity": [{"entity": self.run.entity, "columns": columns}],
        }

    def remembered(self) -> dict[str, Any]:
        """What is offered again for the next file with the same columns."""
        return {name: value for name, value in self.cleaned_data.items() if value}


def _is_key(column: Column) -> bool:
    return column.parse is parsers.reference
