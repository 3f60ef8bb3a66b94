"""Files from strangers: which are let in, and where they lie."""

from .checking import LARGEST, FileRefused, checked_name, look_into
from .kinds import KINDS, Kind

__all__ = ["KINDS", "LARGEST", "FileRefused", "Kind", "checked_name", "look_into"]
