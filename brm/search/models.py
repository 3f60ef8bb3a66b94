"""The index of all records, and what in it is out of date."""

from django.db import models
from django.utils.translation import gettext_lazy as _

LONGEST = 600


class Entry(models.Model):
    """A record as the search finds it.

    `document` is its text, normalised (`brm.search.grams.plain`), followed by the initials of its
    Chinese words; `grams` are the pieces of the document by which the databases' indexes find it:
    an index over the array of them on PostgreSQL, a full-text table on SQLite. `key` is the
    normalised reference, `title` the beginning of the document that names the record.
    """

    resource = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    key = models.CharField(max_length=120, db_index=True)
    title = models.CharField(max_length=300)
    document = models.CharField(max_length=2 * LONGEST)
    grams = models.TextField()

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        constraints = [
            models.UniqueConstraint(fields=["resource", "record_id"], name="one_search_entry")
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.record_id}"


class Stale(models.Model):
    """A record whose entry is out of date; written by triggers in the writing transaction."""

    resource = models.CharField(max_length=40)
    record_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("stale search entry")
        verbose_name_plural = _("stale search entries")

    def __str__(self) -> str:
        return f"{self.resource} {self.record_id}"
