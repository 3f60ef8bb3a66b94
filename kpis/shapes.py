"""The bodies of the KPI resource, for the OpenAPI description and for reading requests."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from . import definitions
from .periods import parse_month


class Scope(serializers.Serializer):
    """How many contributions are behind the answer, and how many of them you may see."""

    visible = serializers.IntegerField()
    total = serializers.IntegerField()


class KpiDefinition(serializers.Serializer):
    """What a KPI is."""

    key = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.ChoiceField(["count", "stock", "money", "ratio"])
    direction = serializers.ChoiceField(["up", "down", "band"])
    dimensions = serializers.ListField(child=serializers.CharField())
    formula = serializers.CharField()
    settle_days = serializers.IntegerField()


class KpiPage(serializers.Serializer):
    """All KPIs, on one page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = KpiDefinition(many=True)


class KpiFigure(serializers.Serializer):
    """One figure; amounts in the base currency, ratios in percent."""

    period = serializers.CharField()
    member = serializers.CharField(allow_null=True)
    member_id = serializers.IntegerField(allow_null=True)
    member_name = serializers.CharField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    numerator = serializers.FloatField()
    denominator = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    state = serializers.ChoiceField(["value", "zero", "no_data", "insufficient", "not_applicable"])
    provisional = serializers.BooleanField()
    published_value = serializers.FloatField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)
    restated = serializers.BooleanField()
    interval = serializers.ListField(
        child=serializers.FloatField(), min_length=2, max_length=2, allow_null=True
    )
    target = serializers.FloatField(allow_null=True)
    status = serializers.ChoiceField(["green", "amber", "red", "grey"])
    computed_at = serializers.DateTimeField(allow_null=True)


class KpiSeries(serializers.Serializer):
    """Figures of a KPI, as one run left them."""

    key = serializers.CharField()
    unit = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    run = serializers.IntegerField(allow_null=True)
    grain = serializers.ChoiceField(["month", "quarter", "year"])
    dimension = serializers.CharField(allow_null=True)
    scope = Scope()
    results = KpiFigure(many=True)


class KpiRow(serializers.Serializer):
    """A contribution, with one field for each dimension; or, last, the sum of the hidden ones."""

    source_type = serializers.CharField(required=False)
    source_id = serializers.IntegerField(required=False)
    part = serializers.CharField(required=False)
    reference = serializers.CharField(required=False)
    url = serializers.CharField(required=False, allow_null=True)
    occurred_on = serializers.DateField(required=False)
    numerator = serializers.FloatField()
    denominator = serializers.FloatField(allow_null=True)
    recorded_at = serializers.DateTimeField(required=False)
    retracted_at = serializers.DateTimeField(required=False, allow_null=True)
    hidden = serializers.BooleanField(required=False)
    count = serializers.IntegerField(required=False)


class KpiRows(serializers.Serializer):
    """The contributions behind a figure."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    key = serializers.CharField()
    unit = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    run = serializers.IntegerField(allow_null=True)
    scope = Scope()
    results = KpiRow(many=True)


class KpiChanges(serializers.Serializer):
    """A figure at two instants, and the contributions that came and went."""

    key = serializers.CharField()
    before = KpiFigure(allow_null=True)
    after = KpiFigure(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), "in": KpiRow(many=True), "out": KpiRow(many=True)}


class KpiRun(serializers.Serializer):
    """A recompute of the KPIs."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(["queued", "running", "done", "failed"])
    progress = serializers.FloatField(min_value=0, max_value=1)
    trigger = serializers.CharField()
    full = serializers.BooleanField()
    date = serializers.DateField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    rows_in = serializers.IntegerField()
    rows_out = serializers.IntegerField()
    differences = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True)


class KpiRunPage(serializers.Serializer):
    """Runs, the latest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = KpiRun(many=True)


class MonthField(serializers.CharField):
    """A month written 2025-03, as the integer 202503."""

    default_error_messages = {"month": _("A month is written 2025-03.")}

    def to_internal_value(self, data: object) -> int:
        try:
            return parse_month(super().to_internal_value(data))
        except ValueError:
            self.fail("month")


class KpiRunStart(serializers.Serializer):
    """What to recompute: all that changed (nothing given), everything, some KPIs, some months."""

    default_error_messages = {"unknown": _("There is no such field.")}

    full = serializers.BooleanField(required=False, default=False)
    kpis = serializers.ListField(child=serializers.CharField(), required=False, default=list)
    to = MonthField(required=False, allow_null=True, default=None)

    def get_fields(self) -> dict[str, serializers.Field]:
        first = MonthField(required=False, allow_null=True, default=None)
        return {**super().get_fields(), "from": first}

    def to_internal_value(self, data: object) -> dict:
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            text = [self.error_messages["unknown"]]
            raise serializers.ValidationError(dict.fromkeys(map(str, unknown), text))
        return super().to_internal_value(data)

    def validate_kpis(self, keys: list[str]) -> list[str]:
        if unknown := [key for key in keys if definitions.find(key) is None]:
            text = _("There is no KPI “%(key)s”.")
            raise serializers.ValidationError([text % {"key": key[:100]} for key in unknown[:10]])
        return keys

    def validate(self, given: dict) -> dict:
        if given["from"] and given["to"] and given["from"] > given["to"]:
            raise serializers.ValidationError({"to": _("This month is before the first one.")})
        return given
