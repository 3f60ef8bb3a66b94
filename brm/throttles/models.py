"""The counters of the limits."""

from django.db import models


class RequestCount(models.Model):
    """How many requests a caller sent in a minute; the row is used again in the next one.

    `caller` is such as `token:7` or `address:192.0.2.1`, `minute` the minutes since 1970.
    """

    caller = models.CharField(max_length=100, primary_key=True)
    minute = models.BigIntegerField(db_index=True)
    count = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.caller} {self.count}"
