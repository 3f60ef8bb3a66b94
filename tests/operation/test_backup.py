"""F24: backups made while others write are whole, and restore proves it."""

import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from brm.operation import archive, copies
from brm.operation.archive import BadBackup
from brm.people.models import Session
from customers.models import Customer
from tests.factories import AgreementFactory, CustomerFactory, UserFactory
from tests.web_server import database_url

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
COUNT_CUSTOMERS = "SELECT count(*) FROM customers_customer"
COUNT_VERSIONS = "SELECT count(*) FROM customers_historicalcustomer"
COUNT_SESSIONS = "SELECT count(*) FROM people_session"


class Elsewhere:
    """Another installation with an empty database of the same kind."""

    def __init__(self, home):
        self.var = home / "elsewhere"
        self.name = f"elsewhere_{os.getpid()}_{time.monotonic_ns()}"
        if connection.vendor == "sqlite":
            self.url = f"sqlite:///{self.var}/brm.sqlite3"
        else:
            self.sql(f"CREATE DATABASE {self.name}")
            self.url = database_url().rpartition("/")[0] + f"/{self.name}"

    @staticmethod
    def sql(statement):
        """A statement about databases, outside of any transaction."""
        with connection.cursor() as cursor:
            cursor.execute(statement)

    def manage(self, *arguments):
        """Run manage.py there; returns its exit code and what it said."""
        env = {**os.environ, "DATABASE_URL": self.url, "BRM_VAR_DIR": str(self.var)}
        done = subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def count(self, statement):
        """The number a SELECT there answers."""
        if connection.vendor == "sqlite":
            opened = sqlite3.connect(self.var / "brm.sqlite3")
        else:
            params = connection.get_connection_params() | {"dbname": self.name}
            opened = psycopg2.connect(
                **{key: params[key] for key in ("dbname", "user", "host", "port") if key in params}
            )
        with closing(opened), closing(opened.cursor()) as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]

    def drop(self):
        if connection.vendor != "sqlite":
            self.sql(f"DROP DATABASE {self.name} WITH (FORCE)")


@pytest.fixture
def elsewhere(tmp_path):
    other = Elsewhere(tmp_path)
    yield other
    other.drop()


@pytest.fixture
def uploads(settings, tmp_path):
    """Two uploads, one with a name of its own."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    (settings.MEDIA_ROOT / "2026").mkdir(parents=True)
    (settings.MEDIA_ROOT / "2026" / "报告.pdf").write_bytes(b"%PDF-1.7")
    (settings.MEDIA_ROOT / "empty").write_bytes(b"")
    return settings.MEDIA_ROOT


class Writer(threading.Thread):
    """Makes customers until told to stop; `made` is how many were committed."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stopping, self.made = threading.Event(), 0

    def run(self):
        try:
            while not self.stopping.is_set():
                CustomerFactory()
                self.made += 1
        finally:
            connections.close_all()

    def stop(self):
        self.stopping.set()
        self.join()


def back_up_and_restore(folder, elsewhere):
    """A backup among writers, restored elsewhere; asserts that nothing committed is missing."""
    already = Customer.objects.count()
    writers = [Writer() for _ in range(2)]
    for writer in writers:
        writer.start()
    while not all(writer.made for writer in writers):
        time.sleep(0.01)
    before = sum(writer.made for writer in writers)
    manifest = copies.back_up(folder / "backup.tar", now=NOW)
    after = sum(writer.made for writer in writers) + len(writers)
    for writer in writers:
        writer.stop()
    code, said = elsewhere.manage("restore", folder / "backup.tar")
    assert code == 0, said
    customers = elsewhere.count(COUNT_CUSTOMERS)
    assert before <= customers - already <= after
    assert customers == elsewhere.count(COUNT_VERSIONS)
    assert manifest.tables["customers_customer"][0] == customers
    return customers


def test_a_backup_among_writers_is_whole(tmp_path, elsewhere, uploads):
    AgreementFactory()
    Session.objects.create(
        pk="k" * 32, user=UserFactory(), expire_date=NOW, created_at=NOW, last_seen_at=NOW
    )
    back_up_and_restore(tmp_path, elsewhere)
    there = elsewhere.var / "uploads"
    assert (there / "2026" / "报告.pdf").read_bytes() == b"%PDF-1.7"
    assert (there / "empty").read_bytes() == b""
    assert elsewhere.count("SELECT count(*) FROM customers_agreement") == 1
    assert elsewhere.count(COUNT_SESSIONS) == 0
    mode = (tmp_path / "backup.tar").stat().st_mode & 0o777
    assert mode == 0o600

    code, said = elsewhere.manage("restore", tmp_path / "backup.tar")
    assert (code, "Say --replace" in said) == (1, True)
    code, said = elsewhere.manage("restore", tmp_path / "backup.tar", "--replace")
    assert code == 0, said
    assert list(elsewhere.var.glob("uploads.before-*"))


