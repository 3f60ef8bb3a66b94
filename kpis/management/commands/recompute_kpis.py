"""Recomputes the KPIs in this process, with a progress bar."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kpis import engine
from kpis.definitions import find
from kpis.models import Trigger
from kpis.periods import parse_month

WIDTH = 40


class Command(BaseCommand):
    help = "Recomputes what changed since the last run, or everything, some KPIs, some months."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--full", action="store_true", help="compare everything")
        parser.add_argument("--from", dest="first", metavar="2025-01", help="the first month")
        parser.add_argument("--to", dest="last", metavar="2025-12", help="the last month")
        parser.add_argument("--kpi", action="append", default=[], metavar="KEY", help="one KPI")

    def handle(self, **options: Any) -> None:
        first, last = _month("--from", options["first"]), _month("--to", options["last"])
        if first and last and first > last:
            raise CommandError("--to is before --from.")
        for key in options["kpi"]:
            if find(key) is None:
                raise CommandError(f"There is no KPI {key!r}.")
        try:
            run = engine.run(
                trigger=Trigger.COMMAND,
                full=options["full"],
                kpis=options["kpi"],
                from_month=first,
                to_month=last,
                report=self.show,
            )
        except engine.RunFailed as error:
            raise CommandError(str(error)) from error
        self.stderr.write("")
        why = f" (full: {run.full_because})" if run.full else ""
        self.stdout.write(f"Run {run.pk}{why}: {run.rows_in} rows in, {run.rows_out} rows out.")
        if run.differences is not None and run.full_because == "asked for":
            self.stdout.write(f"Differences found: {run.differences}.")

    def show(self, share: float) -> None:
        """The progress bar."""
        filled = round(WIDTH * share)
        bar = "#" * filled + "." * (WIDTH - filled)
        self.stderr.write(f"\r[{bar}] {share:4.0%}", ending="")
        self.stderr.flush()


def _month(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return parse_month(text)
    except ValueError as error:
        raise CommandError(f"{option} takes a month such as 2025-03.") from error
