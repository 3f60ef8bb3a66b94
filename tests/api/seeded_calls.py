"""For every operation of the description a call that succeeds, with the records it needs."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.http import QueryDict
from django.utils import timezone

from brm.audit.models import AuditEntry
from brm.conversations.actions import attach, say
from brm.conversations.models import Attachment, Comment
from brm.core import jobs
from brm.core.api import REGISTRY
from brm.core.crud import REGISTRY as PAGES
from brm.core.crud.list_query import ListQuery
from brm.core.imports import actions, work
from brm.core.models import ImportRun, Job, User
from brm.exports.actions import ask
from brm.exports.models import Export
from brm.webhooks.models import Webhook
from kpis.definitions import KPIS
from kpis.models import KpiTarget, Run
from tests.api.payloads import CHANGES, PAYLOADS
from tests.factories import UserFactory, make

_numbers = count(1)


def a_target() -> dict[str, Any]:
    """A target of a month that has none yet."""
    month = f"{2000 + next(_numbers) // 12}-{next(_numbers) % 12 + 1:02d}"
    return {"kpi": "complaints", "month": month, "target": "0", "amber": "0", "red": "2"}


def made(resource: str, **values: Any) -> Any:
    """A stored record of any resource."""
    if resource == "webhooks":
        return Webhook.objects.create(**{**a_webhook(), "owner": UserFactory()})
    if resource != "kpi-targets":
        return make(resource, **values)
    return KpiTarget.objects.create(**a_target())


def a_webhook() -> dict[str, Any]:
    """A subscription at a public address; none is sent to."""
    events, owner = ["complaint.*"], UserFactory().pk
    return {"name": "Desk", "url": "https://8.8.8.8/", "events": events, "owner": owner}


NEW = {**PAYLOADS, "kpi-targets": a_target, "webhooks": a_webhook}
CHANGED = {**CHANGES, "kpi-targets": {"red": "3"}, "webhooks": {"name": "Other"}}


@dataclass
class Seeds:
    """What a call needs: values of its path and address, its body and the body's kind."""

    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    media_type: str | None = None


def seeds_for(operation_id: str, tags: list[str], user: User) -> Seeds:
    """Seeds of an operation; records it names are made."""
    resource = tags[0]
    action = operation_id.removeprefix(f"{resource.replace('-', '_')}_")
    if resource in REGISTRY and resource in NEW and operation_id not in OTHERS:
        return _of_record(resource, action)
    return _of_others(operation_id, user)


def _of_record(resource: str, action: str) -> Seeds:
    json = {"media_type": "application/json"}
    if action == "list":
        return Seeds()
    if action == "create":
        return Seeds(body=NEW[resource](), **json)
    if action == "bulk":
        return Seeds(body={"items": [NEW[resource](), NEW[resource]()]}, **json)
    if action.startswith("move_to_"):
        return _of_move(resource, action.removeprefix("move_to_"))
    record = made(resource)
    if action in ("by_reference", "upsert"):
        body = {} if action == "by_reference" else {"body": NEW[resource](), **json}
        return Seeds({"reference": record.reference}, **body)
    bodies = {
        "update": NEW[resource],
        "partial_update": lambda: CHANGED[resource],
        "merge": lambda: {"into": made(resource).pk},
    }
    sent = {"body": bodies[action](), **json} if action in bodies else {}
    return Seeds({"id": record.pk}, **sent)


def _of_move(resource: str, target: str) -> Seeds:
    model = REGISTRY[resource].model
    step = next(step for step in model.Status.moves if step.target == target)
    record = made(resource, status=step.sources[0])
    if (resource, target) == ("services", "catalogue"):
        make("service-offerings", service=record, price=1, currency="EUR")
    body = {name: value_of(model._meta.get_field(name)) for name in step.requires}
    if step.reason:
        body["reason"] = "because"
    return Seeds({"id": record.pk}, body=body, media_type="application/json")


def value_of(column: models.Field) -> Any:
    """Some valid value of a field that a move needs."""
    if column.is_relation:
        target = column.related_model
        return UserFactory().pk if target is User else make(target.resource).pk
    if column.choices:
        return column.flatchoices[-1][0]
    if isinstance(column, models.DateTimeField):
        return "2026-03-31T12:00:00Z"
    if isinstance(column, models.DateField):
        return "2026-03-31"
    if isinstance(column, models.CharField | models.TextField):
        return "EUR" if column.max_length == 3 else "text"
    return "5"


