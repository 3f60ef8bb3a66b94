"""Calling WSGI applications as a server does: the product's own, and bare ones beside it."""

import gzip
import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from brm.core.models import User
from brm.tokens.actions import issue

SCOPES = ["*"]
MANY = 1_000_000  # requests a minute: they are counted, and nobody is refused


@dataclass(frozen=True)
class Reply:
    """What an application answered."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def size(self) -> int:
        """Bytes as a server that compresses would send them."""
        return len(gzip.compress(self.body))


class Refused(Exception):
    """An address of the bench did not answer with success."""


class Caller:
    """Somebody who asks one application, with the same headers each time.

    `headers` are those of the WSGI environment (HTTP_COOKIE, HTTP_AUTHORIZATION …).
    """

    def __init__(self, application: Callable[..., Any], **headers: str) -> None:
        self.application = application
        self.factory = RequestFactory(**headers, SERVER_NAME="localhost")

    def asks(self, address: str, sent: Any = None, method: str = "") -> Callable[[], Reply]:
        """A request that can be sent any number of times; a body is sent as JSON.

        It raises Refused for any answer but success.
        """
        body = b"" if sent is None else json.dumps(sent).encode()
        request = self.factory.generic(
            method or ("GET" if sent is None else "POST"),
            address,
            body,
            "application/json",
            secure=settings.HTTPS,
        )
        environ = {k: v for k, v in request.environ.items() if k != "wsgi.input"}

        def send() -> Reply:
            reply = self._call(environ | {"wsgi.input": io.BytesIO(body)})
            if not 200 <= reply.status < 300:
                raise Refused(f"{address}: {reply.status} {reply.text[:500]}")
            return reply

        return send

    def _call(self, environ: dict[str, Any]) -> Reply:
        told: list[str] = []
        response = self.application(environ, lambda status, headers, *rest: told.append(status))
        try:
            body = b"".join(response)
        finally:
            response.close()
        return Reply(int(told[0].split()[0]), body)


# --- Applications --------------------------------------------------------------------------------


@contextmanager
def as_served() -> Iterator[None]:
    """Within it the product answers as on a server: static files collected, callers counted.

    One connection is kept throughout where the product keeps connections at all.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="brm-bench-static-"))
        rates = dict.fromkeys(settings.API_RATES, MANY)
        hosts = ["localhost"]
        changes = {"STATIC_ROOT": folder, "API_RATES": rates, "ALLOWED_HOSTS": hosts}
        stack.enter_context(override_settings(**changes))
        if hasattr(staticfiles_storage, "hashed_files"):
            call_command("collectstatic", interactive=False, verbosity=0)
        if connection.settings_dict["CONN_MAX_AGE"]:
            kept = connection.settings_dict["CONN_MAX_AGE"]
            connection.settings_dict["CONN_MAX_AGE"] = None
            connection.close()
            stack.callback(connection.settings_dict.__setitem__, "CONN_MAX_AGE", kept)
        yield


def product() -> WSGIHandler:
    """The product as `brm.wsgi` serves it: all middleware, all addresses."""
    return WSGIHandler()


def product_and(*middleware: str) -> WSGIHandler:
    """The product with more middleware behind its own."""
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, *middleware]):
        return WSGIHandler()


def bare(*middleware: str) -> WSGIHandler:
    """Django alone, with this middleware and no other."""
    with override_settings(MIDDLEWARE=[*middleware]):
        return WSGIHandler()


# --- Callers -------------------------------------------------------------------------------------


def signed_in(user: User) -> dict[str, str]:
    """The headers of a browser in which the user is signed in."""
    browser = Client()
    browser.force_login(user)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
    return {"HTTP_COOKIE": cookies}


def with_token(user: User) -> dict[str, str]:
    """The headers of a program that acts for the user."""
    _token, secret = issue(user, name="bench", scopes=SCOPES, days=1, now=timezone.now())
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
