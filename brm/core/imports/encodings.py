"""A guess at the encoding of a text that is not UTF-8, for the message that refuses it."""

import codecs

BOMS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
EAST_ASIAN = ("gb18030", "big5", "shift_jis", "euc_kr")
COMMON_HAN = range(0x4E00, 0xA000)
KANA = range(0x3040, 0x3100)
HANGUL = range(0xAC00, 0xD7A4)


def likely_encoding(sample: bytes) -> str:
    """The name of the encoding that explains the sample best; empty when none does."""
    for mark, name in BOMS.items():
        if sample.startswith(mark):
            return name
    if sample.count(b"\0") > len(sample) // 8:
        return "UTF-16"
    if not _high_bytes_come_in_pairs(sample):
        return "Windows-1252" if _decoded(sample, "cp1252") is not None else ""
    scores = {name: _score(sample, name) for name in EAST_ASIAN}
    best = max(EAST_ASIAN, key=lambda name: scores[name])
    return best.upper() if scores[best] > 0 else ""


def _high_bytes_come_in_pairs(sample: bytes) -> bool:
    """Letters of western encodings stand alone among ASCII; East Asian ones come in runs."""
    high = [byte >= 0x80 for byte in sample]
    lone = sum(
        1
        for index, is_high in enumerate(high)
        if is_high
        and not (index and high[index - 1])
        and not (index + 1 < len(high) and high[index + 1])
    )
    return lone * 2 < sum(high)


def _decoded(sample: bytes, encoding: str) -> str | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(4):
        try:
            return decoder.decode(sample[start:])
        except UnicodeDecodeError:
            decoder.reset()
    return None


def _score(sample: bytes, encoding: str) -> float:
    """The share of plausible letters among those beyond ASCII; common Han counts for GB18030."""
    text = _decoded(sample, encoding)
    if text is None:
        return -1.0
    codes = [ord(letter) for letter in text if letter > "\x7f"]
    if not codes:
        return 0.0
    likely = sum(_weight(code, encoding) for code in codes)
    return likely / len(codes)


def _weight(code: int, encoding: str) -> float:
    if encoding == "shift_jis" and code in KANA:
        return 1.2
    if encoding == "euc_kr":
        return 1.1 if code in HANGUL else 0.0
    if code not in COMMON_HAN:
        return 0.3 if 0x3000 <= code < 0x3020 or 0xFF00 <= code < 0xFFF0 else 0.0
    letter = chr(code)
    try:
        first = letter.encode("gb2312")[0]
    except UnicodeEncodeError:
        return 0.4
    # The first level of GB 2312, rows 16 to 55, holds the characters in daily use.
    return 1.0 if 0xB0 <= first <= 0xD7 else 0.5
