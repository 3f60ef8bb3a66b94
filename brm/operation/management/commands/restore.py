"""`manage.py restore FILE`: puts a backup in place and proves that it is whole."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from brm.operation.archive import BadBackup
from brm.operation.copies import restore


class Command(BaseCommand):
    """Restore a backup; the product must not run meanwhile."""

    help = "Put a backup in the place of database and uploads, checked; stop the product first."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="replace data that is there")

    def handle(self, *, file: Path, replace: bool, **options: Any) -> None:
        """Restore and say what was restored; exit code 1 when the backup is not used."""
        began = time.monotonic()
        try:
            manifest = restore(file, replace=replace, now=timezone.now())
        except (BadBackup, OSError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(
            f"restored what was made at {manifest.made_at}: {manifest.rows} rows in "
            f"{len(manifest.tables)} tables, every one as it was; all sessions have ended "
            f"({time.monotonic() - began:.1f} s)"
        )
