"""The addresses of the REST API: every registered resource, its description and its pages."""

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.urls import include, path, re_path, reverse
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from brm.audit.api import AuditEntryViewSet
from brm.conversations.api import urls as conversation_urls
from brm.core.api import REGISTRY, ApiView, people_urls
from brm.core.api.views import NowhereView
from brm.core.imports.api import urls as import_urls
from brm.exports.api import urls as export_urls
from brm.webhooks.api import urls as webhook_urls
from kpis.api import urls as kpi_urls


class RootView(ApiView):
    """The resources and where they are."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        names = {pattern.name for pattern in v1 if pattern.name.endswith("-list")}
        return Response(
            {
                name.removesuffix("-list"): request.build_absolute_uri(reverse(f"api:{name}"))
                for name in sorted(names)
            }
        )


class SchemaView(SpectacularAPIView):
    """The OpenAPI description, for signed-in callers."""

    permission_classes = [IsAuthenticated]


@method_decorator(csp_update({"style-src": [UNSAFE_INLINE]}), name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    """The browsable description. Swagger sets styles itself, so this page alone allows them."""

    url_name = "schema"

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return super().dispatch(request, *args, **kwargs)


resources = [pattern for resource in REGISTRY.values() for pattern in resource.urls()]
v1 = [
    path("", RootView.as_view(), name="root"),
    *resources,
    *people_urls(),
    *kpi_urls,
    *import_urls,
    *webhook_urls,
    *export_urls,
    *conversation_urls,
    *AuditEntryViewSet.urls(),
]
urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("v1/", include((v1, "api"))),
    re_path(r"", NowhereView.as_view()),
]
