"""The declaration of a record's REST resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models
from django.urls import URLPattern, path, re_path
from rest_framework import serializers
from rest_framework.viewsets import ViewSetMixin

from .columns import COMMON_FIRST, COMMON_LAST, Column, columns_of
from .inputs import Inputs
from .past import Past
from .schema import RecordSchema

REGISTRY: dict[str, type["RecordViewSet"]] = {}
KEY = r"(?P<pk>[0-9]{1,18})"


@dataclass(frozen=True)
class Verb:
    """A POST to a record's address and the name of a method; its body and what it is called."""

    summary: str
    description: str
    request: type[serializers.Serializer]


class RecordViewSet(ViewSetMixin, Past):
    """Declare `model`; the resource is named by `model.resource`.

    `fields` are the model fields that are shown (and written, where they are editable), all of
    them unless named; the key, the reference, the version and the instants of writing come by
    themselves. `hidden` are the others: a test fails for a field in neither. `extras` are values
    that a write may carry beside the columns, such as the day from which a change holds; `derived`
    are columns that `annotated` adds; `verbs` are methods of the resource with an address of their
    own.
    """

    fields: ClassVar[Sequence[str]]
    hidden: ClassVar[Sequence[str]] = ("deleted_at",)
    extras: ClassVar[Mapping[str, serializers.Field]] = {}
    derived: ClassVar[Mapping[str, Column]] = {}
    verbs: ClassVar[Mapping[str, Verb]] = {}

    schema = RecordSchema()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        REGISTRY[cls.model.resource] = cls
        if not hasattr(cls, "fields"):
            own = {*COMMON_FIRST, *COMMON_LAST, *cls.hidden}
            cls.fields = [f.name for f in cls.model._meta.concrete_fields if f.name not in own]
        cls.columns = {**columns_of(cls.model, cls.fields), **cls.derived}
        cls.inputs = Inputs(cls.model, ("reference", *cls.fields), cls.extras)

    @classmethod
    def known_fields(cls) -> set[str]:
        """Every model field that is either shown or hidden on purpose."""
        return {*COMMON_FIRST, *cls.fields, *COMMON_LAST, *cls.hidden}

    def visible(self) -> models.QuerySet:
        return self.model.objects.visible_to(self.user)

    # --- Addresses -------------------------------------------------------------------------------

    @classmethod
    def urls(cls) -> list[URLPattern]:
        """The addresses of the resource, names as `customers-list`."""
        name = cls.model.resource
        single = {"get": "retrieve", "put": "update", "patch": "partial_update"}
        by_reference = cls.as_view({"get": "by_reference", "put": "upsert"})
        return [
            path(f"{name}/", cls.as_view({"get": "list", "post": "create"}), name=f"{name}-list"),
            path(f"{name}/bulk/", cls.as_view({"post": "bulk"}), name=f"{name}-bulk"),
            re_path(
                rf"^{name}/by-reference/(?P<reference>[\s\S]+)/\Z",
                by_reference,
                name=f"{name}-by-reference",
            ),
            re_path(
                rf"^{name}/{KEY}/\Z",
                cls.as_view({**single, "delete": "destroy"}),
                name=f"{name}-detail",
            ),
            *cls.past_urls(),
            *cls.move_urls(),
            *cls.verb_urls(),
        ]

    @classmethod
    def past_urls(cls) -> list[URLPattern]:
        """The history of a record, and the way back of a deleted one."""
        name = cls.model.resource
        return [
            re_path(rf"^{name}/{KEY}/{end}/\Z", cls.as_view({method: end}), name=f"{name}-{end}")
            for end, method in (("history", "get"), ("restore", "post"))
        ]

    @classmethod
    def move_urls(cls) -> list[URLPattern]:
        """One address for each state that a move reaches."""
        name, lifecycle = cls.model.resource, getattr(cls.model, "Status", None)
        if lifecycle is None:
            return []
        reached = {step.target for step in lifecycle.moves}
        return [
            re_path(
                rf"^{name}/{KEY}/{target.replace('_', '-')}/\Z",
                cls.as_view(
                    {"post": "move"},
                    target=target,
                    # A state that no move reaches answers 409 and is not worth describing.
                    **({} if target in reached else {"schema": None}),
                ),
                name=f"{name}-{target}",
            )
            for target in lifecycle.values
        ]

    @classmethod
    def verb_urls(cls) -> list[URLPattern]:
        name = cls.model.resource
        return [
            re_path(rf"^{name}/{KEY}/{verb}/\Z", cls.as_view({"post": verb}), name=f"{name}-{verb}")
            for verb in cls.verbs
        ]
