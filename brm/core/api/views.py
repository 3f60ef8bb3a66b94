"""The base of every view of the API."""

from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from .errors import FieldErrors
from .idempotency import HEADER, run_once
from .parsing import StrictJSONParser

UNKNOWN_PARAMETER = _("There is no such parameter.")


class AlwaysJson(BaseContentNegotiation):
    """JSON, whatever the caller says it accepts."""

    def select_parser(self, request: Request, parsers: list[Any]) -> Any:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(
        self, request: Request, renderers: list[BaseRenderer], format_suffix: Any = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """Signed-in callers, strict JSON, known parameters only, repeated POSTs answered once.

    `parameters` are the names that the address may carry; `max_body` bounds a body in bytes.
    """

    permission_classes = [IsAuthenticated]
    renderer_classes = [JSONRenderer]
    parser_classes = [StrictJSONParser]
    content_negotiation_class = AlwaysJson
    metadata_class = None
    max_body = 1_000_000
    parameters: frozenset[str] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if settings.HTTPS and not request.is_secure():
            raise PermissionDenied(_("The API answers over HTTPS only."), "https_required")
        super().initial(request, *args, **kwargs)
        self.check_parameters(request)
        if request.method == "POST" and HEADER in request.headers:
            self._answer_once(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Find out who calls; refused callers count for the limits too: nobody guesses tokens."""
        try:
            super().perform_authentication(request)
        finally:
            super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Each request was counted when its caller was found out."""

    def allowed_parameters(self) -> frozenset[str]:
        return self.parameters

    def check_parameters(self, request: Request) -> None:
        """Raise FieldErrors for a parameter that is unknown or given twice."""
        allowed = self.allowed_parameters()
        wrong = {name: [UNKNOWN_PARAMETER] for name in request.query_params if name not in allowed}
        if wrong:
            raise FieldErrors(wrong, "unknown_parameter")
        twice = {
            name: [_("This parameter is given more than once.")]
            for name, given in request.query_params.lists()
            if len(given) > 1
        }
        if twice:
            raise FieldErrors(twice, "repeated_parameter")

    def _answer_once(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Put `run_once` around the handler that the dispatcher is about to call."""
        handler = partial(self.post, request, *args, **kwargs)
        self.post = lambda *_args, **_kwargs: run_once(request, handler, now=timezone.now())


class NowhereView(ApiView):
    """Every address of the API that is none."""

    authentication_classes = []
    permission_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound()
