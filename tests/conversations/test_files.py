"""What is let in as an attachment, and what becomes of files on the disk (T19)."""

import hashlib
import io
import os
import resource
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from brm.audit.models import AuditEntry
from brm.conversations import actions
from brm.conversations.files import FileRefused, checked_name, look_into
from brm.conversations.files.storage import KEPT, YOUNG, sweep
from brm.conversations.models import Attachment
from brm.conversations.tasks import tidy
from brm.operation import copies

from .conftest import client_of, on_disk
from .making_files import HONEST, HOSTILE, zipped

NOW = datetime(2025, 3, 10, 9, tzinfo=UTC)


def looked_into(name, content):
    return look_into(io.BytesIO(content), checked_name(name), len(content))


@pytest.mark.once
@pytest.mark.parametrize("name", HONEST)
def test_honest_files_are_let_in(name):
    assert looked_into(name, HONEST[name]) == name.rpartition(".")[2].lower()


@pytest.mark.once
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused(case):
    name, content = HOSTILE[case]
    with pytest.raises(FileRefused):
        looked_into(name, content)


@pytest.mark.once
def test_hostile_files_are_refused_quickly_and_in_little_memory():
    assert len(HOSTILE) >= 20
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    for name, content in HOSTILE.values():
        with pytest.raises(FileRefused):
            looked_into(name, content)
    assert time.monotonic() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


