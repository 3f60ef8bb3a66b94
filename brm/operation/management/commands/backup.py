"""`manage.py backup FILE`: a consistent copy of everything while the product is in use."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from brm.operation.archive import BadBackup
from brm.operation.copies import back_up


class Command(BaseCommand):
    """Copy everything into one file; see docs/production.md."""

    help = "Copy database and uploads into FILE, consistent while the product is in use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        """Write the file and say what it holds; exit code 1 and no file when that fails."""
        began = time.monotonic()
        try:
            manifest = back_up(file, now=timezone.now())
        except (BadBackup, OSError) as problem:
            raise CommandError(str(problem)) from problem
        uploads = len(manifest.members) - 1
        self.stdout.write(
            f"{file}: {manifest.rows} rows in {len(manifest.tables)} tables, {uploads} uploads, "
            f"{file.stat().st_size / 1e6:.1f} MB, {time.monotonic() - began:.1f} s"
        )
