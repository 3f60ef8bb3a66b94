"""One POST to a subscriber: to the very address that was checked, without redirects, bounded."""

import http.client
import socket
import ssl
import threading
from dataclasses import dataclass
from typing import Any

from .addresses import Refused, parts_of, resolve

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 10.0
MOST_BYTES = 64 * 1024
SHOWN_BYTES = 500


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: the HTTP status, or why there was none."""

    status: int | None = None
    error: str = ""
    answer: str = ""

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(url: str, headers: dict[str, str], body: bytes) -> Outcome:
    """Send; never raises for what the other side does.

    The host is resolved and checked, and the connection made to the address that was checked: a
    resolver that changes its answer meanwhile gains nothing. Proxies of the environment are not
    used. After WHOLE_SECONDS the connection is cut, however slowly bytes drip.
    """
    try:
        scheme, host, port, path = parts_of(url)
        address = str(resolve(host, port, scheme)[0])
        connection = _connection(scheme, host, port, address)
        return _exchange(connection, path, headers, body)
    except Refused as error:
        return Outcome(error=f"refused: {error}")
    except ssl.SSLError as error:
        return Outcome(error=f"TLS: {error.reason or error}"[:300])
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Outcome(error=f"{type(error).__name__}: {error}"[:300])


class _Pinned(http.client.HTTPConnection):
    """Connects to a given address, whatever the host resolves to."""

    def __init__(self, host: str, port: int, address: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self.address, self.tls = address, tls
        self.default_port = 443 if tls else 80

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), CONNECT_SECONDS)
        if self.tls is not None:
            self.sock = self.tls.wrap_socket(self.sock, server_hostname=self.host)


def _connection(scheme: str, host: str, port: int, address: str) -> _Pinned:
    tls = ssl.create_default_context() if scheme == "https" else None
    return _Pinned(host, port, address, tls)


def _exchange(connection: _Pinned, path: str, headers: dict[str, str], body: bytes) -> Outcome:
    late = threading.Event()
    watchdog = threading.Timer(WHOLE_SECONDS, _cut, [connection, late])
    watchdog.start()
    try:
        connection.request("POST", path, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        answer = response.read(MOST_BYTES)
        if late.is_set():  # what was cut may look like an answer that ended
            raise TimeoutError
        return Outcome(response.status, "", answer[:SHOWN_BYTES].decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException):
        if late.is_set():
            return Outcome(error=f"no answer within {WHOLE_SECONDS:g} s")
        raise
    finally:
        watchdog.cancel()
        connection.close()


def _cut(connection: Any, late: threading.Event) -> None:
    late.set()
    sock = connection.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
