"""What `manage.py check --deploy` looks at beyond Django's own checks.

Each check names the setting that is wrong and what to do about it. Read-only: settings alone, and
for the demo users one query.
"""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, register
from django.db import DatabaseError

from brm.core.demo_sign_in import is_loopback
from brm.core.models import User

SILENT_MAIL = ("console", "locmem", "dummy", "filebased")
LOCAL_CACHES = ("locmem", "dummy", "filebased")


def error(number: int, problem: str, hint: str) -> CheckMessage:
    return checks.Error(problem, hint=hint, id=f"operation.E{number:03}")


def warning(number: int, problem: str, hint: str) -> CheckMessage:
    return checks.Warning(problem, hint=hint, id=f"operation.W{number:03}")


def is_public() -> bool:
    """Whether the product answers to a name that is not this machine's own."""
    return any(not is_loopback(host.strip("[]")) for host in settings.ALLOWED_HOSTS)


@register(deploy=True)
def check_hosts(**_kwargs: Any) -> Iterator[CheckMessage]:
    """Who may call the product by which name, and who is believed about it."""
    if any("*" in host or host.startswith(".") for host in settings.ALLOWED_HOSTS):
        yield error(1, "ALLOWED_HOSTS has a wildcard.", "List the names in BRM_ALLOWED_HOSTS.")
    if not is_public():
        yield warning(
            1,
            "The product answers to loopback names only.",
            "Name the host that people use in BRM_ALLOWED_HOSTS.",
        )
    if any("*" in origin for origin in settings.CSRF_TRUSTED_ORIGINS):
        yield error(2, "CSRF_TRUSTED_ORIGINS has a wildcard.", "List the origins one by one.")
    if settings.USE_X_FORWARDED_HOST:
        yield error(3, "USE_X_FORWARDED_HOST is on.", "Let the proxy pass Host on instead.")


@register(deploy=True)
def check_https(**_kwargs: Any) -> Iterator[CheckMessage]:
    """HTTPS, and the proxy that has to say so."""
    if is_public() and not settings.HTTPS:
        yield error(
            4, "Passwords travel in clear: BRM_HTTPS is 0.", "Put a proxy with a certificate ahead."
        )
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        yield error(
            5,
            "BRM_TRUSTED_PROXIES is 0 although HTTPS ends at a proxy: every page would redirect "
            "for ever, and all sign-ins would count for the proxy's address.",
            "Say how many proxies stand ahead, usually 1.",
        )
    if not settings.HTTPS and settings.TRUSTED_PROXIES:
        yield warning(
            2,
            "A proxy is trusted without HTTPS.",
            "Set BRM_HTTPS=1, or BRM_TRUSTED_PROXIES=0 where there is no proxy.",
        )


@register(deploy=True)
def check_stores(**_kwargs: Any) -> Iterator[CheckMessage]:
    """Database, cache, broker and files."""
    if settings.EMBEDDED and is_public():
        yield warning(
            3,
            "The embedded database serves one machine only.",
            "Set DATABASE_URL to a PostgreSQL for more, and keep backups either way.",
        )
    for name, cache in settings.CACHES.items():
        if any(kind in cache["BACKEND"].lower() for kind in LOCAL_CACHES):
            yield error(
                6,
                f"The cache {name!r} is not shared between processes.",
                "Use the database cache or Redis.",
            )
    if settings.REDIS_URL and is_open(settings.REDIS_URL):
        yield warning(
            4,
            "REDIS_URL has no password and its host is not on a private network.",
            "Give it a password, and use rediss://.",
        )
    served = (Path(settings.STATIC_ROOT), *map(Path, settings.STATICFILES_DIRS))
    if any(Path(settings.MEDIA_ROOT).is_relative_to(folder) for folder in served):
        yield error(7, "Uploads lie in a folder that is served.", "Set BRM_VAR_DIR elsewhere.")


def is_open(url: str) -> bool:
    """Whether a Redis without a password stands where strangers may reach it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.password or "." not in host or is_loopback(host):
        return False
    try:
        return not ipaddress.ip_address(host).is_private
    except ValueError:
        return True


@register(deploy=True)
def check_mail(**_kwargs: Any) -> Iterator[CheckMessage]:
    """Invitations, new passwords and notices have to arrive."""
    if any(f".{kind}." in settings.EMAIL_BACKEND for kind in SILENT_MAIL):
        yield warning(5, "Mail reaches nobody.", "Set EMAIL_URL, such as smtp+tls://…:587.")
    elif settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        yield warning(6, "Mail has no sender that can be answered.", "Set BRM_FROM_EMAIL.")


@register(deploy=True)
def check_people(**_kwargs: Any) -> Iterator[CheckMessage]:
    """Passwords, sessions and the users of the demo."""
    if not settings.AUTH_PASSWORD_VALIDATORS:
        yield error(8, "Any password is accepted.", "Keep AUTH_PASSWORD_VALIDATORS.")
    if settings.SESSION_ENGINE != "brm.people.sessions":
        yield error(9, "Sessions neither end by age nor can be ended.", "Keep SESSION_ENGINE.")
    if settings.PASSWORD_HASHERS and "MD5" in settings.PASSWORD_HASHERS[0]:
        yield error(10, "Passwords are hashed weakly.", "Keep Django's PASSWORD_HASHERS.")
    if is_public() and demo_users_exist():
        yield error(11, "The demo company and its users are here.", "Run `manage.py clear_demo`.")


def demo_users_exist() -> bool:
    """Whether demo users can sign in; False where the database cannot be asked yet."""
    try:
        return User.objects.filter(is_demo=True, is_active=True).exists()
    except DatabaseError:
        return False


@register(deploy=True)
def check_input(**_kwargs: Any) -> Iterator[CheckMessage]:
    """What a request may bring."""
    limits = ("DATA_UPLOAD_MAX_MEMORY_SIZE", "DATA_UPLOAD_MAX_NUMBER_FIELDS")
    for name in (*limits, "DATA_UPLOAD_MAX_NUMBER_FILES"):
        if getattr(settings, name) is None:
            yield error(12, f"{name} has no limit.", "Give it a number.")
    if settings.DEBUG:
        yield error(13, "BRM_DEBUG is 1: errors show code and settings.", "Set it to 0.")
