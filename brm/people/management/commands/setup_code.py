"""`manage.py setup_code`: the code that opens the first set-up."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from brm.people.first_start import is_open, new_code


class Command(BaseCommand):
    """Print a new code for the first set-up; older ones are void."""

    help = "Print the one-time code of the first set-up, while there is no user yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--site", default=settings.SITE_URL, help="address of the product")

    def handle(self, *, site: str, **options: Any) -> None:
        """Print address and code; CommandError when there are users already."""
        if not is_open():
            raise CommandError("There are users already; an administrator makes more.")
        self.stdout.write(f"first start: {site}/setup/ with the code {new_code()}")
