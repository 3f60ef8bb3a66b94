"""`manage.py clear_demo`: the demo company goes, everything else stays."""

from typing import Any

from django.core.management.base import BaseCommand

from brm.demo.clearing import clear_demo


class Command(BaseCommand):
    """Take the demo data and users out."""

    help = "Take the demo data and users out; what own records refer to is kept and listed."
    requires_migrations_checks = True

    def handle(self, **options: Any) -> None:
        """Clear, and say what went and what had to stay."""
        cleared = clear_demo()
        if cleared is None:
            self.stdout.write("There are no demo data.")
            return
        self.stdout.write(f"{cleared.removed} demo records taken out.")
        for resource, references in cleared.kept.items():
            names = ", ".join(references)
            self.stdout.write(f"Kept, own records refer to them: {resource}: {names}.")
        if cleared.closed_users:
            names = ", ".join(cleared.closed_users)
            self.stdout.write(f"Accounts closed, not removed, for their names remain: {names}.")
