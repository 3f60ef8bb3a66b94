"""The REST addresses of following: who follows a record, and beginning and ending it oneself."""

from typing import Any

from django.urls import URLPattern, re_path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from brm.core.api import ApiView
from brm.core.api.columns import instant_text
from brm.core.api.schema import refusals
from brm.core.models import Record
from brm.core.roles import may

from . import following
from .api_shapes import FollowersShape
from .models import Follow
from .querysets import discussed
from .records import visible_record

MOST = 1000
PATH = OpenApiParameter.PATH


def described(action: str, summary: str, shape: Any, status: int = 200) -> Any:
    """The description of an operation and its answers."""
    return extend_schema(
        operation_id=f"followers_{action}",
        tags=["followers"],
        summary=summary,
        request=None,
        parameters=[
            OpenApiParameter("resource", str, PATH, description="Such as `customers`."),
            OpenApiParameter(
                "id", {"type": "integer", "minimum": 1}, PATH, description="The record's id."
            ),
        ],
        responses={status: OpenApiResponse(shape, summary), **refusals(400, 401, 403, 404)},
    )


class FollowersView(ApiView):
    """The followers of a record one sees."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        verb = {"GET": "V", "DELETE": "D"}.get(request.method, "C")
        if not may(request.user, verb, Follow.resource):
            raise PermissionDenied()

    def record(self, resource: str, pk: str) -> Record:
        found = visible_record(self.request.user, resource, int(pk))
        if found is None:
            raise NotFound()
        return found

    @described("list", "Who follows a record", FollowersShape)
    def get(self, request: Request, resource: str, pk: str) -> Response:
        found = Follow.objects.about(self.record(resource, pk)).filter(is_active=True)
        rows = found.order_by("pk").values_list("user", "user__username", "since")[:MOST]
        results = [
            {"user": user, "user_reference": name, "since": instant_text(since)}
            for user, name, since in rows
        ]
        return Response({"next": None, "previous": None, "results": results})

    @described("create", "Follow a record yourself; safe to repeat", None, 204)
    def post(self, request: Request, resource: str, pk: str) -> Response:
        following.follow(self.record(resource, pk), by=request.user, now=timezone.now())
        return Response(status=204)

    @described("destroy", "Follow a record no longer; safe to repeat", None, 204)
    def delete(self, request: Request, resource: str, pk: str) -> Response:
        # Who lost the right to see the record may still leave it; nothing is told of it.
        if resource not in discussed():
            raise NotFound()
        following.unfollow(resource, int(pk), by=request.user)
        return Response(status=204)


follower_urls: list[URLPattern] = [
    re_path(
        r"^(?P<resource>[a-z][a-z-]{0,59})/(?P<pk>[0-9]{1,18})/followers/\Z",
        FollowersView.as_view(),
        name="followers",
    )
]
