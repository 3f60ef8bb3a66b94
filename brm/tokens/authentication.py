"""`Authorization: Bearer <token>`."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from brm.core import demo_sign_in, origin

from .actions import digest_of
from .models import ApiToken, TokenRequest

LONGEST = 200
REFUSED = _("This token is unknown, expired or revoked.")


class BearerToken(BaseAuthentication):
    """A caller with a living token acts as its owner, within the token's scopes.

    Effects: the token's last use (at most once a minute); for methods that can write, the link
    between the request and the token.
    """

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        secret = _secret(request)
        if secret is None:
            return None
        now = timezone.now()
        found = ApiToken.objects.select_related("owner").filter(digest=digest_of(secret))
        token = found.first()
        if token is None or not token.lives(now) or not _may_come_from(token, request):
            raise AuthenticationFailed(REFUSED, "invalid_token")
        token.touch(now)
        if request.method not in SAFE_METHODS:
            TokenRequest.objects.create(request_id=request.request_id, token=token)
        token.owner.token_scopes = token.limit
        origin.become(token.owner, token.pk)
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def _secret(request: Request) -> str | None:
    """The token that was sent; None when the header is absent or of another scheme."""
    scheme, _blank, secret = get_authorization_header(request).decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        return None
    secret = secret.strip()
    if not secret or len(secret) > LONGEST:
        raise AuthenticationFailed(REFUSED, "invalid_token")
    return secret


def _may_come_from(token: ApiToken, request: Request) -> bool:
    """Users of the demo company act on this machine only."""
    return not token.owner.is_demo or demo_sign_in.is_allowed(request)


class BearerTokenScheme(OpenApiAuthenticationExtension):
    target_class = "brm.tokens.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
