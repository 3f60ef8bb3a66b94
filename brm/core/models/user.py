"""Users and their roles."""

from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person or an integration that signs in. Roles are groups named after the role's key."""

    first_name = None
    last_name = None
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    is_demo = models.BooleanField(_("demo user"), default=False, editable=False)

    resource = "users"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    @property
    def reference(self) -> str:
        return self.username

    @cached_property
    def role_keys(self) -> frozenset[str]:
        """Keys of the roles the user has now; an administrator by `is_superuser` included."""
        if not self.is_active:
            return frozenset()
        keys = set(self.groups.values_list("name", flat=True))
        if self.is_superuser:
            keys.add("administrator")
        return frozenset(keys)
