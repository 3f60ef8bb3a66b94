"""`manage.py up`: one command runs the whole product and Ctrl-C ends all of it."""

import os
import signal
import sys
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from brm.core.management.commands import up
from brm.core.supervisor import FIRST_PAUSE, LONG_LIFE, LONGEST_PAUSE, Child
from tests.factories import CustomerFactory
from tests.product import Product, wait_for
from tests.servers import free_port

pytestmark = pytest.mark.once

STOP_SECONDS = 15


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    """The running product, shared by the tests of this module; the last of them stops it."""
    product = Product(tmp_path_factory.mktemp("a folder"))
    try:
        product.start()
        yield product
    finally:
        product.kill_everything()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
class TestTheRunningProduct:
    def test_all_parts_run(self, product):
        assert all(product.process_of(part) for part in ("web", "worker", "beat"))

    def test_it_answers_its_health_path(self, product):
        assert product.ask("/healthz") == (200, "ok")

    def test_the_database_is_ready(self, product):
        status, body = product.ask("/readyz")
        assert status == 200
        assert "broker" not in body

    def test_a_second_start_is_refused(self, product):
        said = product.again(free_port())
        assert said == "CommandError: The product already runs from this folder.\n"

    def test_a_used_port_is_named(self, product, tmp_path):
        other = Product(tmp_path)
        said = other.again(product.port)
        assert f"127.0.0.1:{product.port}: Address already in use." in said

    @pytest.mark.parametrize("part", ["worker", "web", "beat"])
    def test_a_dead_child_is_started_again(self, product, part):
        dead = product.process_of(part)
        os.kill(dead, signal.SIGKILL)
        wait_for(lambda: product.process_of(part) not in (0, dead), 20)
        wait_for(lambda: f"{part} ended (-9); starting it again" in product.log.read_text(), 20)

    def test_the_worker_does_not_complain_of_root(self, product):
        assert "superuser" not in product.log.read_text()

    def test_ctrl_c_leaves_nothing_behind(self, product):
        began = time.monotonic()
        product.process.send_signal(signal.SIGINT)
        assert product.process.wait(STOP_SECONDS) == 0
        assert time.monotonic() - began < STOP_SECONDS
        assert product.processes() == {}

    def test_leftovers_do_not_hinder_the_next_start(self, product):
        (product.home / "var" / "beat-schedule").write_bytes(b"not a schedule")
        (product.home / "var" / "beat-schedule.dat").write_bytes(b"nor this")
        product.start()
        assert product.ask("/healthz") == (200, "ok")
        wait_for(lambda: product.process_of("beat"), 10)

    def test_nothing_outlives_a_killed_supervisor(self, product):
        product.process.kill()
        product.process.wait()
        wait_for(lambda: not product.processes(), 30)


def test_a_child_that_keeps_dying_is_started_later_each_time(monkeypatch):
    now = 1000.0
    monkeypatch.setattr("brm.core.supervisor.time.monotonic", lambda: now)
    told = []
    child = Child("web", [sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ))
    pauses = []
    for _ in range(7):
        child.look_after(now, told.append)
        child.process.wait()
        child.look_after(now, told.append)
        assert child.process is None
        pauses.append(child.start_again_at - now)
        now = child.start_again_at
    assert pauses == [FIRST_PAUSE, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE]
    assert told[0] == "web ended (3); starting it again in 1 s"
    child.look_after(now, told.append)
    child.process.wait()
    child.look_after(now + LONG_LIFE + 1, told.append)
    assert child.start_again_at == now + LONG_LIFE + 1 + FIRST_PAUSE


def test_translations_are_compiled_without_gettext(tmp_path, settings, capsys):
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Customer"\nmsgstr "客户"\n\n'
        '#, fuzzy\nmsgid "Service"\nmsgstr "猜测"\n'
    )
    settings.LOCALE_PATHS = [tmp_path]
    call_command("compile_translations")
    compiled = (folder / "django.mo").read_bytes()
    assert "客户".encode() in compiled
    assert "猜测".encode() not in compiled
    assert "django.po" in capsys.readouterr().out
    call_command("compile_translations")
    assert capsys.readouterr().out == ""


class TestDemoData:
    """`up` makes the demo once in the life of a database."""

    @pytest.fixture
    def made(self, db, settings, tmp_path, monkeypatch):
        """One entry for each time the demo was made."""
        settings.VAR_DIR = tmp_path
        made = []
        monkeypatch.setattr(up, "call_command", lambda *_, **__: made.append(1))
        return made

    @staticmethod
    def start(*, is_new=False):
        up.Command(stdout=StringIO()).make_demo_data(is_new=is_new)

    def test_once(self, made):
        self.start(is_new=True)
        self.start()
        assert made == [1]

    def test_again_for_a_new_database(self, made):
        self.start(is_new=True)
        self.start(is_new=True)
        assert made == [1, 1]

    def test_never_among_customers_of_ones_own(self, made):
        CustomerFactory()
        self.start()
        assert made == []

    def test_again_where_it_was_interrupted(self, made, monkeypatch):
        def interrupt(*_, **__):
            CustomerFactory()
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(up, "call_command", interrupt)
            with pytest.raises(KeyboardInterrupt):
                self.start(is_new=True)
        self.start()
        self.start()
        assert made == [1]

    def test_a_refusal_does_not_stop_the_start(self, made, monkeypatch):
        def refuse(*_, **__):
            raise CommandError("taken")

        monkeypatch.setattr(up, "call_command", refuse)
        self.start()
