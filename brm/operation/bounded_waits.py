"""How long a web request waits for PostgreSQL when the server has stopped answering.

`statement_timeout` is the server's own: one that hangs, or a network that swallows its packets,
does not keep it. psycopg2 then waits for ever, unless it is given a function to wait with
(https://www.psycopg.org/docs/advanced.html#support-for-coroutine-libraries). With one, COPY and
large objects are not available and `connect_timeout` is not kept, so the function keeps that, too.
"""

import select
import time
from typing import Any

from psycopg2 import OperationalError, extensions

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 15.0  # more than any statement of the web process may take
OPEN = {extensions.STATUS_READY, extensions.STATUS_BEGIN, extensions.STATUS_PREPARED}
EVENTS = {extensions.POLL_READ: select.POLLIN, extensions.POLL_WRITE: select.POLLOUT}


def bound_waits() -> None:
    """Let this process wait for PostgreSQL by `wait` from now on."""
    extensions.set_wait_callback(wait)


def wait(connection: Any) -> None:
    """Return when the connection has its answer; raises OperationalError, and psycopg2 closes it.

    A new connection has CONNECT_SECONDS for all steps of its start, a statement ANSWER_SECONDS.
    """
    limit = ANSWER_SECONDS if connection.status in OPEN else CONNECT_SECONDS
    until = time.monotonic() + limit
    while (state := connection.poll()) != extensions.POLL_OK:
        ready = select.poll()
        ready.register(connection.fileno(), EVENTS[state])
        if not ready.poll(max(until - time.monotonic(), 0) * 1000):
            raise OperationalError(f"PostgreSQL did not answer within {limit:g} seconds")
