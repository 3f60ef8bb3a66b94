"""The limit that every view of the API obeys."""

import math
import time
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from .counting import count_request


class PerMinute(BaseThrottle):
    """So many requests a minute for a token, a signed-in user, or an address without either.

    The limits are `settings.API_RATES`; 0 is none. An address is the one that the last trusted
    proxy saw: what else `X-Forwarded-For` says does not count.
    """

    left = 60.0

    def allow_request(self, request: Request, view: Any) -> bool:
        kind, name = self._caller(request)
        limit = settings.API_RATES[kind]
        if not limit:
            return True
        now = time.time()
        self.left = 60 - now % 60
        return count_request(f"{kind}:{name}"[:100], int(now // 60)) <= limit

    def wait(self) -> int:
        """Seconds until the next minute."""
        return math.ceil(self.left)

    def _caller(self, request: Request) -> tuple[str, Any]:
        if request.auth is not None:
            return "token", request.auth.pk
        if request.user.is_authenticated:
            return "user", request.user.pk
        return "address", self.get_ident(request)