def _of_others(operation_id: str, user: User) -> Seeds:
    kpi = {"key": KPIS[0].key}
    simple = {
        "kpis_retrieve": lambda: Seeds(kpi),
        "kpis_series": lambda: Seeds(kpi, {"from": "2025-01", "to": "2025-03"}),
        "kpis_rows": lambda: Seeds(kpi, {"period": "2025-03"}),
        "kpis_changes": lambda: Seeds(kpi, {"period": "2025-03", "since": "2025-01-01T00:00:00Z"}),
        "kpi_runs_create": lambda: Seeds(body={}, media_type="application/json"),
        "kpi_runs_retrieve": lambda: Seeds({"id": Run.objects.create().pk}),
        "exports_create": lambda: Seeds(
            body={"resource": "customers"}, media_type="application/json"
        ),
        "exports_retrieve": lambda: Seeds({"id": an_export(user).pk}),
        "exports_destroy": lambda: Seeds({"id": an_export(user).pk}),
        "exports_file": lambda: Seeds({"id": an_export(user).pk}),
        "audit_entries_retrieve": lambda: Seeds({"id": an_entry().pk}),
        "webhooks_deliveries": lambda: Seeds({"id": made("webhooks").pk}),
        "webhooks_secret": lambda: Seeds({"id": made("webhooks").pk}),
        "webhooks_redeliver": lambda: Seeds(a_delivery()),
        "users_retrieve": lambda: Seeds({"id": UserFactory().pk}),
        "users_by_reference": lambda: Seeds({"reference": UserFactory().username}),
        "imports_retrieve": lambda: Seeds({"id": an_import(user).pk}),
        "imports_undo": lambda: Seeds({"id": finished(an_import(user), user).pk}),
        "imports_create": lambda: Seeds(
            body={"file": a_file(), "entity": "customers"}, media_type="multipart/form-data"
        ),
    }
    return {**simple, **_of_conversations(user)}.get(operation_id, Seeds)()


def _of_conversations(user: User) -> dict[str, Any]:
    """Calls about comments, files and followers of a customer."""
    json = {"media_type": "application/json"}
    return {
        "comments_create": lambda: Seeds(body={**about_a_customer(), "text": "Agreed"}, **json),
        "comments_retrieve": lambda: Seeds({"id": a_comment(user).pk}),
        "comments_partial_update": lambda: Seeds(
            {"id": a_comment(user).pk}, body={"text": "Other"}, **json
        ),
        "comments_destroy": lambda: Seeds({"id": a_comment(user).pk}),
        "attachments_create": lambda: Seeds(
            body={**about_a_customer(), "file": a_file()}, media_type="multipart/form-data"
        ),
        "attachments_retrieve": lambda: Seeds({"id": an_attachment(user).pk}),
        "attachments_content": lambda: Seeds({"id": an_attachment(user).pk}),
        "attachments_destroy": lambda: Seeds({"id": an_attachment(user).pk}),
        "followers_list": lambda: Seeds(a_followed_record()),
        "followers_create": lambda: Seeds(a_followed_record()),
        "followers_destroy": lambda: Seeds(a_followed_record()),
    }


def about_a_customer() -> dict[str, Any]:
    return {"resource": "customers", "record_id": make("customers").pk}


def a_followed_record() -> dict[str, Any]:
    return {"resource": "customers", "id": make("customers").pk}


def a_comment(user: User) -> Comment:
    return say(make("customers"), "Agreed", by=user, now=timezone.now()).comment


def an_attachment(user: User) -> Attachment:
    content = a_file()
    file = SimpleUploadedFile("customers.csv", content)
    customer = make("customers")
    return attach(customer, file, file.name, len(content), by=user, now=timezone.now())


def a_file() -> bytes:
    return f"reference,name\nX{next(_numbers)},Acme\n".encode()


def an_import(user: User) -> ImportRun:
    upload = SimpleUploadedFile("customers.csv", a_file())
    run = actions.upload(upload, upload.name, by=user, entity="customers")
    mapping = {"encoding": "utf-8", "delimiter": ",", "entity": [{"entity": "customers"}]}
    run.options = {"formats": {}, "on_error": "skip", "mapping": mapping}
    table = actions.table_of(run, actions.profile_of(run))
    run.header, run.rows = table.header, table.count
    run.save()
    return run


OTHERS = {"webhooks_deliveries", "webhooks_secret", "webhooks_redeliver"}


def an_entry() -> AuditEntry:
    """The audit entry of a record just made."""
    make("customers")
    return AuditEntry.objects.latest("pk")


def a_delivery() -> dict[str, int]:
    """The ids of a subscription and of one of its deliveries."""
    webhook = made("webhooks")
    delivery = webhook.deliveries.create(
        event_id="evt_1",
        event="complaint.created",
        records="complaints",
        object_id=1,
        reference="K-1",
        version=1,
        occurred_at=timezone.now(),
    )
    return {"id": webhook.pk, "delivery": delivery.pk}


def an_export(user: User) -> Export:
    query = ListQuery(PAGES["customers"], QueryDict(""), user)
    return ask(query, file_format="csv", wording="codes", now=timezone.now(), at_once=True)


def finished(run: ImportRun, user: User) -> ImportRun:
    work.start(run, write=True, by=user)
    for job in Job.objects.filter(state="queued"):
        jobs.run(job.pk)
    return run
