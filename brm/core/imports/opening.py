"""From an upload to a checked source: what kind of file it is, how long, in which encoding."""

import codecs
import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from .encodings import likely_encoding
from .refusals import FileRefused

MEGABYTE = 1_000_000
LARGEST_FILE = 200 * MEGABYTE
LARGEST_UNPACKED = 2_000 * MEGABYTE
LARGEST_WORKBOOK = 50 * MEGABYTE
MOST_MEMBERS = 2_000
HIGHEST_RATIO = 100
LONGEST_LINE = 1_000_000
CHUNK = 1 << 20

CSV, GZIP, XLSX = "csv", "gzip", "xlsx"
ENDINGS = {
    ".csv.gz": GZIP, ".gz": GZIP, ".xlsx": XLSX, ".csv": CSV, ".tsv": CSV, ".txt": CSV,
}  # fmt: skip
SIGNATURES = {
    b"PK\x03\x04": XLSX,
    b"\x1f\x8b": GZIP,
    b"%PDF": "pdf",
    b"\xd0\xcf\x11\xe0": "xls",
    b"\x89PNG": "png",
}


@dataclass(frozen=True)
class Source:
    """A file on disk under the name it came with; `sha256` is that of its bytes."""

    path: Path
    name: str
    kind: str
    size: int
    sha256: str

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes of the table, unpacked if the file is."""
        opener = gzip.open if self.kind == GZIP else open
        with opener(self.path, "rb") as stream:
            yield stream


def open_source(path: Path, name: str = "") -> Source:
    """Check size, ending and signature of a file; raises FileRefused."""
    name = name or path.name
    if not path.is_file():
        raise FileRefused(_("There is no file %(name)s.") % {"name": name})
    size = path.stat().st_size
    if size == 0:
        raise FileRefused(_("The file is empty."))
    if size > LARGEST_FILE:
        raise FileRefused(
            _("The file has %(size)d MB; at most %(most)d MB are imported.")
            % {"size": size // MEGABYTE, "most": LARGEST_FILE // MEGABYTE}
        )
    kind = _kind(path, name)
    if kind == XLSX:
        check_workbook(path)
    return Source(path, name, kind, size, _digest(path))


def _kind(path: Path, name: str) -> str:
    expected = next((kind for end, kind in ENDINGS.items() if name.lower().endswith(end)), None)
    if expected is None:
        raise FileRefused(
            _("%(name)s is none of the kinds that can be imported: .csv, .csv.gz, .xlsx.")
            % {"name": name}
        )
    with path.open("rb") as stream:
        start = stream.read(8)
    found = next(
        (kind for signature, kind in SIGNATURES.items() if start.startswith(signature)), CSV
    )
    if found != expected:
        raise FileRefused(
            _("%(name)s is not what its name says: it holds %(found)s.")
            % {"name": name, "found": _kind_names()[found]}
        )
    return expected


def _kind_names() -> dict[str, str]:
    return {
        CSV: _("text"),
        GZIP: _("a gzip archive (name it .csv.gz)"),
        XLSX: _("an Excel workbook or a zip archive (name a workbook .xlsx)"),
        "pdf": _("a PDF document"),
        "xls": _("an Excel workbook in the old format (save it as .xlsx)"),
        "png": _("a picture"),
    }


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_workbook(path: Path) -> None:
    """Refuse a zip bomb by its directory, before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError):
        raise FileRefused(_("The workbook is damaged.")) from None
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise FileRefused(_("The file is a zip archive, not an Excel workbook."))
    unpacked = sum(member.file_size for member in members)
    packed = max(1, path.stat().st_size)
    if len(members) > MOST_MEMBERS:
        raise FileRefused(
            _("The workbook has %(count)d parts, at most %(most)d are read.")
            % {"count": len(members), "most": MOST_MEMBERS}
        )
    if unpacked > LARGEST_WORKBOOK or unpacked > packed * HIGHEST_RATIO:
        raise FileRefused(
            _(
                "The workbook unpacks to %(size)d MB from %(packed)d KB; at most %(most)d MB and "
                "%(ratio)d times its size are read. Save it as CSV."
            )
            % {
                "size": unpacked // MEGABYTE,
                "packed": packed // 1000,
                "most": LARGEST_WORKBOOK // MEGABYTE,
                "ratio": HIGHEST_RATIO,
            }
        )


def check_encoding(source: Source, encoding: str) -> None:
    """Decode the whole text once; raises FileRefused naming row and likely encoding."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise FileRefused(_("There is no encoding “%(name)s”.") % {"name": encoding}) from None
    row, total, unbroken = 1, 0, 0
    with _unpacking(), source.open() as stream:
        while chunk := stream.read(CHUNK):
            total += len(chunk)
            if total > LARGEST_UNPACKED:
                raise FileRefused(_("The file unpacks to more than 2,000 MB."))
            _decode(decoder, chunk, row, encoding)
            row += chunk.count(b"\n")
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            unbroken = unbroken + len(chunk) if end < 0 else len(chunk) - end
            if unbroken > LONGEST_LINE * 4:  # bytes; a bomb of zeros has no line ends
                raise FileRefused(too_long_line(row))
        _decode(decoder, b"", row, encoding, final=True)
    if total == 0:
        raise FileRefused(_("The file is empty."))


def too_long_line(line: int) -> str:
    """What to say of a line that must not fill the memory."""
    return _("Line %(line)d is longer than %(most)d characters.") % {
        "line": line,
        "most": LONGEST_LINE,
    }


@contextmanager
def _unpacking() -> Iterator[None]:
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise FileRefused(_("The gzip archive is damaged or cut off.")) from None


def _decode(
    decoder: codecs.IncrementalDecoder, chunk: bytes, row: int, encoding: str, final: bool = False
) -> None:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        line = row + error.object[: error.start].count(b"\n")
        window = error.object[max(0, error.start - 2000) : error.start + 20_000]
        guess = likely_encoding(window if row > 1 else chunk)
        message = _("Line %(line)d is not %(encoding)s text.") % {
            "line": line,
            "encoding": encoding.upper(),
        }
        if guess:
            message += " " + _("It looks like %(guess)s: import it with that encoding.") % {
                "guess": guess
            }
        raise FileRefused(message) from None
