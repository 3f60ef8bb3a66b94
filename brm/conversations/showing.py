"""A conversation as its template takes it. The number of statements depends on nothing in it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from brm.core.crud import REGISTRY
from brm.core.models import Record
from brm.core.roles import may

from .actions import may_correct, may_take_back
from .files import KINDS, LARGEST
from .following import is_followed
from .forms import CommentForm, UploadForm
from .models import Attachment, Comment
from .records import may_attach

COMMENTS, FILES = 20, 20


def page_of(found: Any, before: str, size: int) -> tuple[list[Any], int | None]:
    """The newest rows before an id, and the id from which older ones go on."""
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found.select_related("author").order_by("-pk")[: size + 1])
    return rows[:size], rows[size - 1].pk if len(rows) > size else None


def conversation(request: HttpRequest, record: Record, **forms: Any) -> dict[str, Any]:
    """The context of a conversation; `forms` are those that were sent and refused."""
    user, now = request.user, timezone.now()
    comments, older = page_of(
        Comment.objects.about(record), request.GET.get("comments_before", ""), COMMENTS
    )
    files, older_files = ([], None)
    if may(user, "V", Attachment.resource):
        before = request.GET.get("files_before", "")
        files, older_files = page_of(Attachment.objects.about(record), before, FILES)
    address = reverse("conversation", args=[record.resource, record.pk])
    return {
        "record": record,
        "crud": REGISTRY[record.resource].page_context(request),
        "address": address,
        "comments": [_comment(one, user, now) for one in reversed(comments)],
        "older_comments": older,
        "files": [_file(one, user) for one in files],
        "older_files": older_files,
        "form": forms.get("form") or (CommentForm() if may(user, "C", "comments") else None),
        "focused": "",
        "most_bytes": LARGEST,
        "too_large": _("The file is larger than %(most)d MB.") % {"most": LARGEST // 1_000_000},
        "upload": forms.get("upload") or (UploadForm() if may_attach(user, record) else None),
        "is_followed": is_followed(record, user),
        "may_follow": may(user, "C", "followers"),
        "people_url": reverse("conversation-people", args=[record.resource, record.pk]),
        "follow_url": reverse("conversation-follow", args=[record.resource, record.pk]),
        "unfollow_url": reverse("conversation-unfollow", args=[record.resource, record.pk]),
        "upload_url": reverse("attachment-new", args=[record.resource, record.pk]),
    }


def _comment(comment: Comment, user: Any, now: Any) -> dict[str, Any]:
    return {
        "pk": comment.pk,
        "author": str(comment.author),
        "at": comment.created_at,
        "edited_at": comment.edited_at,
        "text": comment.text,
        "mentioned": comment.mentioned,
        "url_edit": reverse("comment-edit", args=[comment.pk])
        if may_correct(comment, user, now)
        else None,
        "url_delete": reverse("comment-delete", args=[comment.pk])
        if may_take_back(comment, user)
        else None,
    }


def _file(attachment: Attachment, user: Any) -> dict[str, Any]:
    kind = KINDS.get(attachment.kind)
    return {
        "pk": attachment.pk,
        "name": attachment.name,
        "icon": kind.icon if kind else "file",
        "size": attachment.size,
        "author": str(attachment.author),
        "at": attachment.created_at,
        "url": reverse("attachment-content", args=[attachment.pk]),
        "url_delete": reverse("attachment-delete", args=[attachment.pk])
        if may_take_back(attachment, user)
        else None,
    }
