"""Users and roles: whom a record can name as manager, owner or sponsor, and what roles exist."""

from typing import Any

import django_filters
from django.db import models
from django.db.models import Aggregate, CharField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import URLPattern, path, re_path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from .. import roles
from ..filters import SearchFilter, YesNoFilter
from ..models import User
from .columns import Column
from .reading import Listing
from .schema import RecordSchema, refusals
from .values import IdField
from .views import ApiView

KEY = r"(?P<pk>[0-9]{1,18})"


class Joined(Aggregate):
    """Texts joined by commas."""

    output_field = CharField()
    template = "%(function)s(%(expressions)s, ',')"
    function = "STRING_AGG"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **context)


class UserSearch(SearchFilter):
    names = ("username", "name")


class UserFilters(django_filters.FilterSet):
    """Filters of the list of users."""

    reference = django_filters.CharFilter(
        field_name="username", label=_("Username"), max_length=150
    )
    is_active = YesNoFilter(label=_("Active"))
    role = django_filters.ChoiceFilter(
        field_name="groups__name", label=_("Role"), choices=list(roles.ROLES.items())
    )
    search = UserSearch(label=_("Search"))

    class Meta:
        model = User
        fields: list[str] = []


def role_keys(text: str) -> list[str]:
    return sorted(key for key in text.split(",") if key in roles.ROLES)


def _text(name: str, *, sortable: bool = False, path: str = "", **options: Any) -> Column:
    field = serializers.CharField(read_only=True, **options)
    return Column(name, path or name, None, field, sortable)


class UserViewSet(ViewSetMixin, Listing):
    """Users: read only. E-mail addresses are shown to administrators and to the user himself."""

    model = User
    schema = RecordSchema()
    columns = {
        "id": Column("id", "id", None, IdField(read_only=True), sortable=True),
        "reference": _text("reference", path="username", help_text=_("The username.")),
        "username": _text("username", sortable=True),
        "name": _text("name", sortable=True),
        "email": _text(
            "email", help_text=_("For administrators and the user himself, else empty.")
        ),
        "language": _text("language"),
        "is_active": Column("is_active", "is_active", None, serializers.BooleanField()),
        "roles": Column(
            "roles",
            "role_names",
            role_keys,
            serializers.ListField(child=serializers.ChoiceField(list(roles.ROLES))),
        ),
    }

    @classmethod
    def filterset(cls) -> type[django_filters.FilterSet]:
        return UserFilters

    def visible(self) -> models.QuerySet:
        return User.objects.all() if roles.may(self.user, "V", "users") else User.objects.none()

    def annotated(self, queryset: models.QuerySet) -> models.QuerySet:
        groups = User.groups.through.objects.filter(user=OuterRef("pk")).order_by()
        joined = groups.values("user").annotate(names=Joined("group__name")).values("names")
        return queryset.annotate(role_names=Coalesce(Subquery(joined), Value("")))

    def private(self, sent: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
        """Without the e-mail address, unless the caller may know it."""
        known = row["id"] == self.user.pk or "administrator" in self.user.role_keys
        if "email" in sent and not known:
            sent["email"] = ""
        return sent

    @classmethod
    def urls(cls) -> list[URLPattern]:
        by_reference = cls.as_view({"get": "by_reference"})
        return [
            path("users/", cls.as_view({"get": "list"}), name="users-list"),
            re_path(
                r"^users/by-reference/(?P<reference>[\s\S]+)/\Z",
                by_reference,
                name="users-by-reference",
            ),
            re_path(rf"^users/{KEY}/\Z", cls.as_view({"get": "retrieve"}), name="users-detail"),
        ]


class Role(serializers.Serializer):
    """A role that users can have."""

    key = serializers.CharField()
    name = serializers.CharField()


class RolePage(serializers.Serializer):
    """All roles, on one page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = Role(many=True)


class RolesView(ApiView):
    """The roles that users can have."""

    @extend_schema(
        operation_id="roles_list",
        tags=["roles"],
        summary="List roles",
        description="The roles that users can have, with their names in your language.",
        responses={200: OpenApiResponse(RolePage), **refusals(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        if not roles.may(request.user, "V", "roles"):
            raise PermissionDenied()
        results = [{"key": key, "name": str(name)} for key, name in roles.ROLES.items()]
        return Response({"next": None, "previous": None, "results": results})


def people_urls() -> list[URLPattern]:
    """The addresses of users and roles."""
    return [*UserViewSet.urls(), path("roles/", RolesView.as_view(), name="roles-list")]
