"""The file of a backup: a tar that says what it holds and proves that it still does.

`manifest.json` comes last: it names every other member with its SHA-256, the engine, the migrations
and the rows (and, on PostgreSQL, a checksum) of every table at the instant of the copy.
"""

import hashlib
import json
import tarfile
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO

FORMAT = 1
MANIFEST = "manifest.json"
UPLOADS = "uploads/"
CHUNK = 1 << 20  # bytes


class BadBackup(Exception):
    """The file is no backup, is damaged, or does not fit this installation; says why."""


@dataclass
class Manifest:
    """What a backup holds.

    `tables` tells the rows of each table and a checksum of their content (None on SQLite, where the
    checksum of the whole file stands for it); `members` the SHA-256 of each file in the archive.
    """

    engine: str
    made_at: str
    migrations: list[str]
    tables: dict[str, list[int | str | None]]
    members: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """Rows in all tables together."""
        return sum(int(count or 0) for count, _checksum in self.tables.values())


class Hashing:
    """A file that is read once for two purposes: to be copied and to be summed up."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._digest.update(data)
        return data

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def pack(target: IO[bytes], database: Path, uploads: Path, manifest: Manifest) -> None:
    """Write the archive: the copy of the database, the uploads, the manifest."""
    with tarfile.open(fileobj=target, mode="w|") as archive:
        _add(archive, database, database.name, manifest)
        for path in sorted(uploads.rglob("*")) if uploads.is_dir() else []:
            if path.is_file() and not path.is_symlink():
                _add(archive, path, UPLOADS + path.relative_to(uploads).as_posix(), manifest)
        text = json.dumps(asdict(manifest), indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(text)
        archive.addfile(entry, BytesIO(text))


def _add(archive: tarfile.TarFile, path: Path, name: str, manifest: Manifest) -> None:
    with path.open("rb") as source:
        entry = archive.gettarinfo(arcname=name, fileobj=source)
        hashing = Hashing(source)
        archive.addfile(entry, hashing)  # type: ignore[arg-type]  it only reads
        manifest.members[name] = hashing.hexdigest()


def unpack(source: Path, into: Path) -> Manifest:
    """Take the archive apart into the empty folder `into` and prove it; raises BadBackup."""
    found: dict[str, str] = {}
    try:
        with tarfile.open(source, mode="r|") as archive:
            for entry in archive:
                if not entry.isfile():
                    raise BadBackup(f"{entry.name!r} in the backup is no plain file.")
                archive.extract(entry, into, filter="data")
                found[entry.name] = sha256(into / entry.name)
    except (tarfile.TarError, EOFError, OSError) as problem:
        raise BadBackup(f"{source} is not a whole backup: {problem}") from problem
    manifest = read_manifest(into / MANIFEST)
    found.pop(MANIFEST, None)
    if found != manifest.members:
        wrong = sorted(set(found.items()) ^ set(manifest.members.items()))[0][0]
        raise BadBackup(f"{wrong!r} in the backup is damaged, missing or foreign.")
    return manifest


def read_manifest(path: Path) -> Manifest:
    """The manifest of an archive; raises BadBackup where there is none of this format."""
    try:
        manifest = Manifest(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError) as problem:
        raise BadBackup("The file is no backup of this product, or has no end.") from problem
    if manifest.format != FORMAT:
        raise BadBackup(f"The backup has format {manifest.format}; this version reads {FORMAT}.")
    return manifest


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
