"""The second step of a sign-in (authenticator app, recovery codes) and passkeys, by allauth.mfa."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from brm.core.frame import PRODUCT

from . import limits


class SecondStepAdapter(DefaultMFAAdapter):
    """Keeps the secrets of authenticator apps and recovery codes encrypted in the database."""

    def encrypt(self, text: str) -> str:
        return boxes().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret; an unusable one when it was encrypted under a key that is gone."""
        try:
            return boxes().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return ""

    def get_totp_issuer(self) -> str:
        return PRODUCT


def boxes() -> MultiFernet:
    """Encryption under a key derived from BRM_SECRET_KEY; former keys still open."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = (hashlib.sha256(b"brm second step " + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


class LimitedCode:
    """Counts a wrong code against the account and the address, like a wrong password."""

    user: Any

    def clean_code(self) -> str:
        try:
            tries = limits.count_code(context.request, self.user)
        except limits.TooMany:
            raise get_account_adapter().validation_error("too_many_login_attempts") from None
        code = super().clean_code()  # type: ignore[misc]
        tries.take_back()
        return code


class LimitedAuthenticateForm(LimitedCode, AuthenticateForm):
    """The code of the second step."""


class LimitedReauthenticateForm(LimitedCode, ReauthenticateForm):
    """The code that proves once more who one is."""


class LimitedActivateForm(LimitedCode, ActivateTOTPForm):
    """The first code of a new authenticator app."""
