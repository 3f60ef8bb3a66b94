"""Sign-in: who may have an account, which passwords count, how often one may be wrong."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from brm.core import demo_sign_in
from brm.core.models import User
from brm.core.user_facts import with_facts

from . import limits
from .addresses import client_address
from .sessions import end_sessions


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Sign-in for existing users, limited; nobody signs up by himself."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": _(
            "Too many failed sign-in attempts. Please wait a few minutes and try again."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether the public may make accounts: never."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The user of these credentials; a wrong try is counted for the account and the address.

        Raises a validation error, before any password is looked at, once a limit is reached.
        """
        try:
            tries = limits.count_sign_in(request, login_in(credentials))
        except limits.TooMany:
            raise self.validation_error("too_many_login_attempts") from None
        user = super().authenticate(request, **credentials)
        if user is not None:
            tries.take_back()
        return user

    def set_password(self, user: User, password: str) -> None:
        """Store a new password and end the user's other sessions."""
        super().set_password(user, password)
        end_sessions(user, keep=self.request.session.session_key if self.request else None)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "0.0.0.0"  # noqa: S104  an address that is nobody's

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """allauth's own notices are not sent: the product tells of a changed account itself."""


class PasswordBackend(AuthenticationBackend):
    """Sign-in by password; the users of the demo company on this machine only."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """The user these credentials belong to, None when they fail or may not be used here."""
        user = super().authenticate(request, **credentials)
        if user is None or not user.is_demo:
            return user
        return user if request is not None and demo_sign_in.is_allowed(request) else None

    def get_user(self, user_id: int) -> User | None:
        """The user of a session, with what every page shows of him."""
        user = with_facts(User.objects.filter(pk=user_id)).first()
        return user if user is not None and self.user_can_authenticate(user) else None


def login_in(credentials: dict[str, Any]) -> str:
    """The name or the e-mail address among credentials."""
    return credentials.get("username") or credentials.get("email") or ""
