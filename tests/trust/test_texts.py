"""T25: what people write is text to templates, formats and translations, wherever it is shown."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from brm.core import jobs
from brm.core.models import Job, User
from brm.notifications import mailing
from brm.notifications.kinds import Kind, Wording, register_kind
from brm.notifications.models import Notification
from brm.people import links
from brm.people.models import Purpose
from tests.factories import CustomerFactory, UserFactory
from tests.pages.conftest import signed_in
from tests.pages.forms import text_of

pytestmark = [pytest.mark.once, pytest.mark.django_db]
NOW = datetime(2025, 3, 12, 9, tzinfo=UTC)
TEXTS = [
    "{{7*7}}", "{{ request.user.password }}", "{% debug %}", "{% load log %}", "${7*7}", "#{7*7}",
    "{0.__class__}", "{person.password}", "%(password)s", "%s%n%d", "%", "{}", "<%= 7*7 %>",
    "{% include 'people/mail/reset.txt' %}", "$(id)", "`id`", "{{settings.SECRET_KEY}}",
]  # fmt: skip


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    from brm.notifications import kinds

    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    monkeypatch.setattr(jobs, "nudge", lambda job_id: None)


def of_import(text: str) -> dict:
    return {"file": text, "state": "done", "rows": 3, "refused": 0}


@pytest.mark.parametrize("text", TEXTS)
def test_a_mail_says_it_as_it_is(text):
    register_kind(Kind("test", text, text, lambda data: Wording(data["text"], data["text"])))
    user = UserFactory(name=text, email="mei@example.org")
    for kind, data in (("test", {"text": text}), ("import", of_import(text))):
        told = Notification(recipient=user, kind=kind, key="1", data=data, created_at=NOW)
        told.pk = 1
        for language in ("en", "zh-hans"):
            user.language = language
            mail = mailing.compose(user, [told])
            assert text in mail.subject
            assert text in mail.body
            assert "49" not in mail.body
            assert "pbkdf2" not in str(mail.message())


@pytest.mark.parametrize("text", TEXTS)
def test_an_invitation_says_it_as_it_is(text, mailoutbox):
    user = User.objects.create_user("mei", "mei@example.org", "correct horse battery", name=text)
    links.send_later(user.pk, Purpose.INVITATION, by=None)
    jobs.run(Job.objects.get().pk)
    assert text in mailoutbox[0].body
    assert "correct horse" not in mailoutbox[0].body
    assert "md5$" not in mailoutbox[0].body


def test_pages_and_messages_say_it_as_it_is():
    client = signed_in("administrator")
    for text in TEXTS:
        client.user.name = text
        client.user.save()
        customer = CustomerFactory(name=text)
        for language in ("en", "zh-hans"):
            with translation.override(language):
                page = client.get(
                    customer.get_absolute_url(), headers={"Accept-Language": language}
                )
            assert text_of(page).count(text) >= 2, text  # the record's name and the user's own
        told = client.post(f"/customers/{customer.pk}/delete/", follow=True)
        assert text in text_of(told), text