@pytest.mark.once
@pytest.mark.parametrize("name", [n for n in HONEST if not n.endswith((".txt", ".csv", ".md"))])
def test_what_is_cut_anywhere_is_let_in_or_refused_and_never_breaks(name):
    content = HONEST[name]
    for end in range(0, len(content), max(1, len(content) // 40)):
        try:
            looked_into(name, content[:end])
        except FileRefused:
            continue


@pytest.mark.once
@given(st.binary(max_size=300), st.sampled_from(sorted(HONEST)))
def test_no_content_breaks_the_check(noise, name):
    """Noise after a true beginning: an answer, whatever it is, and no other exception."""
    for content in (noise, HONEST[name][:40] + noise, noise + HONEST[name][-60:]):
        try:
            looked_into(name, content)
        except FileRefused:
            continue


@pytest.mark.once
@pytest.mark.parametrize(
    "name",
    [
        "a\u202egpj.pdf",
        "a\x00.pdf",
        "a\nb.pdf",
        "../a.pdf",
        "..\\a.pdf",
        "C:a.pdf",
        "x" * 150 + ".pdf",
        "   .pdf",
        "..pdf",
        "",
        "a.pdf\u200b",
        "\ud800.pdf",
    ],
)
def test_names_that_deceive_are_refused(name):
    with pytest.raises((FileRefused, UnicodeEncodeError)):
        checked_name(name)


@pytest.mark.once
def test_a_name_is_kept_in_its_normal_form():
    assert checked_name(" Ärger.pdf ".replace("Ä", "A\u0308")) == "Ärger.pdf"
    assert checked_name("合同 2025 (v2).pdf") == "合同 2025 (v2).pdf"


# --- On the disk ---------------------------------------------------------------------------------


def attached(record, by, name="minutes.pdf", content=None):
    content = HONEST["minutes.pdf"] if content is None else content
    return actions.attach(record, io.BytesIO(content), name, len(content), by=by, now=NOW)


def test_a_file_lies_under_a_random_name_that_only_the_product_reads(lead, complaint, files):
    attachment = attached(complaint, lead)
    (path,) = on_disk(files)
    assert path == attachment.path
    assert path.read_bytes() == HONEST["minutes.pdf"]
    assert path.stat().st_mode & 0o777 == 0o640
    assert len(path.name) == 32
    assert "minutes" not in str(path)
    assert attachment.sha256 == hashlib.sha256(HONEST["minutes.pdf"]).hexdigest()


def test_a_rolled_back_upload_leaves_no_file(lead, complaint, files, monkeypatch):
    def fail(*_arguments, **_options):
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(actions.following, "follow_by_itself", fail)
    with pytest.raises(RuntimeError):
        attached(complaint, lead)
    assert on_disk(files) == []
    assert Attachment.everything.count() == 0


def test_a_refused_file_leaves_nothing(lead, complaint, files):
    client = client_of(lead)
    address = f"/conversations/complaints/{complaint.pk}/files/"
    for name, content in HOSTILE.values():
        reply = client.post(address, {"file": SimpleUploadedFile(name, content)})
        assert reply.status_code == 422, name
    assert on_disk(files) == []
    assert Attachment.everything.count() == 0


def old(path, now):
    at = (now - YOUNG - timedelta(minutes=1)).timestamp()
    os.utime(path, (at, at))


def test_the_sweep_removes_orphans_and_what_was_deleted_long_ago(lead, complaint, files):
    now = datetime.now(UTC)
    kept, deleted, gone = (attached(complaint, lead) for _ in range(3))
    orphan = files / "ab" / ("ab" + "0" * 30)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"left by a dead worker")
    young = files / "ab" / ("ab" + "1" * 30)
    young.write_bytes(b"its row is on its way")
    for path in (kept.path, deleted.path, gone.path, orphan):
        old(path, now)
    for attachment in (deleted, gone):
        actions.take_back(attachment)
    gone.deleted_at = now - KEPT - timedelta(days=1)
    gone.save()
    assert sweep(now) == 2
    assert on_disk(files) == sorted([kept.path, deleted.path, young])
    tidy()
    assert len(on_disk(files)) == 3


def test_the_sweep_takes_as_many_statements_for_many_files(
    lead, complaint, django_assert_num_queries, files
):
    now = datetime.now(UTC)
    for number in (1, 8):
        for _ in range(number):
            old(attached(complaint, lead).path, now)
        with django_assert_num_queries(1):
            assert sweep(now) == 0


def test_a_record_takes_so_many_files_and_no_more(lead, complaint, monkeypatch, files):
    monkeypatch.setattr(actions, "MOST_FILES", 2)
    attached(complaint, lead), attached(complaint, lead)
    with pytest.raises(FileRefused, match="at most 2"):
        attached(complaint, lead)
    assert len(on_disk(files)) == 2


def test_each_write_of_a_file_is_audited(lead, complaint):
    attachment = attached(complaint, lead)
    actions.take_back(attachment)
    entries = AuditEntry.objects.filter(kind="attachments", object_id=attachment.pk)
    assert list(entries.order_by("pk").values_list("event", flat=True)) == ["created", "deleted"]
    assert attachment.history.count() == 2


# --- Over the web --------------------------------------------------------------------------------


def test_a_large_body_is_refused_unread(lead, complaint, files, monkeypatch):
    client = client_of(lead)
    monkeypatch.setattr("django.http.HttpRequest._load_post_and_files", lambda self: 1 / 0)
    for address in (f"/conversations/complaints/{complaint.pk}/files/", "/api/v1/attachments/"):
        reply = client.post(
            address, b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH="20000000"
        )
        assert reply.status_code == 413, address


def test_a_file_just_too_large_is_refused(lead, complaint, files):
    content = b"%PDF-1.7" + b" " * 9_999_993
    file = SimpleUploadedFile("a.pdf", content)
    reply = client_of(lead).post(f"/conversations/complaints/{complaint.pk}/files/", {"file": file})
    assert reply.status_code == 422
    assert "larger than 10 MB" in reply.content.decode()
    assert on_disk(files) == []


def test_an_upload_needs_its_csrf_token(lead, complaint, files):
    client = Client(enforce_csrf_checks=True)
    client.force_login(lead)
    address = f"/conversations/complaints/{complaint.pk}/files/"
    file = SimpleUploadedFile("a.pdf", HONEST["minutes.pdf"])
    assert client.post(address, {"file": file}).status_code == 403
    assert on_disk(files) == []


def test_a_file_is_served_so_that_no_browser_runs_it(lead, complaint):
    attachment = attached(complaint, lead, "合同.pdf")
    reply = client_of(lead).get(f"/attachments/{attachment.pk}/content/")
    assert b"".join(reply.streaming_content) == HONEST["minutes.pdf"]
    assert reply["Content-Type"] == "application/pdf"
    assert reply["Content-Disposition"].startswith("attachment; filename*=utf-8''%E5%90%88")
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert reply["Cache-Control"] == "private, no-store"


def test_a_file_that_is_gone_from_the_disk_is_not_found(lead, complaint):
    attachment = attached(complaint, lead)
    attachment.path.unlink()
    assert client_of(lead).get(f"/attachments/{attachment.pk}/content/").status_code == 404


def test_a_path_in_the_name_leads_nowhere(lead, complaint, files):
    file = SimpleUploadedFile("x.pdf", HONEST["minutes.pdf"])
    file._name = "../../../etc/evil.pdf"
    client_of(lead).post(f"/conversations/complaints/{complaint.pk}/files/", {"file": file})
    assert Attachment.objects.get().name == "evil.pdf"
    (path,) = on_disk(files)
    assert path.parent.parent == files


# --- Backup --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_backup_holds_the_files(lead, complaint, tmp_path, files):
    attachment = attached(complaint, lead, "all.zip", zipped({"a.txt": b"a"}))
    manifest = copies.back_up(tmp_path / "backup.tar", now=NOW)
    member = f"uploads/attachments/{attachment.stored_as[:2]}/{attachment.stored_as}"
    assert manifest.members[member] == attachment.sha256
    assert manifest.tables["conversations_attachment"][0] == 1
