"""Sign-in through the organisation's identity provider (OpenID Connect), set up by environment.

The provider's groups become roles: whoever has none of the groups of BRM_OIDC_ROLES stays outside.
Roles are written anew at every sign-in, so that what is taken away there is gone here.
"""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from brm.core import origin
from brm.core.models import User

PROVIDER = "oidc"


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Lets in whom the provider knows and whose groups name a role; makes the user at first."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find or make the user, set his roles; refuses with a message on the sign-in page."""
        if sociallogin.state.get("process") == "connect":
            refuse(request, _("Sign in there instead of linking accounts."))
        roles = roles_of(sociallogin.account.extra_data)
        if not roles:
            refuse(request, _("Your account there has no role here. Ask your administrator."))
        with transaction.atomic(), origin.acting(user=None):
            user = sociallogin.user if sociallogin.is_existing else known(sociallogin)
            if user is not None and not user.is_active:
                refuse(request, _("This account has been deactivated."))
            if user is None:
                user = made(sociallogin)
            if not sociallogin.is_existing:
                sociallogin.connect(request, user)
            user.groups.set(Group.objects.filter(name__in=roles))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False


def claims(data: dict[str, Any]) -> dict[str, Any]:
    """What the provider says of the person: its user information over its identity token."""
    return {**data.get("id_token", {}), **data.get("userinfo", {})} or data


def roles_of(data: dict[str, Any]) -> set[str]:
    """The roles that the groups in the provider's answer stand for."""
    groups = claims(data).get(settings.OIDC_GROUPS_CLAIM, [])
    named = {groups} if isinstance(groups, str) else {str(group) for group in groups}
    return {role for group, role in settings.OIDC_ROLES if group in named}


def known(sociallogin: SocialLogin) -> User | None:
    """The user made here beforehand with the same, verified address; never one linked elsewhere."""
    data = claims(sociallogin.account.extra_data)
    email = data.get("email", "")
    if not email or data.get("email_verified") is not True:
        return None
    linked = SocialAccount.objects.filter(provider=sociallogin.account.provider)
    found = User.objects.filter(email__iexact=email, is_demo=False)
    return found.exclude(pk__in=linked.values("user")).order_by("pk").first()


def made(sociallogin: SocialLogin) -> User:
    """A new user, without a password."""
    data = claims(sociallogin.account.extra_data)
    wanted = data.get("preferred_username") or data.get("email") or sociallogin.account.uid
    user = User(username=free_name(str(wanted)), email=data.get("email", ""))
    user.name = str(data.get("name", ""))[:200]
    user.set_unusable_password()
    user.save()
    return user


def free_name(wanted: str) -> str:
    """The user name wished for, with a number behind it where it is taken."""
    base = "".join(c for c in wanted if c.isalnum() or c in "@.+-_")[:140] or PROVIDER
    name, number = base, 1
    while User.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{base}-{number}"
    return name


def refuse(request: HttpRequest, why: str) -> None:
    """Send the person back to the sign-in page with the reason."""
    messages.error(request, why)
    raise ImmediateHttpResponse(redirect("account_login"))
