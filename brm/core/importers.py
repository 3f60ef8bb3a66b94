"""Columns of imported exchange rates and users."""

from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .imports import Column, Importer, column_of, columns_of, register, truth, words
from .imports import work as _work  # noqa: F401 - its jobs are known wherever importers are
from .models import ExchangeRate, User
from .roles import ROLES


@register
class ExchangeRateImporter(Importer):
    entity, model = "exchange_rates", ExchangeRate
    columns = columns_of(ExchangeRate, "currency* base* on* rate*")
    key = ExchangeRate.natural_key


@register
class UserImporter(Importer):
    """Users are found by name; they get no password here, so that nobody signs in by an import."""

    entity, model = "users", User
    columns = (
        *columns_of(User, "username* name email"),
        Column("roles", words, empty=()),
        column_of(User, "language"),
        Column("active", truth, attribute="is_active", empty=True),
    )
    key = ("username",)
    undoable = False

    def load(self, keys: Collection[tuple[Any, ...]], *, lock: bool) -> dict[Any, User]:
        users = User.objects.filter(username__in=[key[0] for key in keys])
        users = (users.select_for_update() if lock else users).prefetch_related("groups")
        found = {}
        for user in users:
            user.roles = sorted(group.name for group in user.groups.all())
            user.before = self._state(user)
            found[user.username,] = user
        return found

    def new(self) -> User:
        user = User()
        user.roles, user.before = [], None
        user.set_unusable_password()
        return user

    def prepare(self, record: User, values: dict[str, Any]) -> None:
        """Refuse roles that do not exist, and a change of the importing user's own ones."""
        record.roles = sorted(record.roles)
        if unknown := [role for role in record.roles if role not in ROLES]:
            raise ValidationError(
                {
                    "roles": _("There is no role “%(role)s”. There are: %(roles)s.")
                    % {"role": unknown[0], "roles": ", ".join(ROLES)}
                }
            )
        own = self.by is not None and record.pk == self.by.pk
        if own and record.before != self._state(record):
            raise ValidationError(_("Nobody changes his own account by an import."))

    def changed(self, record: User) -> bool:
        return record.before != self._state(record)

    def write(self, records: Sequence[User]) -> None:
        """Write users and their roles."""
        groups = {group.name: group for group in Group.objects.filter(name__in=ROLES)}
        for user in records:
            user.save()
            user.groups.set([groups[role] for role in user.roles])

    @staticmethod
    def _state(user: User) -> tuple[Any, ...]:
        return (user.name, user.email, user.language, user.is_active, sorted(user.roles))
