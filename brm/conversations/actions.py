"""What is done in a conversation: say, correct and take back; add a file and take it away.

Rights to the record are asked by the views and the API, which know the door.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from brm.core import jobs
from brm.core.models import Record
from brm.core.roles import scopes
from brm.notifications.models import Notification

from . import following
from .files import FileRefused, checked_name, look_into
from .files.storage import stored
from .mentions import Mentions, resolve
from .models import Attachment, Beside, Comment

MOST_FILES = 200  # beside one record
KINDS = ("mention", "comment", "attachment")


@dataclass(frozen=True)
class Said:
    """A comment that was written, and what became of those it names."""

    comment: Comment
    mentions: Mentions


@transaction.atomic
def say(record: Record, text: str, *, by: Any, now: datetime) -> Said:
    """Write a comment about a record.

    Effects: one Comment with history and audit entry; its author and whom it names of those who
    may see the record follow it, unless they do not want to; a Job that tells them and the other
    followers. Raises ValidationError for an empty or too long text.
    """
    mentions = resolve(text, record)
    comment = Comment(
        parent_resource=record.resource,
        parent_id=record.pk,
        author=by,
        text=text,
        mentioned=_names(mentions),
    )
    comment.full_clean(exclude=["reference"])
    comment.save()
    following.follow_by_itself(record, [by], wish="own", now=now)
    _tell(comment, record, mentions, by=by, now=now)
    return Said(comment, mentions)


@transaction.atomic
def correct(comment: Comment, record: Record, text: str, *, by: Any, now: datetime) -> Said:
    """Change the words of one's own comment, for a while.

    Effects: the comment with its edited mark, history and audit entry; whom it names now and did
    not name before is told. Raises PermissionDenied for somebody else's comment or an old one,
    ValidationError for an empty or too long text.
    """
    if comment.author_id != by.pk:
        raise PermissionDenied(_("You may change your own comments only."))
    if not comment.is_editable(now):
        raise PermissionDenied(_("A comment can be changed for a day, then it stays as it is."))
    mentions = resolve(text, record)
    if text == comment.text:
        return Said(comment, mentions)
    comment.text, comment.edited_at, comment.mentioned = text, now, _names(mentions)
    comment.full_clean()
    comment.save()
    _tell(comment, record, mentions, by=by, now=now)
    return Said(comment, mentions)


@transaction.atomic
def attach(record: Record, content: BinaryIO, name: str, size: int, *, by: Any, now: datetime):
    """Put a file beside a record; returns the Attachment.

    Effects: the file on the disk; one Attachment with history and audit entry; its author follows
    the record, unless he does not want to; a Job that tells the other followers. Raises
    FileRefused for a file that is not let in; nothing of it is kept then.
    """
    name = checked_name(name)
    kind = look_into(content, name, size)
    if Attachment.objects.about(record).count() >= MOST_FILES:
        raise FileRefused(_("A record has at most %(most)d files.") % {"most": MOST_FILES})
    with stored(content) as on_disk, transaction.atomic():
        attachment = Attachment(
            parent_resource=record.resource,
            parent_id=record.pk,
            author=by,
            name=name,
            kind=kind,
            size=on_disk.size,
            sha256=on_disk.sha256,
            stored_as=on_disk.stored_as,
        )
        attachment.save()
        following.follow_by_itself(record, [by], wish="own", now=now)
        jobs.enqueue(
            following.TELL, f"attachment {attachment.pk}", by=by, payload={"file": attachment.pk}
        )
    return attachment


@transaction.atomic
def take_back(beside: Beside) -> None:
    """Delete a comment or a file, softly.

    Effects: history and audit entry; nobody is told of it any more. A file stays on the disk for
    a while (see `files.storage.KEPT`).
    """
    beside.soft_delete()
    Notification.objects.filter(
        kind__in=KINDS,
        key=key_of(beside),
        resource=beside.parent_resource,
        record_id=beside.parent_id,
    ).delete()


def may_take_back(beside: Beside, user: Any) -> bool:
    """Whether the user may delete this comment or file, which he may see."""
    found = scopes(user, beside.resource, "D")
    return "A" in found or ("M" in found and beside.author_id == user.pk)


def may_correct(comment: Comment, user: Any, now: datetime) -> bool:
    """Whether the user may change the words of this comment."""
    allowed = scopes(user, Comment.resource, "U")
    return bool(allowed) and comment.author_id == user.pk and comment.is_editable(now)


def key_of(beside: Beside) -> str:
    """What names the occasion of a notification about a comment or a file."""
    return f"{beside.resource} {beside.pk}"


def _names(mentions: Mentions) -> list[str]:
    return sorted(person.username for person in mentions.told)


def _tell(comment: Comment, record: Record, mentions: Mentions, *, by: Any, now: datetime) -> None:
    others = [person for person in mentions.told if person.pk != by.pk]
    following.follow_by_itself(record, others, wish="mentioned", now=now)
    key = f"comment {comment.pk} {comment.version}"
    jobs.enqueue(following.TELL, key, by=by, payload={"comment": comment.pk})


def clean_text(text: str) -> str:
    """A comment's text without what nobody can read; raises ValidationError when none is left."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise ValidationError({"text": [_("Write something first.")]})
    if "\0" in text:
        raise ValidationError({"text": [_("The text holds a character that cannot be stored.")]})
    return text
