"""Views of lists that were kept, and what each user made of them."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from brm.core.roles import scopes


class Audience(models.TextChoices):
    """For whom a view is kept; a team are all who have the role it names."""

    PERSONAL = "personal", _("Only me")
    TEAM = "team", _("Team")
    SHARED = "shared", _("Everyone")


class SavedViewQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The user's own, those of his roles, and those for everyone."""
        team = Q(audience=Audience.TEAM, role__in=user.role_keys)
        return self.filter(Q(owner=user) | team | Q(audience=Audience.SHARED))

    def with_choices_of(self, user: Any) -> Self:
        """Adds `pinned` and `is_default` as the user chose them."""
        chosen = ViewChoice.objects.filter(view=OuterRef("pk"), user=user)
        return self.annotate(
            pinned=Exists(chosen.filter(pinned=True)),
            is_default=Exists(chosen.filter(is_default=True)),
        )


class SavedView(models.Model):
    """A list under a name; `query` is the canonical query string of the list."""

    resource = "saved-views"

    records = models.CharField(_("records"), max_length=60)
    name = models.CharField(_("name"), max_length=80)
    query = models.TextField(blank=True)
    audience = models.CharField(
        _("for"), max_length=10, choices=Audience, default=Audience.PERSONAL
    )
    role = models.CharField(_("role"), max_length=40, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner")
    )
    created_at = models.DateTimeField(_("created at"))

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "records", "name"], name="one_view_of_a_name"),
        ]
        indexes = [models.Index(fields=["records", "audience"], name="views_of_records")]

    def __str__(self) -> str:
        return self.name

    def may_be_changed_by(self, user: Any) -> bool:
        """Its owner may; whoever keeps views in order for all may change shared ones."""
        if self.owner_id == user.pk:
            return True
        return self.audience != Audience.PERSONAL and "A" in scopes(user, self.resource, "U")


class ViewChoice(models.Model):
    """What one user made of a view: pinned above the list, or what the list opens with."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="choices")
    records = models.CharField(max_length=60)
    pinned = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "view"], name="one_choice_of_a_view"),
            models.UniqueConstraint(
                fields=["user", "records"],
                condition=Q(is_default=True),
                name="one_default_view",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.view_id}"
