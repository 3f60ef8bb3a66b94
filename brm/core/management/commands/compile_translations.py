"""`manage.py compile_translations`: makes the .mo files that Django reads, without gettext."""

import os
import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Compile every translation whose source is newer than its compiled file."""

    help = "Compile locale/*/LC_MESSAGES/*.po by Babel; no gettext needed."
    requires_system_checks: list[str] = []

    def handle(self, *, verbosity: int, **options: Any) -> None:
        """Compile what changed and name it."""
        for folder in map(Path, settings.LOCALE_PATHS):
            for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
                if compile_catalogue(source) and verbosity:
                    self.stdout.write(f"compiled {source}")


def compile_catalogue(source: Path) -> bool:
    """Write the .mo file beside the .po file unless it is newer; fuzzy messages are left out.

    The file is replaced at once, so that a reader never meets half of it.
    """
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
        return False
    with source.open("rb") as text:
        catalogue = read_po(text, locale=source.parent.parent.name)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as compiled:
        write_mo(compiled, catalogue, use_fuzzy=False)
    os.chmod(compiled.name, 0o644)
    os.replace(compiled.name, target)
    return True
