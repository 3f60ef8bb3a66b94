"""Pages of one's own account, and where a user is signed in."""

from collections import Counter
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from django.views.generic import View

from brm.core.explaining import require
from brm.core.models import User
from brm.core.roles import ROLES, may

from .browsers import described
from .models import Session
from .sessions import end_sessions

LANGUAGE_COOKIE_AGE = 365 * 24 * 3600


class ProfileForm(forms.ModelForm):
    """What everybody may change about himself; name, address and roles are an administrator's."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)

    class Meta:
        model = User
        fields = ["language", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", _("As the browser asks")), *settings.LANGUAGES]
        zones = [(name, name.replace("_", " ")) for name in sorted(available_timezones())]
        organisation = _("As the organisation: %(zone)s") % {"zone": settings.TIME_ZONE}
        self.fields["time_zone"].choices = [("", organisation), *zones]


class AccountView(View):
    """Who I am here, my language and time zone, my ways to sign in, my sessions."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(request, ProfileForm(instance=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ProfileForm(request.POST, instance=User.objects.get(pk=request.user.pk))
        if not form.is_valid():
            return self.show(request, form, status=422)
        form.save()
        messages.success(request, _("Saved."))
        response = redirect("account")
        if form.cleaned_data["language"]:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                form.cleaned_data["language"],
                max_age=LANGUAGE_COOKIE_AGE,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response

    def show(self, request: HttpRequest, form: ProfileForm, *, status: int = 200) -> HttpResponse:
        keys = request.user.role_keys
        context = {
            "form": form,
            "roles": [name for key, name in ROLES.items() if key in keys],
            "sessions": sessions_of(request.user, request),
            "ways": ways_of(request.user),
            "has_password": request.user.has_usable_password(),
            "end_url": "account-session-end",
        }
        return render(request, "people/account.html", context, status=status)


def ways_of(user: User) -> dict[str, int]:
    """How many of each kind of authenticator the user has; every kind is named."""
    kinds = Authenticator.objects.filter(user=user).values_list("type", flat=True)
    found = Counter(kinds)
    return {kind: found[kind] for kind in Authenticator.Type.values} if found else {}


def sessions_of(user: User, request: HttpRequest) -> list[dict[str, Any]]:
    """Where the user is signed in, the present session first."""
    rows = [
        {
            "handle": session.handle,
            "browser": described(session.user_agent),
            "ip": session.ip,
            "created_at": session.created_at,
            "last_seen_at": session.last_seen_at,
            "is_current": session.pk == request.session.session_key,
        }
        for session in Session.objects.alive(timezone.now()).of(user)
    ]
    return sorted(rows, key=lambda row: not row["is_current"])


@require_POST
def end_session(request: HttpRequest, handle: UUID) -> HttpResponse:
    """End one of my sessions; the present one ends by signing out."""
    session = get_object_or_404(Session.objects.of(request.user), handle=handle)
    if session.pk == request.session.session_key:
        raise PermissionDenied
    session.delete()
    messages.success(request, _("That session has ended."))
    return redirect("account")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign me out everywhere but here."""
    ended = end_sessions(request.user, keep=request.session.session_key)
    messages.success(request, _told(ended))
    return redirect("account")


class UserSessionsView(View):
    """Where a user is signed in, for administrators, who may end it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may(request.user, "V", "users"):
            raise Http404
        require(request.user, "U", "users")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = get_object_or_404(User, pk=pk)
        context = {"person": person, "sessions": sessions_of(person, request)}
        return render(request, "people/sessions.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End the session named `handle`, all of them without one."""
        person = get_object_or_404(User, pk=pk)
        if request.user.is_demo and not person.is_demo:
            raise PermissionDenied
        found = Session.objects.of(person).exclude(pk=request.session.session_key)
        if handle := request.POST.get("handle"):
            found = found.filter(handle=_uuid(handle))
        ended, _by_model = found.delete()
        messages.success(request, _told(ended))
        return redirect(reverse("users-sessions", args=[person.pk]))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _told(ended: int) -> str:
    return ngettext("%(count)d session has ended.", "%(count)d sessions have ended.", ended) % {
        "count": ended
    }
