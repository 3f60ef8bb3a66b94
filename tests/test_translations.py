"""Every text is translated; placeholders survive the translation."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from brm.core import translations

pytestmark = pytest.mark.once
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]")
ROOT = Path(settings.BASE_DIR)
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


@pytest.fixture(scope="module")
def found():
    return translations.texts(ROOT)


@pytest.fixture(scope="module")
def chinese():
    return translations.read(CATALOGUE, "zh_Hans")


def test_texts_are_found_in_code_and_templates(found):
    assert len(found) > 300
    assert {"Skip to content", "Waiting for the customer"} <= {str(m.id) for m in found}


def test_no_text_lacks_its_chinese_translation(found, chinese):
    assert translations.untranslated(chinese, found) == []


def test_the_catalogue_holds_no_text_that_is_gone(found, chinese):
    gone = translations.without_places(chinese) - translations.without_places(found)
    assert gone == set()


def test_placeholders_survive_the_translation(chinese):
    for message in chinese:
        ids = message.id if isinstance(message.id, tuple | list) else [message.id]
        strings = message.string if isinstance(message.string, tuple | list) else [message.string]
        wanted = set(PLACEHOLDER.findall(str(ids[-1])))
        for string in strings:
            if message.id:
                assert set(PLACEHOLDER.findall(string)) == wanted, message.id


def test_a_missing_an_empty_and_a_fuzzy_translation_are_found(found):
    catalog = translations.Catalog(locale="zh_Hans", fuzzy=False)
    catalog.add("Skip to content", "跳到内容", flags=["fuzzy"])
    catalog.add("Search", "")
    lacking = translations.untranslated(catalog, found)
    assert {"Skip to content", "Search", "Sign in"} <= set(lacking)
