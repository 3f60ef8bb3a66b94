"""Texts cut into the pieces an index finds them by.

A trigram index alone is blind to one and two characters, which in Chinese are whole words. So a
run of Chinese (Japanese, Korean) is cut into single characters and pairs, any other word into
triples and its first one and two letters. The initials of Chinese words ("khgx" for 客户关系) are
words too, with all their pairs.
"""

import unicodedata
from functools import lru_cache
from itertools import groupby

IDEOGRAPHS = (
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def plain(text: str) -> str:
    """A text as it is compared: no case, no accents, no difference of width, single blanks."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(unicodedata.normalize("NFKC", bare).replace("\x00", "").split())


def is_ideograph(character: str) -> bool:
    """Whether a character is written without blanks between words."""
    return any(first <= ord(character) <= last for first, last in IDEOGRAPHS)


def runs(text: str) -> list[tuple[bool, str]]:
    """The words of a plain text: (whether ideographs, word)."""

    def kind(character: str) -> str:
        if is_ideograph(character):
            return "ideographs"
        return "letters" if character.isalnum() else ""

    return [(name == "ideographs", "".join(part)) for name, part in groupby(text, kind) if name]


def document_grams(text: str, initials: str = "") -> str:
    """All pieces of a document and of the initials of its words, separated by blanks."""
    found: set[str] = set()
    for ideographs, word in runs(text):
        if ideographs:
            found |= {*word, *_pieces(word, 2)}
        else:
            found |= {word[0], word[:2], *_pieces(word, 3)}
    for word in initials.split():
        found |= {word[0], *_pieces(word, 2), *_pieces(word, 3)}
    return " ".join(sorted(found))


def query_grams(term: str) -> list[str]:
    """The pieces a document must have to hold a term; empty when the term holds no letter."""
    found: set[str] = set()
    for ideographs, word in runs(term):
        size = 2 if ideographs else 3
        found |= {*_pieces(word, size)} if len(word) >= size else {word}
    return sorted(found)


def _pieces(word: str, size: int) -> list[str]:
    return [word[at : at + size] for at in range(len(word) - size + 1)]


@lru_cache(maxsize=2048)
def initials(text: str) -> str:
    """The initials of the Chinese words of a plain text: "khgx" for 客户关系."""
    if not any(is_ideograph(c) for c in text):
        return ""
    # Its tables are large: only a process that meets Chinese loads them.
    from pypinyin import Style, lazy_pinyin

    found = [
        "".join(lazy_pinyin(word, style=Style.FIRST_LETTER, errors="ignore"))
        for ideographs, word in runs(text)
        if ideographs
    ]
    return " ".join(dict.fromkeys(word for word in found if word))
