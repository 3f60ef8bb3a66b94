"""The OpenAPI description of a resource, made from its declaration."""

from typing import Any

import django_filters
from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from .. import filters
from . import shapes
from .texts import SUMMARIES, description

QUERY, HEADER, PATH = (
    OpenApiParameter.QUERY,
    OpenApiParameter.HEADER,
    OpenApiParameter.PATH,
)
REFUSALS = {
    "list": (400, 401, 403),
    "retrieve": (400, 401, 404),
    "by_reference": (400, 401, 404),
    "create": (400, 401, 403, 409, 413, 415, 422),
    "bulk": (400, 401, 403, 409, 413, 415, 422),
    "move": (400, 401, 403, 404, 409, 412, 413, 415, 422),
    "update": (400, 401, 403, 404, 409, 412, 413, 415),
    "partial_update": (400, 401, 403, 404, 409, 412, 413, 415),
    "upsert": (400, 401, 403, 404, 409, 412, 413, 415),
    "destroy": (400, 401, 403, 404, 409, 412),
    "history": (400, 401, 404),
    "restore": (400, 401, 403, 404, 409, 412, 413, 415, 422),
}
MEANINGS = {
    400: "The request is not valid; `errors` says why, by field.",
    401: "No session and no token.",
    403: "Your roles do not allow this.",
    404: "There is no such record among those you may see.",
    409: "The present state forbids it: an illegal move, a record others refer to, a conflict.",
    412: "The record was changed since the version that `If-Match` names.",
    413: "The body is too large.",
    415: "The body is not `application/json`.",
    422: "The `Idempotency-Key` was used for another request.",
    429: "Too many requests in this minute; `Retry-After` says when to come back.",
}


class BrowserSessionScheme(OpenApiAuthenticationExtension):
    target_class = "brm.core.authentication.BrowserSession"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


def refusals(*statuses: int) -> dict[int, OpenApiResponse]:
    """Described error answers; a limit may refuse any request."""
    return {status: OpenApiResponse(shapes.Error, MEANINGS[status]) for status in (*statuses, 429)}


class ApiSchema(AutoSchema):
    """What all views of the API share: they describe lists themselves."""

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False


class RecordSchema(ApiSchema):
    """Reads a `RecordViewSet` and the action of the address."""

    @property
    def resource(self) -> str:
        return self.view.model.resource

    def get_tags(self) -> list[str]:
        return [self.resource]

    def get_operation_id(self) -> str:
        end = self.view.action
        if end == "move":
            end = f"move_to_{self.view.target}"
        return f"{self.resource.replace('-', '_')}_{end}"

    def get_summary(self) -> str:
        if verb := self.view_verb:
            return verb.summary
        one = str(self.view.model._meta.verbose_name)
        target = (self.view.target or "").replace("_", " ")
        many = str(self.view.model._meta.verbose_name_plural)
        return SUMMARIES[self.view.action].format(one=one, many=many, target=target)

    def get_description(self) -> str:
        verb = self.view_verb
        return verb.description if verb else description(self.view)

    @property
    def view_verb(self) -> Any:
        """The declaration of the address's verb, if it is one."""
        return getattr(self.view, "verbs", {}).get(self.view.action)

    # --- What is sent ----------------------------------------------------------------------------

    def get_override_parameters(self) -> list[OpenApiParameter]:
        action = self.view.action
        found = [] if action in ("list", "create", "bulk") else [self._key()]
        found += self._queried()
        if self.method == "POST":
            text = "The same key gives the same answer, once (24 hours)."
            schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"}
            found.append(OpenApiParameter("Idempotency-Key", schema, HEADER, description=text))
        if action not in ("list", "retrieve", "by_reference", "history", "create", "bulk"):
            text = 'The ETag of the copy that was changed, such as "3"; 412 when it is stale.'
            found.append(OpenApiParameter("If-Match", str, HEADER, description=text))
        return found

    def _queried(self) -> list[OpenApiParameter]:
        """What the address may carry."""
        action, has_past = self.view.action, hasattr(self.view, "history")
        if action == "list":
            return [*paging(self.view), *filter_parameters(self.view), *([DELETED] * has_past)]
        if action == "history":
            return paging(self.view)[:2]
        if action == "bulk":
            return [_parameter("atomic", "1: all items or none.", enum=["0", "1", "true", "false"])]
        if action in ("destroy", "restore"):
            return []
        return [FIELDS, AS_OF] if action == "retrieve" and has_past else [FIELDS]

    def _key(self) -> OpenApiParameter:
        if self.view.action in ("by_reference", "upsert"):
            schema = {"type": "string", "minLength": 1, "maxLength": 100}
            return OpenApiParameter("reference", schema, PATH, description="The reference.")
        schema = {"type": "integer", "minimum": 1}
        return OpenApiParameter("id", schema, PATH, description="The id.")

    def get_request_serializer(self) -> Any:
        action = self.view.action
        if verb := self.view_verb:
            return verb.request
        if action == "bulk":
            return shapes.bulk_request(self.view.inputs)
        if action == "move":
            from .moving import move_inputs

            return move_inputs(self.view.inputs, self.view.target).serializer_class
        if action in ("create", "update", "partial_update", "upsert"):
            return self.view.inputs.serializer_class
        return None

    # --- What is answered ------------------------------------------------------------------------

    def get_response_serializers(self) -> dict[int, Any]:
        action, view = self.view.action, self.view
        refused = refusals(*REFUSALS.get(action, REFUSALS["move"]))
        if action == "list":
            return {200: OpenApiResponse(shapes.page(view), "A page of the list."), **refused}
        if action == "history":
            return {200: OpenApiResponse(shapes.RecordHistory, "A page of entries."), **refused}
        if action == "retrieve" and hasattr(view, "history"):
            single = shapes.single_or_past(view)
            return {200: OpenApiResponse(single, "The record, or what it was."), **refused}
        if action == "bulk":
            return {
                200: OpenApiResponse(shapes.BulkAnswer, "One outcome for each item."),
                **refused,
            }
        if action == "destroy":
            return {204: OpenApiResponse(description="Deleted."), **refused}
        single = shapes.single(view)
        found: dict[int, Any] = {200: OpenApiResponse(single, "The record.")}
        if action == "create":
            found = {201: OpenApiResponse(single, "The new record.")}
        if action == "upsert":
            found[201] = OpenApiResponse(single, "The new record.")
        return {**found, **refused}


