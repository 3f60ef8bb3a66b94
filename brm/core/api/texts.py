"""What the pages of the API say about each operation."""

from typing import Any

SUMMARIES = {
    "list": "List {many}",
    "create": "Create a {one}",
    "retrieve": "Read a {one}",
    "update": "Write a {one}",
    "partial_update": "Change fields of a {one}",
    "destroy": "Delete a {one}",
    "by_reference": "Read a {one} by its reference",
    "upsert": "Create, change or restore a {one} by its reference",
    "bulk": "Write many {many}",
    "move": "Move a {one} to “{target}”",
    "history": "Read the history of a {one}",
    "restore": "Bring a deleted {one} back",
}
DESCRIPTIONS = {
    "list": (
        "The {many} you may see, a page at a time: follow `next` until it is null. Large extracts"
        " are exports. An unknown parameter is refused. A bare date as upper bound of an instant"
        " includes that day."
    ),
    "create": (
        "Foreign keys are given by id (`customer`) or by reference (`customer_reference`). Without"
        " a `reference` one is generated. Send an `Idempotency-Key` to be able to repeat the"
        " request safely."
    ),
    "retrieve": (
        "The record with its `ETag`{moves}. With `?as_of=<instant>` the record as it was then, by"
        " the rights you have today: without an `ETag`, with `deleted_at` if it was deleted then,"
        " and with the names of what is not known as of then in `unknown`. 404 before it existed."
    ),
    "history": (
        "Each write of the record, the newest first: when, by whom, by what door and request, and"
        " the changed fields before and after. Follow `next` until it is null. Deleted records have"
        " theirs for callers who may delete."
    ),
    "restore": (
        "The record comes back as it was, with all that hung on it. Refused with 409 where"
        " something excludes it now, such as a customer that is deleted itself. Repeating the"
        " request changes nothing. `?deleted=true` of the list shows what can come back."
    ),
    "update": (
        "Compulsory fields must be there; a field that is absent is left alone. With `If-Match`"
        " the write is refused when the record was changed meanwhile."
    ),
    "partial_update": (
        "Writes only the fields that are sent. With `If-Match` the write is refused when the"
        " record was changed meanwhile."
    ),
    "destroy": (
        "The record disappears everywhere; figures of past instants keep it, and"
        " `POST …/restore/` brings it back. Refused while living records refer to it."
    ),
    "by_reference": "As reading by id. Characters of the reference are percent-encoded.",
    "upsert": (
        "Creates the record when there is none with this reference, changes it when there is,"
        " restores it when it was deleted. Repeating the request changes nothing."
    ),
    "bulk": (
        "Up to 1,000 items; one with an `id` changes that record, one without makes a new one."
        " Each item has its own outcome; with `?atomic=1` all are written or none."
    ),
    "move": "Moves the record on in its lifecycle{needs}. An illegal move answers 409 and names"
    " the legal ones.",
}


def description(view: Any) -> str:
    """The text of an operation of a `RecordViewSet`."""
    moves = needs = ""
    if hasattr(view.model, "Status"):
        moves = ", its `status` and the `transitions` that are legal for you"
        needs = _needs(view) if view.action == "move" else ""
    many = str(view.model._meta.verbose_name_plural)
    return DESCRIPTIONS[view.action].format(many=many, moves=moves, needs=needs)


def _needs(view: Any) -> str:
    """What the moves to the address's state need, and from where they start."""
    steps = [step for step in view.model.Status.moves if step.target == view.target]
    sources = " or ".join(f"`{s}`" for s in dict.fromkeys(s for m in steps for s in m.sources))
    needed = list(dict.fromkeys(name for step in steps for name in step.requires))
    if any(step.reason for step in steps):
        needed.append("reason")
    named = ", ".join(f"`{name}`" for name in needed)
    return f", from {sources}" + (f"; needs {named}" if named else "")
