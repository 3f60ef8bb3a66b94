"""Pictures: the signature, and the size in pixels that a viewer would have to make room for.

Only headers are read; nothing is unpacked.
"""

import struct
from typing import BinaryIO

from django.utils.translation import gettext as _

from .refusals import FileRefused

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 20_000
START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
BARE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
MOST_MARKERS = 2_000


def check_png(content: BinaryIO) -> None:
    head = content.read(24)
    if len(head) < 24 or head[:8] != b"\x89PNG\r\n\x1a\n" or head[12:16] != b"IHDR":
        raise mislabelled()
    fits(*struct.unpack(">II", head[16:24]))


def check_gif(content: BinaryIO) -> None:
    head = content.read(10)
    if len(head) < 10 or head[:6] not in (b"GIF87a", b"GIF89a"):
        raise mislabelled()
    fits(*struct.unpack("<HH", head[6:10]))


def check_webp(content: BinaryIO) -> None:
    head = content.read(30)
    if len(head) < 30 or head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        raise mislabelled()
    coding = head[12:16]
    if coding == b"VP8X":
        width = 1 + int.from_bytes(head[24:27], "little")
        height = 1 + int.from_bytes(head[27:30], "little")
    elif coding == b"VP8L" and head[20] == 0x2F:
        bits = int.from_bytes(head[21:25], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif coding == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", head[26:30]))
    else:
        raise mislabelled()
    fits(width, height)


def check_jpeg(content: BinaryIO) -> None:
    if content.read(2) != b"\xff\xd8":
        raise mislabelled()
    for _number in range(MOST_MARKERS):
        marker = _marker(content)
        if marker in BARE:
            continue
        length = content.read(2)
        if len(length) < 2 or marker in (0xD9, 0xDA):
            break
        if marker in START_OF_FRAME:
            frame = content.read(5)
            if len(frame) < 5:
                break
            height, width = struct.unpack(">HH", frame[1:5])
            return fits(width, height)
        content.seek(max(0, struct.unpack(">H", length)[0] - 2), 1)
    raise mislabelled()


def _marker(content: BinaryIO) -> int:
    """The next marker of a JPEG; raises FileRefused where there is none."""
    if content.read(1) != b"\xff":
        raise mislabelled()
    code = content.read(1)
    while code == b"\xff":  # filling
        code = content.read(1)
    if not code:
        raise mislabelled()
    return code[0]


def fits(width: int, height: int) -> None:
    """Raise FileRefused for a picture that would flood the memory of whoever opens it."""
    if not width or not height:
        raise mislabelled()
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise FileRefused(
            _("The picture has %(width)d × %(height)d pixels, which is too many.")
            % {"width": width, "height": height}
        )


def mislabelled() -> FileRefused:
    return FileRefused(_("The file is damaged, or not what the ending of its name says."))
