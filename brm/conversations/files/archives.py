"""Zip archives and the documents made of them, judged by their directory alone.

The end record is read by hand first, the way `zipfile` finds it: a directory of a hundred thousand
members would cost a server its memory before the first of them could be counted.
"""

import struct
import zipfile
import zlib
from typing import BinaryIO

from django.utils.translation import gettext as _

from .pictures import mislabelled
from .refusals import FileRefused

LARGEST_UNPACKED = 50_000_000  # bytes, all members together
MOST_MEMBERS = 2_000
HIGHEST_RATIO = 100
LARGEST_DIRECTORY = 1_000_000  # bytes
LARGEST_LABEL = 1_000_000  # bytes of a part that says what a document is

MEMBER, END = b"PK\x03\x04", b"PK\x05\x06"
END_SIZE, LONGEST_REMARK = 22, 0xFFFF
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError)
BROKEN += (NotImplementedError, RuntimeError, OverflowError)

PROGRAMS = (
    *(
        ".exe",
        ".dll",
        ".com",
        ".scr",
        ".bat",
        ".cmd",
        ".ps1",
        ".vbs",
        ".vbe",
        ".js",
        ".jse",
        ".jar",
    ),
    *(".msi", ".lnk", ".hta", ".wsf", ".sh", ".app", ".apk", ".html", ".htm", ".svg", ".xhtml"),
    *(".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".pptm", ".potm", ".ppsm"),
)
CONTENT_TYPES = "[Content_Types].xml"
MACROS = ("vbaproject.bin", "vbadata.xml")
SCRIPTS = ("basic/", "scripts/")


def check_zip(content: BinaryIO) -> None:
    with _opened(content) as archive:
        for member in archive.infolist():
            if member.filename.lower().endswith(PROGRAMS):
                raise FileRefused(
                    _("The archive holds a program or a web page: %s.") % member.filename[:100]
                )


def check_docx(content: BinaryIO) -> None:
    _check_office(content, "word/document.xml")


def check_xlsx(content: BinaryIO) -> None:
    _check_office(content, "xl/workbook.xml")


def check_pptx(content: BinaryIO) -> None:
    _check_office(content, "ppt/presentation.xml")


def check_odt(content: BinaryIO) -> None:
    _check_open(content, b"application/vnd.oasis.opendocument.text")


def check_ods(content: BinaryIO) -> None:
    _check_open(content, b"application/vnd.oasis.opendocument.spreadsheet")


def _check_office(content: BinaryIO, main: str) -> None:
    with _opened(content) as archive:
        names = {member.filename for member in archive.infolist()}
        if not {main, CONTENT_TYPES} <= names:
            raise mislabelled()
        label = _read(archive, CONTENT_TYPES).lower()
        named = any(name.lower().endswith(MACROS) for name in names)
        if named or b"macroenabled" in label or b"vbaproject" in label:
            raise FileRefused(_("Documents with macros are not taken."))


def _check_open(content: BinaryIO, kind: bytes) -> None:
    with _opened(content) as archive:
        names = [member.filename for member in archive.infolist()]
        if names[:1] != ["mimetype"] or _read(archive, "mimetype").strip() != kind:
            raise mislabelled()
        if any(name.lower().startswith(SCRIPTS) for name in names):
            raise FileRefused(_("Documents with macros are not taken."))


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """A small member; raises FileRefused for one that is not small or cannot be read."""
    if archive.getinfo(name).file_size > LARGEST_LABEL:
        raise mislabelled()
    try:
        with archive.open(name) as part:
            return part.read(LARGEST_LABEL + 1)
    except BROKEN:
        raise mislabelled() from None


def _opened(content: BinaryIO) -> zipfile.ZipFile:
    """The archive with a directory that was found harmless; raises FileRefused."""
    size = content.seek(0, 2)
    content.seek(0)
    if content.read(4) != MEMBER:
        raise mislabelled()
    _check_end(content, size)
    try:
        archive = zipfile.ZipFile(content)
    except BROKEN:
        raise mislabelled() from None
    try:
        _check_directory(archive.infolist(), size)
    except FileRefused:
        archive.close()
        raise
    return archive


def _check_end(content: BinaryIO, size: int) -> None:
    """Refuse a directory that is too large to be read at all."""
    content.seek(max(0, size - END_SIZE - LONGEST_REMARK))
    tail = content.read()
    last = tail[-END_SIZE:]
    place = len(tail) - END_SIZE if last[:4] == END and last[-2:] == b"\0\0" else tail.rfind(END)
    record = tail[place : place + END_SIZE] if place >= 0 else b""
    if len(record) < END_SIZE:
        raise mislabelled()
    members, directory, start = struct.unpack("<HII", record[10:20])
    if members == 0xFFFF or 0xFFFFFFFF in (directory, start):
        raise too_much()  # only archives of more than 4 GB say so
    if members > MOST_MEMBERS or directory > LARGEST_DIRECTORY:
        raise too_much()


def _check_directory(members: list[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS or unpacked > LARGEST_UNPACKED:
        raise too_much()
    if unpacked > size * HIGHEST_RATIO:
        raise too_much()
    for member in members:
        if member.flag_bits & 1:
            raise FileRefused(_("Archives with a password cannot be checked and are not taken."))
        if _leads_away(member):
            raise FileRefused(_("The archive holds a name that leads out of its folder."))


def _leads_away(member: zipfile.ZipInfo) -> bool:
    """Whether unpacking the member could write anywhere else; `orig_filename` is as written."""
    name = member.orig_filename.replace("\\", "/")
    is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
    parts = name.split("/")
    return is_link or name.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in name


def too_much() -> FileRefused:
    return FileRefused(
        _("The archive holds too much: at most %(members)d files and %(size)d MB are taken.")
        % {"members": MOST_MEMBERS, "size": LARGEST_UNPACKED // 1_000_000}
    )
