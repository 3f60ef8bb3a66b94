"""What every page of a record checks first."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest
from django.views.generic import View

from ..roles import may
from .declaration import CrudViews


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
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def visible(self) -> models.QuerySet:
        return self.crud.get_queryset().visible_to(self.request.user)

    def get_record(self, *, lock: bool = False) -> Any:
        """The record of the address, if the user may treat it by `verb`."""
        queryset = self.crud.model.objects.select_for_update() if lock else self.visible()
        key = self.kwargs["pk"]
        if lock and not self.visible().filter(pk=key).exists():
            raise Http404
        try:
            record = queryset.get(pk=key)
        except self.crud.model.DoesNotExist as error:
            raise Http404 from error
        if self.verb != "V" and not self.allows(self.verb, record):
            raise PermissionDenied
        return record

    def allows(self, verb: str, record: Any) -> bool:
        """Whether the user's roles allow `verb` on this very record."""
        if not may(self.request.user, verb, self.crud.model.resource):
            return False
        allowed = self.crud.model.objects.allowed(self.request.user, verb)
        return allowed.filter(pk=record.pk).exists()
