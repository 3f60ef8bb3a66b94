"""Who may have an account: only whom an administrator made one for."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from . import demo_sign_in
from .models import User


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Sign-in for existing users; nobody signs up by himself."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether the public may make accounts: never."""
        return False


class PasswordBackend(AuthenticationBackend):
    """Sign-in by password; the users of the demo company on this machine only."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """The user these credentials belong to, None when they fail or may not be used here."""
        user = super().authenticate(request, **credentials)
        if user is None or not user.is_demo:
            return user
        return user if request is not None and demo_sign_in.is_allowed(request) else None
