"""Texts cut into pieces: whatever a text holds is found by each of its parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brm.search.grams import document_grams, initials, plain, query_grams

TEXTS = st.text(st.sampled_from("abcXYZ09 -_é客户关系管理のß%"), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Müller\u3000GmbH ", "muller gmbh"),
        ("ＡＢＣ１２", "abc12"),
        ("Straße", "strasse"),
        ("客户\x00关系", "客户关系"),
        ("한국", "한국"),
    ],
)
def test_texts_are_compared_plain(text, expected):
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("客户关系", "khgx"), ("重庆银行 beijing 中国", "cqyh zg"), ("acme", ""), ("", "")],
)
def test_initials_of_chinese_words(text, expected):
    assert initials(text) == expected


@given(TEXTS, st.data())
def test_every_part_of_ideographs_and_three_letters_of_others_are_found(text, data):
    document = plain(text)
    if not document:
        return
    pieces = set(document_grams(document, initials(document)).split())
    begin = data.draw(st.integers(0, len(document) - 1))
    end = data.draw(st.integers(begin + 1, len(document)))
    for term in document[begin:end].split():
        wanted = [gram for gram in query_grams(term) if len(gram) > 2 or not gram.isascii()]
        assert set(wanted) <= pieces or not term.isascii()


def test_one_and_two_letters_are_found_at_the_beginning_of_a_word_and_anywhere_in_initials():
    pieces = set(document_grams("acme north", "khgx").split())
    found = {text: set(query_grams(text)) <= pieces for text in ("a", "ac", "no", "gx", "kh", "cm")}
    assert found == {"a": True, "ac": True, "no": True, "gx": True, "kh": True, "cm": False}


def test_one_and_two_ideographs_are_found_anywhere():
    pieces = set(document_grams("客户关系管理").split())
    for text in ("客", "系", "户关", "管理", "关系管理"):
        assert set(query_grams(text)) <= pieces
    assert not set(query_grams("理管")) <= pieces
