"""T33: with every cache on, nobody is answered what was made for another person or language."""

import re

import pytest
from django.utils import timezone

from kpis import engine
from tests.pages.conftest import signed_in
from tests.trust.marked import Marked, numbers_in
from tests.trust.routes import every_address
from tests.trust.test_leaks import text_of

pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.full]
LANGUAGE = re.compile(r'<html lang="([^"]+)"')
NO_READING = ("/accounts/logout/", "/i18n/setlang/")


@pytest.fixture
def readers():
    """Two people with the same roles, a portfolio each; `hidden` holds what each must not see."""
    one, other = (signed_in("brm", "service_owner") for _reader in range(2))
    marked = Marked(one.user)
    for record in marked.foreign.values():
        for field in ("manager", "owner", "sponsor"):
            if hasattr(record, field):
                setattr(record, field, other.user)
        record.save()
    engine.run(trigger="test", judged_at=timezone.now())
    for client in (one, other):
        client.hidden = marked.hidden_from(client.user)
        assert client.hidden
    return marked, one, other


def fault(client, address: str, language: str) -> str:
    """What is wrong with the reply, if anything."""
    client.cookies["django_language"] = language
    text = text_of(client.get(address))
    if foreign := numbers_in(text) & client.hidden:
        return f"{address}: marks {foreign}"
    shown = LANGUAGE.search(text)
    return f"{address}: {shown[1]}" if shown and shown[1].lower() != language else ""


def test_two_people_in_two_languages_read_every_address_in_turn(readers):
    marked, one, other = readers
    addresses = [*every_address(marked.own), *every_address(marked.foreign)]
    turns = [(one, "en"), (other, "zh-hans"), (one, "zh-hans"), (other, "en")]
    wrong, replies = [], 0
    for address in dict.fromkeys(addresses):
        if address not in NO_READING:
            wrong += [fault(client, address, language) for client, language in turns]
            replies += len(turns)
    wrong = [one for one in wrong if one]
    print(f"T33: {len(wrong)} mixed up in {replies} replies")  # noqa: T201
    assert wrong == []
