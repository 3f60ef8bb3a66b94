"""The frame around every page: navigation, language, theme; and the theme's switch."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from . import demo_sign_in
from .navigation import navigation_for
from .returning import go_back
from .roles import ROLES

PRODUCT = "Accord"
THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what templates/base.html needs; nothing is read unless it is drawn."""
    theme = request.COOKIES.get("theme", "auto")
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "frame": {
            "product": PRODUCT,
            "navigation": navigation_for(request) if signed_in else [],
            "role": role_text(user) if signed_in else "",
            "unread": getattr(user, "unread", 0),
            "theme": theme if theme in THEMES else "auto",
            "languages": settings.LANGUAGES,
            "language": get_language(),
        },
        "demo_users": SimpleLazyObject(lambda: demo_sign_in.users_offered(request)),
    }


def role_text(user: Any) -> str:
    """The user's roles in words."""
    return ", ".join(str(name) for key, name in ROLES.items() if key in user.role_keys)


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie and go back."""
    response = go_back(request, request.POST.get("next", "/"))
    theme = request.POST.get("theme")
    if theme in THEMES:
        response.set_cookie(
            "theme", theme, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    return response


@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """All components on one page, for developers."""
    from .styleguide import build

    return render(request, "styleguide.html", build())