# --- Parameters ----------------------------------------------------------------------------------


def _parameter(name: str, text: str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, options.pop("type", str), QUERY, description=text, **options)


DELETED = _parameter(
    "deleted",
    "true: the deleted records instead, for callers who may delete them.",
    type={"type": "string", "enum": ["true", "false"]},
)
FIELDS = _parameter(
    "fields",
    "Fields to show, separated by commas; the answer then leaves out all others, required or not.",
)
AS_OF = _parameter(
    "as_of",
    "An instant with its offset: the record as it was then.",
    type={"type": "string", "format": "date-time"},
)


def paging(view: Any) -> list[OpenApiParameter]:
    """The parameters of every list."""
    names = [sign + name for name in view.sortable() for sign in ("", "-")]
    size = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    return [
        _parameter("cursor", "The place in the list, from `next` or `previous`; `last`."),
        _parameter("page_size", "Records on a page.", type=size),
        _parameter(
            "ordering",
            "Fields to order by, `-` for descending. Nulls come last, ties are ordered by id.",
            type={"type": "array", "maxItems": 4, "items": {"type": "string", "enum": names}},
            style="form",
            explode=False,
        ),
        FIELDS,
    ]


def filter_parameters(view: Any) -> list[OpenApiParameter]:
    """A parameter for each filter of the list."""
    made = view.filterset().base_filters
    return [_filter_parameter(name, each) for name, each in made.items()]


def _filter_parameter(name: str, made: django_filters.Filter) -> OpenApiParameter:
    text = str(made.label or name)
    if isinstance(made, filters.ChoicesFilter):
        values = [str(value) for value, _label in made.extra["choices"]]
        schema = {"type": "array", "items": {"type": "string", "enum": values}}
        return _parameter(
            name, f"{text}: one or several.", type=schema, style="form", explode=False
        )
    if isinstance(made, filters.IdFilter):
        return _parameter(name, f"{text}: an id.", type={"type": "integer", "minimum": 1})
    if isinstance(made, filters.YesNoFilter):
        return _parameter(name, text, type={"type": "string", "enum": ["true", "false"]})
    if isinstance(made, filters.DayFilter):
        return _parameter(name, text, type={"type": "string", "format": "date"})
    if isinstance(made, filters.InstantFilter):
        form = [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
        return _parameter(
            name, f"{text}: an instant, or a day of the organisation.", type={"anyOf": form}
        )
    limit = made.extra.get("max_length", filters.SEARCH_LENGTH)
    return _parameter(name, text, type={"type": "string", "minLength": 1, "maxLength": limit})
