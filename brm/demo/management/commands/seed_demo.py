"""`manage.py seed_demo`: two years of a made-up company."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from brm.demo.seeding import DemoRefused, seed_demo

LARGEST_SCALE = 1_700


class Command(BaseCommand):
    """Fill the database with the demo company, once."""

    help = "Make the demo data: two years of a company, relative to today; larger with --scale."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much, which company, and whether somebody may sign in."""
        parser.add_argument(
            "--scale",
            type=int,
            default=1,
            help=f"1 to {LARGEST_SCALE}; each step adds about 6,000 facts (default: 1)",
        )
        parser.add_argument("--seed", type=int, default=1, help="another seed, another company")
        parser.add_argument(
            "--no-users", action="store_true", help="no users; compulsory with a server database"
        )

    def handle(self, *, scale: int, seed: int, no_users: bool, **options: Any) -> None:
        """Make the data or say that they are there; raises CommandError when refused."""
        if not 1 <= scale <= LARGEST_SCALE:
            raise CommandError(f"--scale is a number from 1 to {LARGEST_SCALE}.")
        try:
            made = seed_demo(
                now=timezone.now(),
                seed=seed,
                scale=scale,
                with_users=not no_users,
                tell=self.stdout.write,
            )
        except DemoRefused as refusal:
            raise CommandError(str(refusal)) from None
        if made is None:
            self.stdout.write("The demo data are there already; clear_demo takes them out.")
            return
        self.stdout.write(f"{made.records + made.volume} demo records made.")
        if made.taken:
            names = ", ".join(made.taken)
            self.stdout.write(f"Accounts that existed before were left as they are: {names}.")
