"""Pages behind a link by mail, and the page that asks for one."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic import View

from brm.core.models import User

from . import limits, links
from .access import refuse_others
from .models import Link, Purpose
from .sessions import end_sessions


class ResetForm(forms.Form):
    """Where the link is to be sent."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


@method_decorator([login_not_required, never_cache], name="dispatch")
class ResetView(View):
    """Asks for a new password; the reply does not tell whether the account exists."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "people/reset.html", {"form": ResetForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ResetForm(request.POST)
        if not form.is_valid():
            return render(request, "people/reset.html", {"form": form}, status=422)
        email = form.cleaned_data["email"]
        try:
            limits.count_reset(request, email)
        except limits.TooMany:
            return render(request, "people/reset.html", {"form": form, "sent": True})
        links.send_later(links.account_for_reset(email), Purpose.RESET, by=None)
        return render(request, "people/reset.html", {"form": form, "sent": True})


@method_decorator([login_not_required, never_cache], name="dispatch")
class LinkView(View):
    """Lets the holder of a link choose a password: showing changes nothing, sending works once."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        link = links.find(token, timezone.now())
        if link is None:
            return self.show(request, None, status=404)
        return self.show(request, link, SetPasswordForm(link.user))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        link = links.find(token, timezone.now())
        if link is None:
            return self.show(request, None, status=404)
        form = SetPasswordForm(link.user, request.POST)
        if not form.is_valid():
            return self.show(request, link, form, status=422)
        with transaction.atomic():
            if not links.use(link, timezone.now()):
                return self.show(request, None, status=404)
            form.save()
            end_sessions(link.user)
        messages.success(request, _("Your password is set. Sign in with it."))
        return redirect("account_login")

    def show(
        self,
        request: HttpRequest,
        link: Link | None,
        form: SetPasswordForm | None = None,
        *,
        status: int = 200,
    ) -> HttpResponse:
        context = {"link": link, "form": form, "invited": link and link.purpose == "invitation"}
        response = render(request, "people/link.html", context, status=status)
        response["Referrer-Policy"] = "no-referrer"
        return response


class InviteView(View):
    """Sends a user the link to choose a password; an older link is void from then on."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        refuse_others(request, pk)
        return render(request, "people/invite.html", {"person": get_object_or_404(User, pk=pk)})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        refuse_others(request, pk)
        person = get_object_or_404(User, pk=pk)
        if not person.email or not person.is_active:
            return render(request, "people/invite.html", {"person": person}, status=422)
        links.send_later(person.pk, Purpose.INVITATION, by=request.user)
        messages.success(
            request, _("The invitation is on its way to %(to)s.") % {"to": person.email}
        )
        return redirect(person)
