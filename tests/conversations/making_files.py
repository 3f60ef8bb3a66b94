"""Files to upload: honest ones of each kind, and those of attackers."""

import io
import struct
import zipfile
import zlib
from typing import Any

ODT = "application/vnd.oasis.opendocument.text"
TYPES = "[Content_Types].xml"
MANIFEST = b"<Types/>"


def zipped(members: dict[str, bytes], **options: Any) -> bytes:
    """A zip archive of names and contents."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def png(width: int = 4, height: int = 4) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def jpeg(width: int = 4, height: int = 4) -> bytes:
    frame = struct.pack(">BHHBBBB", 8, height, width, 1, 1, 17, 0)
    return (
        b"\xff\xd8\xff\xe0\x00\x04\x00\x00"
        + b"\xff\xc0"
        + struct.pack(">H", len(frame) + 2)
        + frame
        + b"\xff\xd9"
    )


def gif(width: int = 4, height: int = 4) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0;"


def webp(width: int = 4, height: int = 4) -> bytes:
    body = b"VP8X" + struct.pack("<I", 10) + b"\0" * 4
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def webp_lossless(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    return b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", bits) + b"\0" * 8


def webp_lossy(width: int, height: int) -> bytes:
    return b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)


def office(main: str, **more: bytes) -> bytes:
    return zipped({TYPES: MANIFEST, main: b"<x/>", **more})


def open_document(kind: str, **more: bytes) -> bytes:
    return zipped({"mimetype": kind.encode(), "content.xml": b"<x/>", **more})


def encrypted() -> bytes:
    """An archive that says its member has a password."""
    data = bytearray(zipped({"secret.txt": b"hidden"}))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def lying(entries: int, directory: int) -> bytes:
    """An archive whose end record tells of so many members and so large a directory."""
    data = bytearray(zipped({"a.txt": b"a"}))
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<HHI", data, end + 8, entries, entries, directory)
    return bytes(data)


def linked() -> bytes:
    """An archive with a symbolic link."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo("link.txt")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return target.getvalue()


def crowded(members: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(members):
            archive.writestr(str(number), b"")
    return target.getvalue()


HONEST: dict[str, bytes] = {
    "minutes.pdf": b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n",
    "diagram.png": png(),
    "photo.jpg": jpeg(),
    "photo.JPEG": jpeg(),
    "moving.gif": gif(),
    "picture.webp": webp(),
    "small.webp": webp_lossy(4, 4),
    "lossless.webp": webp_lossless(4, 4),
    "notes.txt": b"Agreed on Monday.\r\n",
    "合同.txt": "两年。".encode(),
    "old.txt": "两年。".encode("gb18030"),
    "figures.csv": b"a,b\n1,2\n",
    "read.md": b"# Minutes\n\n- one\n",
    "letter.eml": b"From: a@example.com\r\nDate: Mon, 10 Mar 2025 09:00:00 +0000\r\n\r\n<html>",
    "offer.docx": office("word/document.xml"),
    "plan.xlsx": office("xl/workbook.xml"),
    "slides.pptx": office("ppt/presentation.xml"),
    "text.odt": open_document(ODT),
    "sheet.ods": open_document("application/vnd.oasis.opendocument.spreadsheet"),
    "all.zip": zipped({"a/b.txt": b"x" * 1000, "c.pdf": b"%PDF-1.4"}),
}

HOSTILE: dict[str, tuple[str, bytes]] = {
    "a program as a picture": ("cat.png", b"MZ\x90\x00" + b"\0" * 60),
    "a web page as a picture": ("cat.gif", b"<html><script>alert(1)</script>"),
    "a web page as text": ("notes.txt", b"\n <!DOCTYPE html><script>alert(1)</script>"),
    "a web page after a mark": ("notes.csv", b"\xef\xbb\xbf<script>alert(1)</script>"),
    "a drawing as text": ("read.md", b"<svg onload=alert(1)>"),
    "a script as text": ("run.txt", b"#!/bin/sh\nrm -rf /\n"),
    "binary as text": ("data.csv", b"a,b\x00\x01\x02"),
    "a drawing": ("cat.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "a web page": ("index.html", b"<html></html>"),
    "a program": ("setup.exe", b"MZ"),
    "a second ending": ("report.pdf.exe", b"%PDF-1.7"),
    "no ending": ("report", b"%PDF-1.7"),
    "an ending alone": (".pdf", b"%PDF-1.7"),
    "text as pdf": ("a.pdf", b"hello"),
    "an empty file": ("a.pdf", b""),
    "a flood in png": ("flood.png", png(100_000, 100_000)),
    "a flood in jpeg": ("flood.jpg", jpeg(65_000, 65_000)),
    "a flood in gif": ("flood.gif", gif(65_535, 65_535)),
    "a flood in webp": ("flood.webp", webp(16_000_000, 16_000_000)),
    "a flood in lossless webp": ("flood.webp", webp_lossless(16_384, 16_384)),
    "a flood in lossy webp": ("flood.webp", webp_lossy(16_383, 16_383)),
    "a picture without size": ("flat.png", png(0, 4)),
    "a cut picture": ("cut.jpg", b"\xff\xd8\xff\xe0\x00"),
    "a jpeg of markers": ("long.jpg", b"\xff\xd8" + b"\xff\x01" * 100_000),
    "macros in a document": ("m.docx", office("word/document.xml", **{"word/vbaProject.bin": b""})),
    "a document of macros": (
        "m.docx",
        zipped({TYPES: b"application/vnd.ms-word.document.macroEnabled", "word/document.xml": b""}),
    ),
    "a macro ending": ("m.docm", office("word/document.xml")),
    "scripts in open text": ("m.odt", open_document(ODT, **{"Basic/Standard/a.xml": b""})),
    "a sheet as text": ("s.odt", open_document("application/vnd.oasis.opendocument.spreadsheet")),
    "an archive as document": ("a.docx", zipped({"a.txt": b"a"})),
    "a bomb of zeros": ("bomb.zip", zipped({"zeros": b"\0" * 9_000_000})),
    "a bomb in a document": (
        "bomb.docx",
        office("word/document.xml", **{"word/media": b"\0" * 9_000_000}),
    ),
    "a large bomb": ("bomb.zip", zipped({str(n): b"\0" * 9_000_000 for n in range(6)})),
    "too many members": ("many.zip", crowded(2_001)),
    "a lie about members": ("lie.zip", lying(60_000, 50)),
    "a lie about the directory": ("lie.zip", lying(1, 400_000_000)),
    "an archive of more than 4 GB": ("lie.zip", lying(0xFFFF, 0xFFFFFFFF)),
    "a name that leads up": ("up.zip", zipped({"../../etc/cron.d/x": b"x"})),
    "a name from the root": ("up.zip", zipped({"/etc/passwd": b"x"})),
    "a name with backslashes": ("up.zip", zipped({"..\\..\\x.txt": b"x"})),
    "a drive": ("up.zip", zipped({"C:\\x.txt": b"x"})),
    "a link": ("link.zip", linked()),
    "a password": ("locked.zip", encrypted()),
    "a program inside": ("tools.zip", zipped({"setup.EXE": b"MZ"})),
    "a cut archive": ("cut.zip", zipped({"a": b"a"})[:-10]),
    "a picture before an archive": ("both.zip", png() + zipped({"a": b"a"})),
    "no mail": ("a.eml", b"hello\n\nworld"),
    "a mail without a sender": ("a.eml", b"Subject: hi\n\nworld"),
}
