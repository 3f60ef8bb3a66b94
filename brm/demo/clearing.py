"""Takes the demo data out and leaves everything else.

Whose is what. A record is the demo's when the demo made it; changes a user made to it later go
with it. A record that somebody else made is his own, and what it refers to (directly or through
others: its customer, that customer's parent, its service) is kept for him and stops being demo
data; the answer lists it. So is a demo user who is named by something that stays, as its manager
or as the author of its history: his account is closed (inactive, no password), not removed.

What was said, kept or followed beside a demo record goes with it, whoever did so.

Figures. When no record is left, the KPI ledger, its runs, the queue and the audit trail are
emptied: the product is as new. Else a full run retracts what the demo contributed; what was shown
in the past can still be seen as of that time.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction

from brm.audit.sealing import begin_anew
from brm.conversations.models import Attachment, Comment, Follow
from brm.core.dirty import install_triggers, remove_triggers
from brm.core.models import DirtyKey, Record, Transition, User

from .marking import Model, is_demo, marked_models, release
from .models import DemoRange, DemoSeed
from .recomputing import run_now


@dataclass
class Cleared:
    """How many records went, and what was kept because own records refer to it."""

    removed: int = 0
    kept: dict[str, list[str]] = field(default_factory=dict)
    closed_users: list[str] = field(default_factory=list)


def clear_demo() -> Cleared | None:
    """Take the demo data out; None when there are none. See the module's text."""
    if not DemoSeed.objects.exists():
        return None
    cleared = Cleared()
    with transaction.atomic():
        remove_triggers()
        _keep_what_is_referred_to(cleared)
        _remove_records(cleared)
        _remove_users(cleared)
        DemoRange.objects.all().delete()
        DemoSeed.objects.all().delete()
        is_empty = not any(model._base_manager.exists() for model in record_models())
        if is_empty:
            _forget_figures()
            begin_anew()
        install_triggers()
    if not is_empty:
        run_now()
    return cleared


def record_models() -> list[type[Record]]:
    """All models of business records, of whatever app."""
    return [model for model in apps.get_models() if issubclass(model, Record)]


# --- What stays ----------------------------------------------------------------------------------


def _keep_what_is_referred_to(cleared: Cleared) -> None:
    """Release demo records until nothing that stays refers to one that goes."""
    kept: dict[Model, set[int]] = defaultdict(set)
    found = True
    while found:
        found = False
        for target in marked_models():
            ids = set(_referred_to(target)) if issubclass(target, Record) else set()
            if ids:
                found = True
                kept[target] |= ids
                release(target, ids)
    for model, ids in kept.items():
        names = model._base_manager.filter(pk__in=ids).order_by("reference")
        cleared.kept[model.resource] = list(names.values_list("reference", flat=True))


def _referred_to(target: Model) -> Iterator[int]:
    """Ids of demo records of `target` that something refers to that is not demo data itself."""
    for source in apps.get_models():
        # Rows of other models (versions, intervals, spells, history) go with their record.
        if not issubclass(source, Record):
            continue
        for relation in _foreign_keys(source, target):
            rows = source._base_manager.filter(is_demo(target, relation.attname))
            named = rows.filter(~is_demo(source)).values_list(relation.attname, flat=True)
            yield from named.distinct()


def _foreign_keys(source: Model, target: Model) -> list[models.ForeignKey]:
    return [
        relation
        for relation in source._meta.concrete_fields
        if relation.is_relation and relation.related_model is target
    ]


# --- What goes -----------------------------------------------------------------------------------


def _remove_records(cleared: Cleared) -> None:
    """Delete the demo's rows with all that belongs to them, one statement for each table.

    Foreign keys are checked at the end of the transaction on both databases.
    """
    targets = [model for model in marked_models() if issubclass(model, Record)]
    for target in targets:
        _remove_conversations(target)
    for target in targets:
        for part in _parts_of(target):
            for relation in _foreign_keys(part, target):
                _delete(part._base_manager.filter(is_demo(target, relation.attname)))
        content_type = ContentType.objects.get_for_model(target)
        moves = Transition.objects.filter(content_type=content_type)
        _delete(moves.filter(is_demo(target, "object_id")))
        _delete(target.history.model._base_manager.filter(is_demo(target, "id")))
    for target in targets:
        cleared.removed += _delete(target._base_manager.filter(is_demo(target)))


def _remove_conversations(target: Model) -> None:
    """What was said beside demo records goes with them, whoever said it; so do files.

    The worker's sweep removes the files' content.
    """
    hanging = {"parent_resource": target.resource}
    gone = is_demo(target, "parent_id")
    for model in (Comment, Attachment):
        _delete(model.history.model._base_manager.filter(gone, **hanging))
        _delete(model._base_manager.filter(gone, **hanging))
    _delete(Follow.objects.filter(gone, **hanging))


def _parts_of(target: Model) -> Iterable[Model]:
    """Models whose rows hang on a record and are no records themselves."""
    return [
        model
        for model in apps.get_models()
        if not issubclass(model, Record)
        and model is not Transition
        and not hasattr(model, "history_id")
        and model._meta.managed
        and _foreign_keys(model, target)
    ]


def _delete(rows: models.QuerySet) -> int:
    """One DELETE, without loading the rows."""
    return rows._raw_delete(rows.db)


def _remove_users(cleared: Cleared) -> None:
    for user in User.objects.filter(is_demo=True):
        if _is_named(user):
            user.is_active = False
            user.set_unusable_password()
            user.save()
            user.groups.clear()
            cleared.closed_users.append(user.username)
        else:
            key = user.pk
            user.delete()
            _delete(User.history.filter(id=key))


def _is_named(user: User) -> bool:
    """Whether something that stays names the user; what goes with him does not count."""
    relations = [
        relation
        for relation in User._meta.get_fields(include_hidden=True)
        if relation.one_to_many or relation.one_to_one
    ]
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: user}).exists()
        for relation in relations
        if relation.on_delete is not models.CASCADE
    )


def _forget_figures() -> None:
    """Empty the ledger, its sums and runs, and the queue: nothing is left that they tell of."""
    for model in apps.get_app_config("kpis").get_models():
        if not issubclass(model, Record) and "Historical" not in model.__name__:
            _delete(model._base_manager.all())
    _delete(DirtyKey.objects.all())
