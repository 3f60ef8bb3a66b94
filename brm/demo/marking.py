"""Which rows are demo data: kept as ranges of ids, for a handful of records or for millions."""

from collections.abc import Iterable, Iterator

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef

from .models import DemoRange

Model = type[models.Model]


def mark(ids: dict[Model, list[int]]) -> None:
    """Remember that these rows are demo data."""
    mark_ranges((model, *one) for model, keys in ids.items() for one in _ranges(sorted(keys)))


def mark_ranges(ranges: Iterable[tuple[Model, int, int]]) -> None:
    """The same for ranges, both ends included."""
    find = ContentType.objects.get_for_model
    DemoRange.objects.bulk_create(
        DemoRange(content_type=find(model), first_id=first, last_id=last)
        for model, first, last in ranges
    )


def release(model: Model, ids: Iterable[int]) -> None:
    """Take rows out of the demo: they belong to the user from now on."""
    content_type = ContentType.objects.get_for_model(model)
    kept = sorted(ids)
    ranges = list(DemoRange.objects.filter(content_type=content_type))
    changed = []
    for one in ranges:
        inside = [number for number in kept if one.first_id <= number <= one.last_id]
        if inside:
            changed.append(one.pk)
            rest = _without(one.first_id, one.last_id, inside)
            mark_ranges((model, first, last) for first, last in rest)
    DemoRange.objects.filter(pk__in=changed).delete()


def marked_models() -> list[Model]:
    """The models that have demo data."""
    keys = DemoRange.objects.values_list("content_type", flat=True).distinct()
    return [ContentType.objects.get_for_id(key).model_class() for key in sorted(keys)]


def is_demo(model: Model, column: str = "pk") -> Exists:
    """A condition of a queryset: `column` holds the id of a demo row of `model`."""
    content_type = ContentType.objects.get_for_model(model)
    return Exists(
        DemoRange.objects.filter(
            content_type=content_type,
            first_id__lte=OuterRef(column),
            last_id__gte=OuterRef(column),
        )
    )


def compact() -> None:
    """Join ranges that touch."""
    for model in marked_models():
        content_type = ContentType.objects.get_for_model(model)
        ranges = DemoRange.objects.filter(content_type=content_type).order_by("first_id")
        joined: list[list[int]] = []
        for first, last in ranges.values_list("first_id", "last_id"):
            if joined and joined[-1][1] + 1 >= first:
                joined[-1][1] = max(joined[-1][1], last)
            else:
                joined.append([first, last])
        ranges.delete()
        mark_ranges((model, first, last) for first, last in joined)


def _ranges(ids: list[int]) -> Iterator[tuple[int, int]]:
    first = None
    for position, number in enumerate(ids):
        if first is None:
            first = number
        if position + 1 == len(ids) or ids[position + 1] != number + 1:
            yield first, number
            first = None


def _without(first: int, last: int, inside: list[int]) -> Iterator[tuple[int, int]]:
    for number in inside:
        if first < number:
            yield first, number - 1
        first = number + 1
    if first <= last:
        yield first, last
