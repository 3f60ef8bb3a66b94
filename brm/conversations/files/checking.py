"""Whether a file is let in: by its size, its name, and what is really in it."""

import unicodedata
from typing import BinaryIO

from django.utils.translation import gettext as _

from .kinds import KINDS
from .refusals import FileRefused

MEGABYTE = 1_000_000
LARGEST = 10 * MEGABYTE
LONGEST_NAME = 150
# Control and format characters (bidi marks among them), lone halves, line and paragraph ends.
UNWRITABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
FORBIDDEN = set('/\\:*?"<>|')


def checked_name(given: str) -> str:
    """The name in its normal form; raises FileRefused for one that could deceive or lead away."""
    name = unicodedata.normalize("NFC", given).strip()
    if not name or len(name) > LONGEST_NAME or len(name.encode()) > 255:
        raise FileRefused(_("A file's name has 1 to %(most)d characters.") % {"most": LONGEST_NAME})
    if any(unicodedata.category(one) in UNWRITABLE or one in FORBIDDEN for one in name):
        raise FileRefused(_("The file's name holds characters that no name may hold."))
    stem, _dot, ending = name.rpartition(".")
    if not stem.strip(". ") or ending.lower() not in KINDS:
        known = ", ".join(KINDS)
        raise FileRefused(_("Files of this kind are not taken. Taken are: %s.") % known)
    return name


def look_into(content: BinaryIO, name: str, size: int) -> str:
    """The kind of a file with a checked name, once its content has proved it.

    Raises FileRefused for an empty, too large, damaged, dangerous or mislabelled file.
    """
    if size == 0:
        raise FileRefused(_("The file is empty."))
    if size > LARGEST:
        raise FileRefused(_("The file is larger than %(most)d MB.") % {"most": LARGEST // MEGABYTE})
    kind = name.rpartition(".")[2].lower()
    content.seek(0)
    KINDS[kind].check(content)
    content.seek(0)
    return kind
