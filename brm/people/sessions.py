"""Sessions in the database that end when they are idle or old (settings.SESSION_ENGINE).

A session knows its user, address and browser, so that people see where they are signed in and can
end it there. A session gets a new key at every sign-in, and its age counts from then.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest
from django.utils import timezone

from .addresses import client_address
from .models import Session

NOTES_OF_USE = 10  # how often within the idle limit a session in use is noted as such
UNKNOWN_CLIENT = (None, "")


class SessionStore(db.SessionStore):
    """Django's database sessions with the limits BRM_SESSION_IDLE_MINUTES, BRM_SESSION_HOURS."""

    client: tuple[str | None, str] = UNKNOWN_CLIENT  # address and browser, told by the middleware
    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        now = timezone.now()
        self.row = Session.objects.alive(now).filter(pk=self.session_key).first()
        if self.row is None:
            self._session_key = None
            return None
        interval = timedelta(seconds=settings.SESSION_IDLE_SECONDS / NOTES_OF_USE)
        if now - self.row.last_seen_at > interval:
            self.row.last_seen_at = now
            if self.client != UNKNOWN_CLIENT:
                self.row.ip, self.row.user_agent = self.client
            Session.objects.filter(pk=self.row.pk).update(
                last_seen_at=now, ip=self.row.ip, user_agent=self.row.user_agent
            )
        return self.row

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = super().create_model_instance(data)
        session.user_id = data.get(SESSION_KEY)
        same = self.row is not None and self.row.pk == session.pk
        if not same:
            now = timezone.now()
            ip, user_agent = self.client
            self.row = Session(
                pk=session.pk, created_at=now, last_seen_at=now, ip=ip, user_agent=user_agent
            )
        for name in ("handle", "created_at", "last_seen_at", "ip", "user_agent"):
            setattr(session, name, getattr(self.row, name))
        return session

    def create(self) -> None:
        """A new session; also what a sign-in makes of an old one, which starts its age anew."""
        self.row = None
        super().create()

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.dead(timezone.now()).delete()


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's own, which also tells a session where its request comes from."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.session.client = client_of(request)


def client_of(request: HttpRequest) -> tuple[str | None, str]:
    """Address (as far as proxies are trusted) and browser of a request."""
    longest = Session._meta.get_field("user_agent").max_length
    return client_address(request), request.headers.get("User-Agent", "")[:longest]


def end_sessions(user: Any, *, keep: str | None = None) -> int:
    """Sign the user out everywhere, but for the session with the key `keep`; returns how many."""
    ended, _by_model = Session.objects.of(user).exclude(pk=keep or "").delete()
    return ended
