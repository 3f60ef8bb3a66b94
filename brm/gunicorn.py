"""How gunicorn serves the product; workers, threads and the address come from the command line."""

from pathlib import Path
from typing import Any

from brm.operation import request_counts

timeout = 30
graceful_timeout = 30
max_requests = 2000
max_requests_jitter = 200
limit_request_line = 4094
limit_request_field_size = 8190
# Forwarding headers are Django's to judge (BRM_TRUSTED_PROXIES), not the server's.
forwarded_allow_ips = ""
# The control socket needs a writable home, which a container does not have.
control_socket_disable = True
# Workers report by touching a file: in memory where there is such a file system.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
loglevel = "warning"


def pre_fork(server: Any, worker: Any) -> None:
    """Give the new worker a row of the request counts that no living one has."""
    worker.counts_row = request_counts.give_row(worker.age)


def post_fork(server: Any, worker: Any) -> None:
    request_counts.take_row(worker.counts_row)


def child_exit(server: Any, worker: Any) -> None:
    request_counts.free_row(worker.age)
