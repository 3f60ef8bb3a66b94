"""The audit trail: its entries, and the seals that chain them.

One table of its own rather than a view over the history tables: an entry says what history
cannot (sign-ins, roles, the reason of a move), stays when a user goes, is found by actor, request
or import through one index whatever the kind of record, and is sealed in one order. It holds its
values itself and refers to nothing, so that nothing else in the database can change it.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.origin import Door


class Event(models.TextChoices):
    """What happened."""

    CREATED = "created", _("Created")
    UPDATED = "updated", _("Changed")
    MOVED = "moved", _("Moved on")
    DELETED = "deleted", _("Deleted")
    RESTORED = "restored", _("Restored")
    MERGED = "merged", _("Merged")
    UNMERGED = "unmerged", _("Merge undone")
    REVOKED = "revoked", _("Revoked")
    ROLES_CHANGED = "roles_changed", _("Roles changed")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    SIGNED_IN = "signed_in", _("Signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
    SIGNED_OUT = "signed_out", _("Signed out")


# The events of almost every row: to find these, no index is needed.
COMMON = (Event.CREATED, Event.UPDATED)


class AuditEntry(models.Model):
    """One change of one record, or one happening; written once, never changed.

    `changes` holds by field name the value of a created record, else [before, after]; numbers
    with fixed places as stored, dates and instants in ISO 8601, foreign keys as ids.
    """

    resource = "audit-entries"
    customer_path = service_path = owner_path = None

    at = models.DateTimeField(_("at"))
    actor_id = models.BigIntegerField(_("by"), null=True)
    actor_name = models.CharField(_("by"), max_length=150, blank=True)
    event = models.CharField(_("kind of change"), max_length=20, choices=Event)
    kind = models.CharField(_("kind of record"), max_length=40)
    object_id = models.BigIntegerField(_("record"), null=True)
    reference = models.CharField(_("reference"), max_length=150, blank=True)
    changes = models.JSONField(_("changes"), default=dict)
    reason = models.TextField(_("reason"), blank=True)
    door = models.CharField(_("source"), max_length=10, choices=Door)
    request_id = models.CharField(_("request"), max_length=32, blank=True)
    import_id = models.BigIntegerField(_("import"), null=True)
    token_id = models.BigIntegerField(_("token"), null=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index("actor_id", "id", name="audit_by_actor"),
            models.Index("kind", "id", name="audit_by_kind"),
            models.Index("object_id", "kind", name="audit_by_record"),
            models.Index("at", name="audit_by_instant"),
            models.Index(
                "event", "id", name="audit_by_event", condition=~models.Q(event__in=COMMON)
            ),
            models.Index("request_id", name="audit_by_request", condition=~models.Q(request_id="")),
            models.Index(
                "import_id", "id", name="audit_by_import", condition=~models.Q(import_id=None)
            ),
            models.Index(
                "token_id", "id", name="audit_by_token", condition=~models.Q(token_id=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference} {self.event}"


class AuditSeal(models.Model):
    """Closes the entries up to `last_id`: their digests, and the hash of the seal before it.

    `ranges` are the ids of the entries as [first, last] pairs: ids that a rolled-back write used
    up are in none. `digests` holds DIGEST bytes for each entry, in order. `hash` covers all of it.
    """

    DIGEST = 16

    last_id = models.BigIntegerField(unique=True)
    count = models.PositiveIntegerField()
    ranges = models.JSONField()
    digests = models.BinaryField()
    previous = models.CharField(max_length=64, blank=True, unique=True)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")

    def __str__(self) -> str:
        return f"{self.pk}: {self.count} → {self.last_id}"
