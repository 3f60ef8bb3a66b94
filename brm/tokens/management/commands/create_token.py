"""`manage.py create_token USERNAME [--scope resource:read …] [--days N]`."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from brm.core.models import User
from brm.core.scopes import EVERYTHING
from brm.tokens.actions import issue


class Command(BaseCommand):
    """Print a new API token once."""

    help = "Make an API token of a user and print it. It cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--scope",
            action="extend",
            nargs="+",
            default=[],
            metavar="resource:read",
            help="resource:read, resource:write, *:read or *; default *, all its owner may do",
        )
        parser.add_argument("--days", type=int, default=90, help="1 to 365, default 90")
        parser.add_argument("--name", default="create_token", help="what it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the token to standard output, what it is to standard error."""
        owner = User.objects.filter(username=options["username"], is_active=True).first()
        if owner is None:
            raise CommandError(f"There is no active user “{options['username']}”.")
        try:
            token, secret = issue(
                owner,
                name=options["name"],
                scopes=options["scope"] or [EVERYTHING],
                days=options["days"],
                now=timezone.now(),
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stderr.write(
            f"Token {token} of {owner.username}: {', '.join(token.scopes)}, until "
            f"{token.expires_at:%Y-%m-%d %H:%M} UTC. It is shown this once."
        )
        self.stdout.write(secret)
