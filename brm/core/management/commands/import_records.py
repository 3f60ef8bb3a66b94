"""Import records from a file: `manage.py import_records customers customers.csv`."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from brm.core.imports import entities
from brm.core.imports.actions import finish, open_file, refused_file
from brm.core.imports.batch import Context
from brm.core.imports.execution import Execution
from brm.core.imports.profiles import Profile, load_profile, plain_profile
from brm.core.imports.refusals import FileRefused
from brm.core.imports.report import Report
from brm.core.imports.scratch import Scratch
from brm.core.imports.tables import Table
from brm.core.models import ImportRun
from brm.core.origin import Door, acting

SHOWN = 20
BAR = 30


class Stopped(Exception):
    """`--on-error stop` met a refused row: what was written is rolled back."""


class Command(BaseCommand):
    help = "Import records from a CSV, CSV.gz or XLSX file; exit code 1 if a row was refused."
    requires_migrations_checks = True

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("entity", choices=entities(), metavar="ENTITY")
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--profile", help="a shipped profile or the path of a TOML file")
        parser.add_argument("--dry-run", action="store_true", help="check only, write nothing")
        parser.add_argument("--on-error", choices=["skip", "stop"], default="skip")
        parser.add_argument("--refused", type=Path, help="where the refused rows go (CSV)")
        parser.add_argument("--encoding", help="of a text file, default utf-8")
        parser.add_argument("--date-format", help="such as %%d/%%m/%%Y")
        parser.add_argument("--instant-format", help="such as %%Y-%%m-%%d %%H:%%M:%%S")
        parser.add_argument("--time-zone", help="of instants without offset, such as Europe/Berlin")

    def handle(self, *, entity: str, file: Path, **options: Any) -> None:
        try:
            profile = self._profile(entity, options)
            table = open_file(file, profile)
            report, refused = self._import(table, profile, entity, options)
        except FileRefused as error:
            raise CommandError(str(error)) from None
        self._tell(report, refused, options)
        if report.refused_rows:
            sys.exit(1)

    def _profile(self, entity: str, options: dict[str, Any]) -> Profile:
        named = options["profile"]
        profile = load_profile(named) if named else plain_profile(entity)
        known = [block.entity for block in profile.blocks]
        if entity not in known:
            raise CommandError(
                _("The profile %(profile)s imports %(known)s, not %(entity)s.")
                % {"profile": named, "known": ", ".join(known), "entity": entity}
            )
        return profile.with_formats(
            date=options["date_format"],
            instant=options["instant_format"],
            time_zone=options["time_zone"],
        ).with_encoding(options["encoding"])

    def _import(
        self, table: Table, profile: Profile, entity: str, options: dict[str, Any]
    ) -> tuple[Report, Path | None]:
        """Check, import, or both; returns the report and the file of refused rows."""
        wanted = options["refused"]
        if options["dry_run"]:
            return self._check(table, profile, wanted), wanted
        run = self._start(table, profile, entity)
        path = wanted or run.refused_path
        if options["on_error"] == "stop":
            report = self._check(table, profile, path)
            if report.refused_rows:
                return self._abandon(run, report), path
            try:
                with transaction.atomic():
                    return self._write(table, profile, run, path, stop=True), path
            except Stopped as stopped:
                return self._abandon(run, stopped.args[0]), path
        return self._write(table, profile, run, path, stop=False), path

    def _check(self, table: Table, profile: Profile, path: Path | None) -> Report:
        with Scratch() as scratch:
            context = Context(None, timezone.now(), write=False, scratch=scratch)
            refused = self._fresh(path, table) if path else None
            execution = Execution(table, profile, context, refused=refused)
            self._run(execution, _("Checking"), None)
        return execution.report

    def _fresh(self, path: Path, table: Table) -> Any:
        path.unlink(missing_ok=True)
        return refused_file(path, table)

    def _start(self, table: Table, profile: Profile, entity: str) -> ImportRun:
        source = table.source
        return ImportRun.objects.create(
            entity=",".join(dict.fromkeys(block.entity for block in profile.blocks)) or entity,
            file_name=source.name[:255],
            size=source.size,
            sha256=source.sha256,
            header=table.header,
            profile=profile.name[:200],
            state=ImportRun.State.IMPORTING,
            rows=table.count,
            started_at=timezone.now(),
        )

    def _write(
        self, table: Table, profile: Profile, run: ImportRun, path: Path, *, stop: bool
    ) -> Report:
        with Scratch() as scratch, acting(door=Door.IMPORT, import_id=run.pk):
            context = Context(None, timezone.now(), write=True, scratch=scratch)
            execution = Execution(table, profile, context, refused=self._fresh(path, table))
            self._run(execution, _("Importing"), run)
            if stop and execution.report.refused_rows:
                raise Stopped(execution.report)
        finish(run, now=timezone.now())
        return execution.report

    def _abandon(self, run: ImportRun, report: Report) -> Report:
        """Nothing is written: say so in the report."""
        run.delete()
        for counter in report.counts.values():
            counter["created"] = counter["updated"] = 0
        report.warnings.append(_("Nothing was imported: --on-error stop."))
        return report

    def _run(self, execution: Execution, label: str, run: ImportRun | None) -> None:
        """Run to the end with a progress bar on a terminal, keeping the run's counts."""
        total, started = execution.table.count, time.monotonic()

        def after_batch(position: int) -> None:
            self._progress(label, execution.report.rows, total, started)
            if run is not None:
                run.position, run.report = position, execution.report.as_dict()
                run.save(update_fields=["position", "report"])

        execution.run(after_batch=after_batch)
        if self.stderr.isatty():
            self.stderr.write("")

    def _progress(self, label: str, done: int, total: int | None, started: float) -> None:
        if not self.stderr.isatty():
            return
        share = min(1.0, done / total) if total else 0.0
        bar = "█" * round(share * BAR) + "░" * (BAR - round(share * BAR))
        speed = done / max(time.monotonic() - started, 0.001)
        counted = f"{done:,} / {total:,}" if total else f"{done:,}"
        self.stderr.write(f"\r{label} {bar} {counted} ({speed:,.0f}/s)", ending="")
        self.stderr.flush()

    def _tell(self, report: Report, refused: Path | None, options: dict[str, Any]) -> None:
        for warning in report.warnings:
            self.stderr.write(self.style.WARNING(warning))
        self.stdout.write(_("%(rows)d rows read.") % {"rows": report.rows})
        for entity, counter in report.counts.items():
            told = ", ".join(f"{number} {outcome}" for outcome, number in _shown(counter))
            self.stdout.write(f"{entity}: {told}")
        for problem in report.problems[:SHOWN]:
            place = _("Row %(row)d") % {"row": problem.row}
            self.stdout.write(f"{place}: {problem}")
        if report.refused_rows:
            self.stdout.write(_("%(rows)d rows refused.") % {"rows": report.refused_rows})
            if refused is not None:
                self.stdout.write(_("They are in %(path)s.") % {"path": refused})
        if options["dry_run"]:
            self.stdout.write(_("A dry run: nothing was written."))


def _shown(counter: dict[str, int]) -> list[tuple[str, int]]:
    labels = {
        "created": _("created"),
        "updated": _("updated"),
        "unchanged": _("unchanged"),
        "refused": _("refused"),
    }
    optional = {"left_out": _("left out"), "repeated": _("repeated")}
    shown = [(label, counter.get(name, 0)) for name, label in labels.items()]
    return shown + [(label, counter[n]) for n, label in optional.items() if counter.get(n)]
