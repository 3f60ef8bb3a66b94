"""The sign-in page: allauth's, with the ways this installation offers."""

from typing import Any

from allauth.account.views import LoginView
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from requests import RequestException

from .first_start import is_open


class SignInView(LoginView):
    """Password, passkey, identity provider; before there is any user, the first set-up."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_open():
            return redirect("setup")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        provider = settings.OIDC_NAME if settings.OIDC_ISSUER else ""
        return super().get_context_data(**kwargs) | {"provider": provider}


sign_in = login_not_required(SignInView.as_view())


@login_not_required
def to_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead the browser to the identity provider; back with a message where that does not answer."""
    try:
        return openid_connect.login(request, provider_id)
    except RequestException:
        messages.error(request, _("%(name)s does not answer.") % {"name": settings.OIDC_NAME})
        return redirect("account_login")
