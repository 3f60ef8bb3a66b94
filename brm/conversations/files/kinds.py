"""The kinds of files that may be attached, by the ending of their names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from . import archives, pictures, texts


@dataclass(frozen=True)
class Kind:
    """`check` reads the content and raises FileRefused where it is not what the ending says."""

    check: Callable[[BinaryIO], None]
    content_type: str
    icon: str = "file-text"


OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."
KINDS: dict[str, Kind] = {
    "pdf": Kind(texts.check_pdf, "application/pdf"),
    "png": Kind(pictures.check_png, "image/png", "image"),
    "jpg": Kind(pictures.check_jpeg, "image/jpeg", "image"),
    "jpeg": Kind(pictures.check_jpeg, "image/jpeg", "image"),
    "gif": Kind(pictures.check_gif, "image/gif", "image"),
    "webp": Kind(pictures.check_webp, "image/webp", "image"),
    "txt": Kind(texts.check_text, "text/plain"),
    "csv": Kind(texts.check_text, "text/csv", "table"),
    "md": Kind(texts.check_text, "text/markdown"),
    "eml": Kind(texts.check_mail, "message/rfc822", "mail"),
    "docx": Kind(archives.check_docx, f"{OFFICE}wordprocessingml.document"),
    "xlsx": Kind(archives.check_xlsx, f"{OFFICE}spreadsheetml.sheet", "table"),
    "pptx": Kind(archives.check_pptx, f"{OFFICE}presentationml.presentation", "presentation"),
    "odt": Kind(archives.check_odt, f"{OPEN}text"),
    "ods": Kind(archives.check_ods, f"{OPEN}spreadsheet", "table"),
    "zip": Kind(archives.check_zip, "application/zip", "file-archive"),
}
