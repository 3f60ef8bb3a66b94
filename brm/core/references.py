"""References for records that arrive without one: prefix and a number that only grows."""

from django.db import connection, models, transaction


class Counter(models.Model):
    """The last number given out for a prefix."""

    name = models.CharField(max_length=20, unique=True)
    value = models.BigIntegerField(default=0)

    class Meta:
        app_label = "core"

    def __str__(self) -> str:
        return f"{self.name}-{self.value}"


def reserve(name: str, count: int) -> range:
    """`count` numbers of the counter `name` that nobody else gets."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_counter (name, value) VALUES (%s, %s) ON CONFLICT (name)"
            " DO UPDATE SET value = core_counter.value + excluded.value RETURNING value",
            [name, count],
        )
        last = cursor.fetchone()[0]
    return range(last - count + 1, last + 1)


def next_references(model: type[models.Model], count: int) -> list[str]:
    """`count` unused references such as CMP-00017; those taken by hand are passed over."""
    free: list[str] = []
    while len(free) < count:
        numbers = reserve(model.reference_prefix, count - len(free))
        proposed = [f"{model.reference_prefix}-{number:05d}" for number in numbers]
        taken = set(
            model.everything.filter(reference__in=proposed).values_list("reference", flat=True)
        )
        free += [reference for reference in proposed if reference not in taken]
    return free