@pytest.mark.full
def test_twenty_backups_among_writers_are_whole(tmp_path):
    """F24: 20 of 20 restores complete."""
    restored = []
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        elsewhere = Elsewhere(folder)
        restored.append(back_up_and_restore(folder, elsewhere))
        elsewhere.drop()
    print("customers restored:", restored)  # noqa: T201
    assert len(restored) == 20


def test_the_command_says_what_it_copied(tmp_path, uploads, capsys):
    CustomerFactory()
    call_command("backup", tmp_path / "b.tar")
    said = capsys.readouterr().out
    assert ", 2 uploads, " in said
    with tarfile.open(tmp_path / "b.tar") as whole:
        manifest = json.load(whole.extractfile("manifest.json"))
    assert manifest["tables"]["customers_customer"][0] == 1
    assert f": {sum(count for count, _ in manifest['tables'].values())} rows in " in said


def test_a_backup_never_replaces_another_file(tmp_path):
    (tmp_path / "b.tar").write_text("precious")
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", tmp_path / "b.tar")
    assert (tmp_path / "b.tar").read_text() == "precious"


def test_a_backup_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_arguments):
        raise OSError("No space left on device")

    monkeypatch.setattr(copies, "pack", fail)
    with pytest.raises(CommandError, match="No space"):
        call_command("backup", tmp_path / "b.tar")
    assert list(tmp_path.iterdir()) == []


# --- Damage: found before anything is touched ----------------------------------------------------


@pytest.fixture
def backup(tmp_path, uploads):
    copies.back_up(tmp_path / "good.tar", now=NOW)
    return tmp_path / "good.tar"


def rewritten(backup, change):
    """The backup with its members changed by `change(name, bytes)` (None: left out)."""
    bad = backup.with_name("bad.tar")
    with tarfile.open(backup) as old, tarfile.open(bad, "w") as new:
        for entry in old:
            data = change(entry.name, old.extractfile(entry).read())
            if data is not None:
                path = backup.with_name("member")
                path.write_bytes(data)
                new.add(path, arcname=entry.name)
    return bad


def flipped(name, data):
    return data[:-1] + bytes([data[-1] ^ 1]) if name.startswith("database") else data


def without_uploads(name, data):
    return None if name.startswith("uploads/") else data


def without_manifest(name, data):
    return None if name == "manifest.json" else data


def newer(name, data):
    if name != "manifest.json":
        return data
    manifest = json.loads(data)
    return json.dumps(manifest | {"migrations": ["customers.9999_future"]}).encode()


def foreign(name, data):
    if name != "manifest.json":
        return data
    return json.dumps(json.loads(data) | {"engine": "oracle"}).encode()


@pytest.mark.parametrize("change", [flipped, without_uploads, without_manifest, newer, foreign])
def test_a_damaged_or_foreign_backup_is_refused(backup, settings, tmp_path, change):
    settings.VAR_DIR = tmp_path / "var"
    CustomerFactory()
    with pytest.raises(BadBackup):
        copies.restore(rewritten(backup, change), replace=True, now=NOW)
    assert Customer.objects.count() == 1
    assert (tmp_path / "uploads" / "empty").exists()


@pytest.mark.parametrize("member", [None, "database", "uploads/", "manifest.json"])
def test_a_cut_backup_is_refused(backup, settings, tmp_path, member):
    settings.VAR_DIR = tmp_path / "var"
    cut = backup.with_name("cut.tar")
    copyfile(backup, cut)
    with tarfile.open(backup) as whole:
        ends = {entry.name: entry.offset_data + entry.size for entry in whole}
    cuts = [end - 1 for name, end in ends.items() if member and name.startswith(member)]
    os.truncate(cut, max(cuts, default=0))
    with pytest.raises(BadBackup):
        copies.restore(cut, replace=True, now=NOW)


def test_a_member_that_leaves_its_folder_is_refused(tmp_path):
    bad = tmp_path / "bad.tar"
    (tmp_path / "x").write_text("x")
    with tarfile.open(bad, "w") as new:
        new.add(tmp_path / "x", arcname="../outside")
    (tmp_path / "in").mkdir()
    with pytest.raises(BadBackup):
        archive.unpack(bad, tmp_path / "in")
    assert not (tmp_path / "outside").exists()


def test_nothing_is_restored_under_a_running_product(backup, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    with copies.stopped_product(), pytest.raises(BadBackup, match="Stop it first"):
        copies.restore(backup, replace=True, now=NOW)
