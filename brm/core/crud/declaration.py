"""The declaration of a record's pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.functional import classproperty

from ..models.record import Record
from ..roles import may

REGISTRY: dict[str, type["CrudViews"]] = {}
UNWRITTEN = ("status", "created_at", "updated_at")
LISTED = 4  # columns beside title, status and reference


@dataclass(frozen=True)
class Column:
    """A column that is no plain field: an annotation or a value of a method.

    `choices` (value → text) and `tones` (value → tone) turn the value into a badge.
    """

    name: str
    label: Any
    kind: str = "text"
    choices: Any = None
    tones: Any = None


def written_fields(model: type[Record]) -> list[str]:
    """The names of what people may write, title and reference first; the status has its moves."""
    editable = [f.name for f in model._meta.concrete_fields if f.editable and not f.primary_key]
    names = [name for name in editable if name not in (*UNWRITTEN, "reference", model.title_field)]
    return [*dict.fromkeys((model.title_field, "reference")), *names]


def listed_fields(model: type[Record]) -> list[str]:
    """The first of the written fields that are no long texts, the status and the reference."""
    kinds = {field.name: field for field in model._meta.concrete_fields}
    short = [n for n in written_fields(model) if not isinstance(kinds[n], models.TextField)]
    title, *others = dict.fromkeys((*(n for n in short if n != "reference"), "reference"))
    status = ["status"] if "status" in kinds else []
    return [*dict.fromkeys((title, *status, *others[:LISTED], "reference"))]


class CrudViews:
    """Declare the `model`; `columns` of the list and `fields` of form and page follow from it.

    Without being named, the form has all fields that people may write, title and reference first,
    and the list the first of them with the status. A record without a form says `fields = ()`.
    `icon` is a Lucide name; `group` the heading of the navigation; `ordering` the list's order;
    `importable` is False for records that come with others; `private` are columns that not everyone
    sees who sees the record (`hidden` tells), so that no list is sorted by them;
    `empty_text` says on an empty list what such records are for.
    """

    model: ClassVar[type[Record]]
    columns: ClassVar[Sequence[str | Column]]
    fields: ClassVar[Sequence[str]]
    shown: ClassVar[Sequence[str | Column]] = ()
    ordering: ClassVar[str] = "-id"
    icon: ClassVar[str] = "file"
    group: ClassVar[Any]
    order: ClassVar[int] = 100
    empty_text: ClassVar[Any] = ""
    importable: ClassVar[bool] = True
    private: ClassVar[Sequence[str]] = ()
    extra_filters: ClassVar[dict[str, Any]] = {}
    list_view: ClassVar[Any] = None
    detail_view: ClassVar[Any] = None
    create_view: ClassVar[Any] = None
    update_view: ClassVar[Any] = None
    delete_view: ClassVar[Any] = None

    def __init_subclass__(cls) -> None:
        if not hasattr(cls, "fields"):
            cls.fields = written_fields(cls.model)
        if not hasattr(cls, "columns"):
            cls.columns = listed_fields(cls.model)
        REGISTRY[cls.model.resource] = cls

    @classproperty
    def resource(cls) -> str:
        return cls.model.resource

    @classproperty
    def label(cls) -> str:
        return str(cls.model._meta.verbose_name)

    @classproperty
    def plural(cls) -> str:
        return str(cls.model._meta.verbose_name_plural)

    @classmethod
    def url(cls, page: str, *args: Any) -> str:
        return reverse(f"{cls.model.resource}-{page}", args=args)

    @classmethod
    def get_queryset(cls) -> models.QuerySet:
        """What list and page are drawn from; override to annotate."""
        return cls.model.objects.with_related()

    @classmethod
    def hidden(cls, record: Any, user: Any) -> Sequence[str]:
        """The private columns whose values the user may not see of this record."""
        return ()

    @classmethod
    def warnings(cls, record: Any, request: HttpRequest) -> list[str]:
        """Texts shown above the record."""
        return []

    @classmethod
    def actions(cls, record: Any, request: HttpRequest) -> list[dict[str, Any]]:
        """Further buttons of the record's page: label, icon, url."""
        return []

    @classmethod
    def may_create(cls, user: Any) -> bool:
        return bool(cls.fields) and may(user, "C", cls.model.resource)

    @classmethod
    def may_delete(cls, user: Any) -> bool:
        return bool(cls.fields) and may(user, "D", cls.model.resource)

    @classmethod
    def page_context(cls, request: HttpRequest) -> dict[str, Any]:
        """`crud` as the templates know it."""
        return {
            "icon": cls.icon,
            "label": cls.label,
            "plural": cls.plural,
            "resource": cls.model.resource,
            "url_list": cls.url("list"),
            "url_create": cls.url("create") if cls.may_create(request.user) else None,
            "url_import": cls._import_url(request.user),
            "url_deleted": cls._deleted_url(request.user),
            "empty_text": cls.empty_text,
        }

    @classmethod
    def _deleted_url(cls, user: Any) -> str | None:
        """The list of deleted records, for those who may bring them back."""
        is_record = issubclass(cls.model, Record)
        return cls.url("deleted") if is_record and may(user, "D", cls.model.resource) else None

    @classmethod
    def _import_url(cls, user: Any) -> str | None:
        if not (may(user, "C", "imports") and may(user, "C", cls.model.resource)):
            return None
        try:
            address = reverse("imports-new")
        except NoReverseMatch:
            return None
        return f"{address}?entity={cls.model.resource.replace('-', '_')}"

    @classmethod
    def urls(cls) -> list[URLPattern]:
        from . import (
            cell_edits,
            deleted_pages,
            details,
            edits,
            history,
            lists,
            moves,
            rights,
            undo_pages,
        )

        resource = cls.model.resource
        routes = {
            "list": ("", cls.list_view or lists.ListView),
            "options": ("options/", lists.OptionsView),
            "detail": ("<int:pk>/", cls.detail_view or details.DetailView),
            "rights": ("<int:pk>/rights/", rights.RightsView),
            "history": ("<int:pk>/history/", history.HistoryView),
        }
        if issubclass(cls.model, Record):
            routes |= {
                "deleted": ("deleted/", deleted_pages.DeletedListView),
                "restore": ("<int:pk>/restore/", deleted_pages.RestoreView),
                "undo": ("<int:pk>/undo/", undo_pages.UndoView),
            }
        if cls.fields:
            routes |= {
                "create": ("new/", cls.create_view or edits.CreateView),
                "update": ("<int:pk>/edit/", cls.update_view or edits.UpdateView),
                "delete": ("<int:pk>/delete/", cls.delete_view or edits.DeleteView),
            }
        if cell_edits.has_cells(cls):
            routes["cell"] = ("<int:pk>/cell/<slug:name>/", cell_edits.CellView)
        if hasattr(cls.model, "Status"):
            routes["move"] = ("<int:pk>/move/<slug:target>/", moves.MoveView)
        return [
            path(f"{resource}/{route}", view.as_view(crud=cls), name=f"{resource}-{page}")
            for page, (route, view) in routes.items()
        ]


def crud_for(model: type[models.Model]) -> type[CrudViews] | None:
    """The declared pages of a model, if it has any."""
    return REGISTRY.get(getattr(model, "resource", ""))
