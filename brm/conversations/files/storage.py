"""Where files lie: random names below MEDIA_ROOT, which no address leads to.

A file is on the disk before its row is written, so that no row is ever without its file; what a
rolled-back or killed upload leaves behind is removed by the sweep.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from ..models import FOLDER, Attachment, path_of

CHUNK = 1 << 16
BATCH = 500
# An upload may be at work for that long before its row can be seen.
YOUNG = timedelta(hours=2)
# Deleted files are kept for that long, in case the deletion was a mistake.
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Stored:
    """A file on the disk: its random name, its size and the SHA-256 of its bytes."""

    stored_as: str
    size: int
    sha256: str


@contextmanager
def stored(content: BinaryIO) -> Iterator[Stored]:
    """Put a file on the disk for the block that writes its row; gone if the block fails."""
    name = secrets.token_hex(16)
    path = path_of(name)
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    try:
        digest, size = hashlib.sha256(), 0
        mode = settings.FILE_UPLOAD_PERMISSIONS
        new = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(new, "wb") as target:
            os.fchmod(target.fileno(), mode)  # whatever the process masks
            while chunk := content.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        yield Stored(name, size, digest.hexdigest())
    except BaseException:  # whatever happened: the row is not written, so the file must go
        path.unlink(missing_ok=True)
        raise


def sweep(now: datetime) -> int:
    """Remove files without a row, and those deleted long ago; returns how many.

    One statement for BATCH files. Files younger than YOUNG are left alone: their row may be on
    its way.
    """
    removed = 0
    files = _files(now)
    while paths := list(islice(files, BATCH)):
        rows = Attachment.everything.filter(stored_as__in=[path.name for path in paths])
        kept = set(rows.exclude(deleted_at__lt=now - KEPT).values_list("stored_as", flat=True))
        for path in paths:
            if path.name not in kept:
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _files(now: datetime) -> Iterator[Path]:
    latest = (now - YOUNG).timestamp()
    for path in (Path(settings.MEDIA_ROOT) / FOLDER).glob("*/*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_mtime < latest:
            yield path
