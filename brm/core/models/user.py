"""Users and their roles."""

from functools import cached_property
from typing import Any, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .. import origin, roles, scopes
from .record import HistoryEntry


class UserQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The users whom the user may see, by the role table."""
        return self.allowed(user, "V")

    def allowed(self, user: Any, verb: str) -> Self:
        """The users on whom the user's roles allow `verb`."""
        condition = roles.condition(user, self.model, verb)
        return self.none() if condition is None else self.filter(condition)

    def with_related(self) -> Self:
        """With the groups that tell the roles, for lists and the API."""
        return self.prefetch_related("groups")


class Users(UserManager.from_queryset(UserQuerySet)):
    """Django's own manager, with the product's sets."""

    use_in_migrations = False


class User(AbstractUser):
    """A person or an integration that signs in. Roles are groups named after the role's key."""

    first_name = None
    last_name = None
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    is_demo = models.BooleanField(_("demo user"), default=False, editable=False)

    # Set while the user acts by an API token: what it may reach of his rights. None: all of them.
    token_scopes: scopes.Scopes | None = None

    resource = "users"
    customer_path = service_path = owner_path = None
    search_fields = ("username", "name")
    unfiltered = ("last_login", "is_superuser", "is_staff")  # not for everyone who sees the user

    objects = Users()
    history = HistoricalRecords(
        bases=[HistoryEntry],
        get_user=origin.current_user,
        excluded_fields=["password", "last_login"],
    )

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    def get_absolute_url(self) -> str:
        return reverse("users-detail", args=[self.pk])

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    @property
    def reference(self) -> str:
        return self.username

    @property
    def roles_in_words(self) -> str:
        """The roles' names in the reader's language."""
        keys = {group.name for group in self.groups.all()}
        return ", ".join(str(name) for key, name in roles.ROLES.items() if key in keys)

    @cached_property
    def role_keys(self) -> frozenset[str]:
        """Keys of the roles the user has now; an administrator by `is_superuser` included."""
        if not self.is_active:
            return frozenset()
        keys = {group.name for group in self.groups.all()}  # loaded already `with_related`
        if self.is_superuser:
            keys.add("administrator")
        return frozenset(keys)
