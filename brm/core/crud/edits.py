"""Create, edit and delete a record."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from ..deletion import hindrance
from ..roles import scopes
from .access import RecordPage
from .conflicts import conflict, with_choices
from .forms import RecordForm, form_class
from .undo_pages import say_done


class FormPage(RecordPage):
    """Shared by create and edit: one form, saved in one transaction."""

    def template_name(self) -> list[str]:
        return [f"{self.crud.model.resource}/form.html", "generic/form.html"]

    def show(self, form: RecordForm, *, status: int = 200, conflict: Any = None) -> HttpResponse:
        record = form.instance if form.instance.pk else None
        stored = self.crud.model.objects.get(pk=record.pk) if record else None
        context = {
            "crud": self.crud.page_context(self.request),
            "record": str(stored) if stored else None,
            "form": form,
            "fieldsets": [{"title": "", "fields": form.visible_fields()}],
            "cancel_url": stored.get_absolute_url() if stored else self.crud.url("list"),
            "conflict": conflict,
        }
        return render(self.request, self.template_name(), context, status=status)

    def form(self, *args: Any, **kwargs: Any) -> RecordForm:
        """The form of the record; override for another one."""
        return form_class(self.crud)(*args, user=self.request.user, **kwargs)

    def may_keep(self, record: Any) -> bool:
        """Whether what was saved still lies within the user's scope for the verb."""
        return "A" in scopes(self.request.user, record.resource, self.verb) or self.allows(
            self.verb, record
        )

    def save(self, form: RecordForm) -> bool:
        """Save unless that would put the record out of the user's own reach."""
        try:
            with transaction.atomic():
                record = form.save()
                if not self.may_keep(record):
                    raise ValidationError(
                        _("You may write such records for your own customers only.")
                    )
        except ValidationError as error:
            form.add_error(None, error.messages)
        except IntegrityError:
            form.add_error(None, _("Another record was saved meanwhile that excludes this one."))
        except (DataError, OverflowError):
            form.add_error(None, _("A value lies outside of what can be stored."))
        return not form.errors


class CreateView(FormPage):
    verb = "C"

    def get(self, request: HttpRequest) -> HttpResponse:
        known = {name: request.GET[name] for name in self.crud.fields if name in request.GET}
        return self.show(self.form(initial=known))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid() or not self.save(form):
            form.instance.pk = None
            return self.show(form, status=422)
        messages.success(request, _("%(record)s was created.") % {"record": form.instance})
        return redirect(form.instance)


class UpdateView(FormPage):
    verb = "U"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.form(instance=self.get_record()))

    @transaction.atomic
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(lock=True)
        stored = dict(getattr(record, "stored", {}))
        data = with_choices(request.POST, self.form(instance=record))
        form = self.form(data, instance=record)
        valid = form.is_valid()
        version = str(request.POST.get("version", ""))
        if stored and version != str(stored["version"]):
            told = conflict(form, stored, version, request.user)
            return self.show(self.with_version(form, stored), status=409, conflict=told)
        if not valid or not self.save(form):
            return self.show(form, status=422)
        say_done(request, _("Saved."), record, before=stored.get("version"))
        return redirect(record)

    def with_version(self, form: RecordForm, stored: dict[str, Any]) -> RecordForm:
        """The same form, ready to be sent again over the version that stands there now."""
        form.data = form.data.copy()
        form.data["version"] = str(stored["version"])
        return form


class DeleteView(RecordPage):
    verb = "D"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.ask(self.get_record())

    @transaction.atomic
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(lock=True)
        if hindrance(record):
            return self.ask(record, status=409)
        record.soft_delete()
        say_done(request, _("%(record)s was deleted.") % {"record": record}, record)
        return redirect(self.crud.url("list"))

    def ask(self, record: Any, *, status: int = 200) -> HttpResponse:
        """The question, or what stands in the way."""
        context = {
            "crud": self.crud.page_context(self.request),
            "record": str(record),
            "hindrance": hindrance(record),
            "cancel_url": record.get_absolute_url(),
        }
        return render(self.request, "generic/confirm_delete.html", context, status=status)
