"""The kinds of notifications: mentions, comments, files, and changes of what one follows."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from brm.core.watching import MOVED, RESTORED
from brm.notifications.kinds import Kind, Wording, register_kind
from brm.notifications.models import Channel, Notification

from .panels import unfollow_address
from .querysets import discussed

MOST_FIELDS = 6


def write_mention(data: dict[str, Any]) -> Wording:
    """Mei Chen mentioned you: Nordwind."""
    title = _("%(actor)s mentioned you: %(record)s") % data
    return Wording(title, data["excerpt"], "info", "at-sign")


def write_comment(data: dict[str, Any]) -> Wording:
    title = _("%(actor)s commented: %(record)s") % data
    return Wording(title, data["excerpt"], "neutral", "message-square")


def write_attachment(data: dict[str, Any]) -> Wording:
    title = _("%(actor)s added a file: %(record)s") % data
    return Wording(title, data["file"], "neutral", "paperclip")


def write_followed(data: dict[str, Any]) -> Wording:
    """Nordwind was changed by Mei Chen (3 changes): tier, segment."""
    count = len(data["changes"])
    if count > 1:
        title = ngettext("%(record)s: %(count)s change", "%(record)s: %(count)s changes", count)
        title %= {**data, "count": count}
    elif data["actor"]:
        title = _("%(actor)s changed %(record)s") % data
    else:
        title = _("%(record)s was changed") % data
    return Wording(title, _what(data), "neutral", "pencil")


def _what(data: dict[str, Any]) -> str:
    """The moves and the fields, in the order in which they came."""
    model = discussed().get(data["resource"]) if "resource" in data else None
    texts: list[str] = []
    for change in data["changes"]:
        if change["event"] == MOVED and model is not None:
            state = dict(model.Status.choices).get(change["status"], change["status"])
            texts.append(_("moved to “%(state)s”") % {"state": state})
            continue
        if change["event"] == RESTORED:
            texts.append(_("restored"))
        texts += [_label(model, name) for name in change["fields"]]
    texts = list(dict.fromkeys(texts))
    more = len(texts) - MOST_FIELDS
    if more > 0:
        rest = ngettext("%(count)s more", "%(count)s more", more) % {"count": more}
        texts = [*texts[:MOST_FIELDS], rest]
    return capfirst(", ".join(texts))


def _label(model: Any, name: str) -> str:
    known = {field.name: field for field in model._meta.concrete_fields} if model else {}
    return str(known[name].verbose_name) if name in known else name


def stop(notification: Notification) -> tuple[str, str] | None:
    """The button that ends such notifications about the record."""
    if notification.record_id is None:
        return None
    address = unfollow_address(notification.resource, notification.record_id)
    return _("Unfollow"), address


FOLLOWED = gettext_lazy("You follow this record.")
register_kind(
    Kind(
        key="mention",
        label=gettext_lazy("Somebody mentions me"),
        why=gettext_lazy("You were mentioned by name."),
        write=write_mention,
    )
)
register_kind(
    Kind(
        key="comment",
        label=gettext_lazy("A comment on a record I follow"),
        why=FOLLOWED,
        write=write_comment,
        stop=stop,
    )
)
register_kind(
    Kind(
        key="attachment",
        label=gettext_lazy("A file on a record I follow"),
        why=FOLLOWED,
        write=write_attachment,
        channel=Channel.DIGEST,
        stop=stop,
    )
)
register_kind(
    Kind(
        key="followed",
        label=gettext_lazy("A change of a record I follow"),
        why=FOLLOWED,
        write=write_followed,
        channel=Channel.DIGEST,
        stop=stop,
    )
)
