"""The pages every record has: list, detail, create, edit, delete, lifecycle moves, picker.

Declare a `CrudViews` subclass per record; override one page by naming another view class.
"""

from .declaration import REGISTRY, Column, CrudViews, crud_for, written_fields
from .details import DetailView
from .edits import CreateView, DeleteView, UpdateView
from .lists import ListView
from .panels import register_panel, register_part
from .tabs import Tab, register_tab

__all__ = [
    "REGISTRY",
    "Column",
    "CreateView",
    "CrudViews",
    "DeleteView",
    "DetailView",
    "ListView",
    "Tab",
    "UpdateView",
    "crud_for",
    "register_panel",
    "register_part",
    "register_tab",
    "written_fields",
]
