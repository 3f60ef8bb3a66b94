"""What happens to accounts: sign-ins, roles, passwords, and changes of the users' own fields."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib.auth import signals
from django.contrib.auth.models import Group
from django.db.models import Q
from django.db.models.signals import m2m_changed, post_save
from simple_history.signals import post_create_historical_record

from brm.core.models import User
from brm.core.watching import CREATED, UPDATED, Happening, happened

from .models import Event
from .values import plain

USERS = User.resource


def connect() -> None:
    """Listen to Django's and allauth's own signals; repeating it changes nothing."""
    signals.user_logged_in.connect(signed_in, dispatch_uid="audit")
    signals.user_logged_out.connect(signed_out, dispatch_uid="audit")
    signals.user_login_failed.connect(sign_in_failed, dispatch_uid="audit")
    for signal in (password_changed, password_reset, password_set):
        signal.connect(password_written, dispatch_uid="audit")
    post_save.connect(user_saved, sender=User, dispatch_uid="audit")
    m2m_changed.connect(roles_changed, sender=User.groups.through, dispatch_uid="audit")
    post_create_historical_record.connect(user_written, dispatch_uid="audit")


# --- Sign-ins ------------------------------------------------------------------------------------


def signed_in(user: User, **_kwargs: Any) -> None:
    happened(Happening(Event.SIGNED_IN, USERS, user, actor=user))


def signed_out(user: User | None, **_kwargs: Any) -> None:
    if user is not None:
        happened(Happening(Event.SIGNED_OUT, USERS, user, actor=user))


def sign_in_failed(credentials: dict[str, Any], **_kwargs: Any) -> None:
    """Names the account that was tried; a name that is none is not kept: it may be a password."""
    named = str(credentials.get("username") or credentials.get("email") or "")
    tried = None
    if named and "\x00" not in named:
        tried = User.objects.filter(Q(username=named) | Q(email__iexact=named)).first()
    happened(Happening(Event.SIGN_IN_FAILED, USERS, tried))


# --- Accounts ------------------------------------------------------------------------------------


def password_written(user: User, **_kwargs: Any) -> None:
    happened(Happening(Event.PASSWORD_CHANGED, USERS, user))


def user_saved(instance: User, created: bool, **_kwargs: Any) -> None:
    """A password set through the user's page; Django forgets it right after this signal."""
    if not created and instance._password is not None and instance.has_usable_password():
        password_written(instance)


def user_written(instance: Any, history_instance: Any, **_kwargs: Any) -> None:
    """A user was created or some of his fields were changed."""
    if not isinstance(instance, User) or history_instance.history_type == "-":
        return
    before = history_instance.prev_record if history_instance.history_type == "~" else None
    fields = {
        field.name: (plain(field, getattr(before, field.attname, None)), plain(field, value))
        for field in history_instance.tracked_fields
        if field.name != "id"
        if (value := getattr(history_instance, field.attname)) != getattr(before, field.attname, "")
    }
    if before is None:
        values = {name: after for name, (_before, after) in fields.items()}
        happened(
            Happening(CREATED, USERS, instance, fields={k: (None, v) for k, v in values.items()})
        )
    elif fields:
        happened(Happening(UPDATED, USERS, instance, fields=fields))


def roles_changed(
    instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **_kwargs: Any
) -> None:
    """Roles were given or taken, from either side."""
    if action not in ("post_add", "post_remove", "pre_clear") or pk_set == set():
        return
    users = User.objects.filter(pk__in=pk_set or ()) if reverse else [instance]
    if action == "pre_clear" and reverse:
        users = instance.user_set.all()
    moved = {instance.name} if reverse else _names(pk_set)
    for user in users:
        now = set(user.groups.values_list("name", flat=True))
        if action == "pre_clear":
            before, after = now, now - moved if reverse else set()
        else:
            before, after = (now - moved, now) if action == "post_add" else (now | moved, now)
        if before != after:
            pair = (", ".join(sorted(before)), ", ".join(sorted(after)))
            happened(Happening(Event.ROLES_CHANGED, USERS, user, fields={"roles": pair}))


def _names(keys: set[int] | None) -> set[str]:
    return set(Group.objects.filter(pk__in=keys or ()).values_list("name", flat=True))
