"""What every page of a record checks first."""

from typing import Any

from django.db import models
from django.db.models import Case, When
from django.http import Http404, HttpRequest
from django.views.generic import View

from ..explaining import MissingRight
from ..models.record import Record
from ..roles import condition, may, scopes
from .declaration import CrudViews


def allowed_name(verb: str) -> str:
    """The annotation that tells whether a verb is allowed on a record."""
    return f"is_allowed_{verb.lower()}"


class RecordPage(View):
    """Base of a record's pages: `verb` (of the role table) must be allowed.

    A record the user may not see answers 404, one he may see but not treat so 403.
    """

    crud: type[CrudViews] = CrudViews
    verb = "V"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any):
        if not may(request.user, self.verb, self.crud.model.resource):
            if not may(request.user, "V", self.crud.model.resource):
                raise Http404
            raise self.missing(**kwargs)
        return super().dispatch(request, *args, **kwargs)

    def missing(self, pk: int | None = None, **_kwargs: Any) -> MissingRight:
        """That the roles do not have the verb; raises Http404 for a record not to be seen."""
        resource = self.crud.model.resource
        if pk is None:
            return MissingRight(self.verb, resource)
        record = self.visible().filter(pk=pk).first()
        if record is None:
            raise Http404
        return MissingRight(self.verb, resource, record)

    def visible(self) -> models.QuerySet:
        return self.crud.get_queryset().visible_to(self.request.user)

    def judged(self) -> models.QuerySet:
        """What the user may see, each with what the user's own scopes allow on it."""
        user, model = self.request.user, self.crud.model
        asked = {verb: condition(user, model, verb) for verb in "UDP"}
        return self.visible().annotate(
            **{
                allowed_name(verb): Case(When(found, then=True), default=False)
                for verb, found in asked.items()
                if found
            }
        )

    def deleted(self) -> models.QuerySet:
        """The deleted records that the user may see and bring back."""
        found = self.crud.model.everything.with_related().exclude(deleted_at=None)
        return found.visible_to(self.request.user).allowed(self.request.user, "D")

    def get_deleted(self, *, lock: bool = False) -> Any:
        """The deleted record of the address, for those who may bring it back; else Http404."""
        model, key = self.crud.model, self.kwargs["pk"]
        found = self.deleted().filter(pk=key).first() if issubclass(model, Record) else None
        if found is None:
            raise Http404
        if lock:
            return model.everything.select_for_update().get(pk=key)
        return found

    def get_even_deleted(self) -> Any:
        """The record of the address; a deleted one for those who may bring it back."""
        try:
            return self.get_record()
        except Http404:
            return self.get_deleted()

    def get_record(self, *, lock: bool = False) -> Any:
        """The record of the address, if the user may treat it by `verb`."""
        queryset = self.crud.model.objects.select_for_update() if lock else self.judged()
        key = self.kwargs["pk"]
        if lock and not self.visible().filter(pk=key).exists():
            raise Http404
        try:
            record = queryset.get(pk=key)
        except self.crud.model.DoesNotExist as error:
            raise Http404 from error
        if self.verb != "V" and not self.allows(self.verb, record):
            raise MissingRight(self.verb, record.resource, record)
        return record

    def allows(self, verb: str, record: Any) -> bool:
        """Whether the user's roles allow `verb` on this very record, which the user may see.

        The database is asked only where neither the roles nor `judged` tell.
        """
        user = self.request.user
        found = scopes(user, self.crud.model.resource, verb)
        if not found or "A" in found:
            return bool(found)
        if hasattr(record, allowed_name(verb)):
            return getattr(record, allowed_name(verb))
        return self.crud.model.objects.allowed(user, verb).filter(pk=record.pk).exists()
