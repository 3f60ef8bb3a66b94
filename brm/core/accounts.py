"""Who may have an account: only whom an administrator made one for."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Sign-in for existing users; nobody signs up by himself."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether the public may make accounts: never."""
        return False
