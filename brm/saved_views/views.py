"""What is done with views: keep, replace, pin, make default, delete; by POST, then to the list."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import View

from brm.core.crud.declaration import REGISTRY
from brm.core.crud.list_query import VIEW
from brm.core.explaining import require

from . import actions
from .forms import NewViewForm, ViewForm
from .models import SavedView
from .panels import address_of


class ViewPage(View):
    """Base: POST only; a view that the user does not see is not there."""

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request.user, "C", SavedView.resource)
        if "pk" in kwargs:
            visible = SavedView.objects.visible_to(request.user)
            self.view = get_object_or_404(visible, pk=kwargs["pk"], records__in=REGISTRY)
        return super().dispatch(request, *args, **kwargs)

    def require_change(self) -> None:
        if not self.view.may_be_changed_by(self.request.user):
            raise PermissionDenied

    def back(self, view: SavedView) -> HttpResponse:
        """The list as the view keeps it."""
        return redirect(address_of(view, REGISTRY[view.records].url("list")))


class NewView(ViewPage):
    """Keep the list as it is now."""

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewViewForm(request.POST, user=request.user)
        if not form.is_valid():
            messages.error(request, _("Give the view a name of at most 80 characters."))
            return redirect(_list_of(form))
        audience, _colon, role = form.cleaned_data["audience"].partition(":")
        name = form.cleaned_data["name"]
        view = actions.keep(
            form.list_query(), name, audience=audience, role=role, now=timezone.now()
        )
        messages.success(request, _("The view “%(name)s” was saved.") % {"name": name})
        return self.back(view)


class ReplaceView(ViewPage):
    """Let the view bring back the list as it is now."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require_change()
        form = ViewForm(request.POST, user=request.user)
        if not form.is_valid() or form.cleaned_data["records"] != self.view.records:
            raise PermissionDenied
        actions.replace(self.view, form.list_query())
        messages.success(request, _("The view “%(name)s” was saved.") % {"name": self.view.name})
        return self.back(self.view)


class PinView(ViewPage):
    """Pin a view above the list, or take it away from there."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        actions.pin(self.view, by=request.user, on=request.POST.get("on") == "1")
        return self.back(self.view)


class DefaultView(ViewPage):
    """Open the list with a view, or no longer."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        actions.make_default(self.view, by=request.user, on=request.POST.get("on") == "1")
        return self.back(self.view)


class DeleteView(ViewPage):
    """Forget a view."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.require_change()
        self.view.delete()
        messages.success(request, _("The view “%(name)s” was deleted.") % {"name": self.view.name})
        return redirect(f"{REGISTRY[self.view.records].url('list')}?{VIEW}=none")


def _list_of(form: ViewForm) -> str:
    """The list that a form speaks of; the start page when it names none."""
    resource = form.cleaned_data.get("records")
    if resource is None:
        return "/"
    return f"{REGISTRY[resource].url('list')}?{form.list_query().canonical()}"
