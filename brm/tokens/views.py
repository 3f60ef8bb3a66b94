"""Pages of API tokens: the own ones, for administrators all; make one, revoke one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from brm.core.explaining import require
from brm.core.navigation import DATA, Entry, register_entry
from brm.core.roles import scopes

from .actions import issue, revoke
from .forms import TokenForm
from .models import ApiToken

SHOWN = 200

register_entry(
    Entry(DATA, 95, gettext_lazy("API tokens"), "key-round", "tokens-list", "tokens", verb="V")
)


class TokenPage(View):
    """Base: whoever has a role has tokens of his own."""

    verb = "V"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request.user, self.verb, "tokens")
        return super().dispatch(request, *args, **kwargs)


class ListPage(TokenPage):
    """The tokens, newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        found = ApiToken.objects.visible_to(request.user).select_related("owner", "revoked_by")
        tokens = [
            {"token": token, "state": state_of(token, now), "live": token.lives(now)}
            for token in found.order_by("-id")[:SHOWN]
        ]
        context = {"tokens": tokens, "sees_all": "A" in scopes(request.user, "tokens", "V")}
        return render(request, "tokens/list.html", context)


def state_of(token: ApiToken, now: Any) -> dict[str, Any]:
    """The token's state as a badge."""
    if token.revoked_at is not None:
        return {"label": _("Revoked"), "tone": "bad"}
    if now >= token.expires_at:
        return {"label": _("Expired"), "tone": "warn"}
    if not token.owner.is_active:
        return {"label": _("Owner deactivated"), "tone": "bad"}
    return {"label": _("Active"), "tone": "good"}


class NewPage(TokenPage):
    """Make a token; the answer shows it, once."""

    verb = "C"

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "tokens/new.html", {"form": TokenForm(user=request.user)})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TokenForm(request.POST, user=request.user)
        if not form.is_valid():
            return render(request, "tokens/new.html", {"form": form}, status=400)
        data = form.cleaned_data
        token, secret = issue(
            request.user,
            name=data["name"],
            scopes=data["scopes"],
            days=data["days"],
            now=timezone.now(),
        )
        return render(request, "tokens/issued.html", {"token": token, "secret": secret})


class RevokePage(TokenPage):
    """End a token."""

    verb = "D"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        token = get_object_or_404(ApiToken.objects.visible_to(request.user), pk=pk)
        if revoke(token, by=request.user, now=timezone.now()):
            messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
        return redirect("tokens-list")
