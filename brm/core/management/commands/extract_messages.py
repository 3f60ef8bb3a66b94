"""`manage.py extract_messages`: brings the .po files up to date with code and templates."""

from pathlib import Path
from typing import Any

from babel.messages.pofile import write_po
from django.conf import settings
from django.core.management.base import BaseCommand

from brm.core import translations


class Command(BaseCommand):
    """Find all texts by Babel, keep their translations, and say how many lack one."""

    help = "Bring locale/*/LC_MESSAGES/django.po up to date; no gettext needed."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        """Write the catalogue of each language but the source's."""
        found = translations.texts(Path(settings.BASE_DIR))
        for folder in sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES")):
            path, locale = folder / "django.po", folder.parent.name
            catalog = translations.brought_up_to_date(translations.read(path, locale), found)
            with path.open("wb") as target:
                write_po(target, catalog, sort_output=True, width=100, omit_header=False)
            lacking = translations.untranslated(catalog, found)
            self.stdout.write(f"{locale}: {len(found)} texts, {len(lacking)} without translation")
