"""The page that gives a person's work to another one, and closes his account if wanted."""

from datetime import date

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import View

from brm.core.business_days import business_date
from brm.core.models import User

from .access import refuse_others
from .handing_over import hand_over, shares_of
from .sessions import end_sessions


class HandOverForm(forms.Form):
    """To whom, from when, and whether the account is closed."""

    to = forms.ModelChoiceField(
        label=gettext_lazy("Who takes over"), queryset=User.objects.none(), required=False
    )
    on = forms.DateField(
        label=gettext_lazy("From"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Figures before this day stay with the former person."),
    )
    deactivate = forms.BooleanField(
        label=gettext_lazy("Close the account"),
        required=False,
        help_text=gettext_lazy("Signed out everywhere at once; tokens stop working."),
    )

    def __init__(self, *args: object, person: User, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        others = User.objects.filter(is_active=True, is_demo=person.is_demo).exclude(pk=person.pk)
        self.fields["to"].queryset = others.order_by("name", "username")
        self.fields["on"].initial = today

    def clean(self) -> dict:
        data = super().clean()
        if not data.get("to") and shares_of(self.person):
            self.add_error("to", _("There is work to hand over: choose who takes it."))
        return data


class HandOverView(View):
    """Shows what would be handed over; does it on request, all or nothing."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        refuse_others(request, pk)
        person = get_object_or_404(User, pk=pk)
        return self.show(request, person, self.form(person))

    @transaction.atomic
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        refuse_others(request, pk)
        person = get_object_or_404(User.objects.select_for_update(), pk=pk)
        form = self.form(person, request.POST)
        if not form.is_valid():
            return self.show(request, person, form, status=422)
        data = form.cleaned_data
        if data["deactivate"] and person.pk == request.user.pk:
            form.add_error("deactivate", _("Nobody closes the own account."))
            return self.show(request, person, form, status=422)
        changed = 0
        if data["to"]:
            changed = hand_over(person, to=data["to"], on=data["on"], by=request.user)
        if data["deactivate"]:
            person.is_active = False
            person.save()
            end_sessions(person)
        said = ngettext(
            "%(count)d entry was handed over.", "%(count)d entries were handed over.", changed
        )
        messages.success(request, said % {"count": changed})
        return redirect(person)

    def form(self, person: User, *data: object) -> HandOverForm:
        return HandOverForm(*data, person=person, today=business_date(timezone.now()))

    def show(
        self, request: HttpRequest, person: User, form: HandOverForm, *, status: int = 200
    ) -> HttpResponse:
        context = {"person": person, "form": form, "shares": shares_of(person)}
        return render(request, "people/hand_over.html", context, status=status)
