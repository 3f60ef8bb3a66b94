"""The worker's part: who is to be told of a comment, a file or a change, and may see it now."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from brm.core import jobs
from brm.core.models import Job, Record, User
from brm.core.roles import sighted
from brm.notifications.models import MailState, Notification
from brm.notifications.telling import Occasion, notify, notify_all

from .actions import key_of
from .following import TELL
from .models import Attachment, Beside, Comment, Follow
from .panels import TAB
from .querysets import discussed

EXCERPT = 200  # characters
MOST = 50  # changes in one notification


@jobs.handler(TELL)
def tell(job: Job, _report: jobs.Report) -> dict[str, Any]:
    """Tell people of what a job names; safe to repeat: nobody is told of the same twice."""
    if "comment" in job.payload:
        return _of_comment(Comment.objects.filter(pk=job.payload["comment"]).first())
    if "file" in job.payload:
        return _of_file(Attachment.objects.filter(pk=job.payload["file"]).first())
    return _of_changes(job)


# --- Comments and files --------------------------------------------------------------------------


def _of_comment(comment: Comment | None) -> dict[str, Any]:
    record = _parent(comment)
    if record is None:
        return {"told": 0}
    named = User.objects.filter(username__in=comment.mentioned, is_active=True)
    mentioned = {user.pk: user for user in named.with_related()}
    seeing = _seeing(record, {**_followers(record), **mentioned}) - {comment.author_id}
    about = _about(comment, record) | {"excerpt": excerpt(comment.text)}
    _notify("mention", seeing & set(mentioned), comment, record, about)
    _notify("comment", seeing - set(mentioned), comment, record, about)
    return {"told": len(seeing)}


def _of_file(attachment: Attachment | None) -> dict[str, Any]:
    record = _parent(attachment)
    if record is None:
        return {"told": 0}
    seeing = _seeing(record, _followers(record)) - {attachment.author_id}
    about = _about(attachment, record) | {"file": attachment.name}
    _notify("attachment", seeing, attachment, record, about)
    return {"told": len(seeing)}


def excerpt(text: str) -> str:
    """The beginning of a comment on one line."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1]}…"


def _parent(beside: Beside | None) -> Record | None:
    """The living record that a comment or file hangs on, if both are still there."""
    model = discussed().get(beside.parent_resource) if beside else None
    return model.objects.filter(pk=beside.parent_id).first() if model else None


def _followers(record: Record) -> dict[int, User]:
    ids = Follow.objects.about(record).filter(is_active=True).values("user")
    people = User.objects.filter(pk__in=ids, is_active=True).with_related()
    return {user.pk: user for user in people}


def _seeing(record: Record, people: dict[int, User]) -> set[int]:
    return sighted(people.values(), type(record), [record.pk]).get(record.pk, set())


def _about(beside: Beside, record: Record) -> dict[str, Any]:
    return {"actor": str(beside.author), "record": str(record), "reference": record.reference}


def _notify(
    kind: str, people: Iterable[int], beside: Beside, record: Record, about: dict[str, Any]
) -> None:
    notify(
        kind,
        people,
        key=key_of(beside),
        now=timezone.now(),
        data=about,
        resource=record.resource,
        record_id=record.pk,
        url=record.get_absolute_url() + TAB,
    )


# --- Changes of followed records -----------------------------------------------------------------


Pair = tuple[int, int]  # ids of a record and of a person who follows it


@transaction.atomic
def _of_changes(job: Job) -> dict[str, Any]:
    """Tell the followers of changed records; the number of statements depends on neither."""
    resource, actor = job.payload["resource"], job.payload["actor"]
    model = discussed().get(resource)
    if model is None:
        return {"told": 0}
    changes = {change.pop("id"): {**change, "job": job.pk} for change in job.payload["changes"]}
    pairs = _pairs(model, changes, actor)
    new = pairs - _added_to_unread(resource, pairs, changes)
    records = model.objects.in_bulk(sorted({key for key, _pk in new}))
    name = _name(actor)
    occasions = [
        Occasion(
            recipients=[pk for of, pk in new if of == key],
            key=f"{resource} {key} {job.pk}",
            data={
                "actor": name,
                "record": str(record),
                "reference": record.reference,
                "resource": resource,
                "changes": [changes[key]],
            },
            resource=resource,
            record_id=key,
            url=record.get_absolute_url(),
        )
        for key, record in records.items()
    ]
    notify_all("followed", occasions, now=timezone.now())
    return {"told": len(pairs)}


def _pairs(model: type[Record], keys: Iterable[int], actor: int | None) -> set[Pair]:
    """Who follows which of the records, and may see it now; not who changed them."""
    follows = Follow.objects.filter(
        parent_resource=model.resource, parent_id__in=list(keys), is_active=True
    ).exclude(user=actor)
    pairs = set(follows.values_list("parent_id", "user"))
    users = User.objects.filter(pk__in={pk for _key, pk in pairs}, is_active=True)
    seeing = sighted(list(users.with_related()), model, list(keys))
    return {(key, pk) for key, pk in pairs if pk in seeing.get(key, ())}


def _added_to_unread(resource: str, pairs: set[Pair], changes: dict[int, Any]) -> set[Pair]:
    """Add the changes to what people have not read yet, where no mail told it; returns those.

    Ten changes of an afternoon are one notification.
    """
    waiting = Notification.objects.select_for_update().filter(
        kind="followed",
        resource=resource,
        record_id__in={key for key, _pk in pairs},
        recipient__in={pk for _key, pk in pairs},
        read_at=None,
        mail__in=[MailState.NONE, MailState.DUE],
    )
    rows = {(one.record_id, one.recipient_id): one for one in waiting.order_by("id")}
    found = {pair: one for pair, one in rows.items() if pair in pairs}
    for (key, _pk), one in found.items():
        known = [change for change in one.data["changes"] if change["job"] != changes[key]["job"]]
        one.data = {**one.data, "changes": [*known, changes[key]][-MOST:]}
    Notification.objects.bulk_update(found.values(), ["data"], batch_size=500)
    return set(found)


def _name(actor: int | None) -> str:
    user = User.objects.filter(pk=actor).first() if actor else None
    return str(user) if user else ""
