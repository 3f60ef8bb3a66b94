"""The pages that merge two customers and undo it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brm.core.crud.access import RecordPage
from brm.core.crud.forms import limit_choices
from brm.core.crud.pickers import is_id

from .actions import fact_fields, merge_customers, undo_merge
from .models import Customer, CustomerMerge


class MergeForm(forms.Form):
    """Which customer remains."""

    into = forms.ModelChoiceField(
        Customer.objects.all(),
        label=gettext_lazy("Customer that remains"),
        help_text=gettext_lazy("It gets all agreements, complaints, surveys and other records."),
    )

    def __init__(self, *args: Any, merged: Customer, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.merged = merged
        limit_choices(self.fields["into"], user, self)

    def clean_into(self) -> Customer:
        survivor = self.cleaned_data["into"]
        if survivor.pk == self.merged.pk:
            raise ValidationError(_("A customer cannot be merged with itself."))
        return survivor


class MergeView(RecordPage):
    """Choose the survivor, see what would move, then merge."""

    verb = "D"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        merged = self.get_record()
        chosen = request.GET if "into" in request.GET else None
        return self.show(merged, MergeForm(chosen, merged=merged, user=request.user))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        merged = self.get_record()
        form = MergeForm(request.POST, merged=merged, user=request.user)
        if not form.is_valid():
            return self.show(merged, form, status=422)
        survivor = form.cleaned_data["into"]
        try:
            merge_customers(merged=merged, survivor=survivor, by=request.user, now=timezone.now())
        except ValidationError as error:
            form.add_error(None, error.messages)
            return self.show(merged, form, status=422)
        text = _("%(merged)s was merged into %(survivor)s.")
        messages.success(request, text % {"merged": merged, "survivor": survivor})
        return redirect(survivor)

    def show(self, merged: Customer, form: MergeForm, *, status: int = 200) -> HttpResponse:
        survivor = form.cleaned_data["into"] if form.is_bound and form.is_valid() else None
        context = {
            "crud": self.crud.page_context(self.request),
            "merged": merged,
            "form": form,
            "survivor": survivor,
            "moving": moving(merged) if survivor else [],
        }
        return render(self.request, "customers/merge.html", context, status=status)


class UndoMergeView(RecordPage):
    """Take the last merge into a customer back."""

    verb = "D"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        survivor, key = self.get_record(), request.POST.get("merge", "")
        if not is_id(key):
            raise Http404
        merge = get_object_or_404(CustomerMerge, pk=key, survivor=survivor, undone_at=None)
        try:
            undo_merge(merge, now=timezone.now())
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(survivor)
        messages.success(request, _("The merge was undone."))
        return redirect(Customer.objects.get(pk=merge.merged_id))


def moving(merged: Customer) -> list[dict[str, Any]]:
    """How many records of each kind name the customer."""
    counted = [
        (model, model.everything.filter(**{name: merged}).count()) for model, name in fact_fields()
    ]
    return [
        {"label": capfirst(str(model._meta.verbose_name_plural)), "count": count}
        for model, count in counted
        if count
    ]


def merge_button(record: Customer) -> dict[str, Any]:
    """The button on the customer's page."""
    return {
        "label": _("Merge"),
        "icon": "merge",
        "url": reverse("customers-merge", args=[record.pk]),
        "primary": False,
    }
