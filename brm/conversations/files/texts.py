"""PDF, plain text and mail."""

import re
from typing import BinaryIO

from django.utils.translation import gettext as _

from .pictures import mislabelled
from .refusals import FileRefused

HEAD = 64 * 1024
# C0 controls without tab, line ends and form feed; none of them is in any text.
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
# What a browser or a shell would run; spaces and a mark of the encoding may stand before it.
ACTIVE = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:#!|MZ|<(?:!doctype|html|head|body|script|svg|iframe|\?xml|\?php|%))",
    re.IGNORECASE,
)
HEADER = re.compile(rb"\A(?:From [^\r\n]+\r?\n)?[!-9;-~]+:[ \t]")
NEEDED = (rb"(?im)^from:", rb"(?im)^(date|received|message-id):")


def check_pdf(content: BinaryIO) -> None:
    if not re.match(rb"%PDF-[12]\.\d", content.read(8)):
        raise mislabelled()


def check_text(content: BinaryIO) -> None:
    """Text of any encoding that keeps ASCII; nothing that a browser or a shell would run."""
    text = content.read()
    if ACTIVE.match(text):
        raise FileRefused(_("The file holds a program or a web page, not plain text."))
    if CONTROLS.search(text):
        raise mislabelled()


def check_mail(content: BinaryIO) -> None:
    """A mail as mail programs save it: it begins with headers, the sender among them."""
    head = content.read(HEAD)
    ends = [place for end in (b"\r\n\r\n", b"\n\n") if (place := head.find(end)) >= 0]
    headers = head[: min(ends, default=len(head))]
    if not HEADER.match(headers) or CONTROLS.search(headers):
        raise mislabelled()
    if not all(re.search(pattern, headers) for pattern in NEEDED):
        raise mislabelled()
