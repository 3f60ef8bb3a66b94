"""Where the users of the demo company may sign in (contract: demo users)."""

import ipaddress
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port

from .models import User
from .roles import ROLES

FORWARDING = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


def is_allowed(request: HttpRequest) -> bool:
    """Embedded database, server bound to loopback, a loopback Host, no forwarding header."""
    return (
        settings.EMBEDDED
        and settings.BOUND_TO_LOOPBACK
        and is_loopback(split_domain_port(request.get_host())[0])
        and not any(header in request.META for header in FORWARDING)
    )


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def users_offered(request: HttpRequest) -> list[dict[str, Any]]:
    """The demo users that the sign-in page names; none where they may not sign in."""
    if not is_allowed(request):
        return []
    users = User.objects.filter(is_demo=True, is_active=True, groups__isnull=False)
    listed = users.exclude(password__startswith="!").prefetch_related("groups").distinct()  # noqa: S106
    order = list(ROLES)
    offered = []
    for user in listed:
        roles = sorted((g.name for g in user.groups.all() if g.name in ROLES), key=order.index)
        if roles:
            offered.append((order.index(roles[0]), user, roles))
    return [
        {"username": user.username, "name": user.name, "role": ", ".join(map(str, names))}
        for _place, user, roles in sorted(offered, key=lambda item: item[0])
        if (names := [ROLES[key] for key in roles])
    ]
