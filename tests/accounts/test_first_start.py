"""The first start without demo data: only who reads the console becomes the administrator."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from brm.core.models import User
from brm.people.first_start import new_code
from brm.people.models import SetupCode
from tests.accounts.conftest import is_signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
URL = "/setup/"
DATA = {
    "time_zone": "Europe/Berlin",
    "base_currency": "CHF",
    "name": "Grace Hopper",
    "email": "grace@example.org",
    "username": "grace",
    "password": "compilers are my thing 1952",
}


@pytest.fixture(autouse=True)
def installation(settings, tmp_path):
    """A fresh folder, nothing given by the environment."""
    settings.VAR_DIR, settings.GIVEN = tmp_path, frozenset()
    return tmp_path


def test_the_right_code_makes_the_administrator_and_leads_to_the_import(client, installation):
    response = client.post(URL, DATA | {"code": new_code()})
    assert (response.status_code, response.url) == (302, "/imports/new/")
    grace = User.objects.get()
    assert grace.role_keys == {"administrator"}
    assert grace.check_password(DATA["password"])
    assert is_signed_in(client)
    values = (installation / "organisation").read_text().splitlines()
    assert sorted(values) == ["BRM_BASE_CURRENCY=CHF", "BRM_TIME_ZONE=Europe/Berlin"]
    assert client.get(response.url).status_code == 200


def test_a_fresh_product_leads_to_the_set_up(client):
    assert client.get("/accounts/login/").url == URL
    assert client.get(URL).status_code == 200


def test_the_set_up_is_gone_once_there_is_a_user(client):
    code = new_code()
    UserFactory()
    assert client.get(URL).status_code == 404
    assert client.post(URL, DATA | {"code": code}).status_code == 404
    assert User.objects.count() == 1


def test_a_stranger_does_not_guess_the_code(client):
    code = new_code()
    answers = [
        client.post(URL, DATA | {"code": guess}).status_code
        for guess in ("", "x", "AAAAA-AAAAA-AAAAA-AAAAA", code[:-1], code + "A", "%00")
    ]
    assert set(answers) == {422}
    assert not User.objects.exists()


def test_wrong_codes_are_limited(client):
    code = new_code()
    for _ in range(5):
        client.post(URL, DATA | {"code": "wrong"})
    response = client.post(URL, DATA | {"code": code})
    assert "Too many wrong codes" in response.content.decode()
    assert not User.objects.exists()


def test_a_code_is_stored_as_a_hash_and_works_once(client):
    code = new_code()
    assert code.replace("-", "") not in SetupCode.objects.get().code_hash.upper()
    client.post(URL, DATA | {"code": code.lower().replace("-", " ")})
    assert User.objects.count() == 1
    User.objects.all().delete()
    assert Client().post(URL, DATA | {"code": code}).status_code == 422


def test_a_newer_code_makes_the_older_one_void(client):
    old = new_code()
    new_code()
    assert client.post(URL, DATA | {"code": old}).status_code == 422


def test_a_weak_password_costs_no_code(client):
    code = new_code()
    assert client.post(URL, DATA | {"code": code, "password": "short"}).status_code == 422
    assert client.post(URL, DATA | {"code": code}).status_code == 302


def test_what_the_environment_gives_wins_and_is_shown_as_such(client, settings, installation):
    settings.GIVEN = frozenset({"BRM_TIME_ZONE"})
    page = client.get(URL).content.decode()
    assert "Given by BRM_TIME_ZONE in the environment." in page
    client.post(URL, DATA | {"code": new_code()})
    assert (installation / "organisation").read_text() == "BRM_BASE_CURRENCY=CHF\n"


def test_processes_read_what_was_set_up_and_the_environment_wins(tmp_path):
    (tmp_path / "organisation").write_text("BRM_TIME_ZONE=Europe/Berlin\nBRM_BASE_CURRENCY=CHF\n")
    show = "import brm.settings as s; print(s.TIME_ZONE, s.BRM.base_currency)"
    env = {"PATH": os.environ["PATH"], "BRM_VAR_DIR": str(tmp_path), "BRM_BASE_CURRENCY": "USD"}
    done = subprocess.run(
        [sys.executable, "-c", show], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout == "Europe/Berlin USD\n"


def test_the_console_prints_address_and_code(client):
    said = StringIO()
    call_command("setup_code", site="http://localhost:9000", stdout=said)
    address, code = re.fullmatch(
        r"first start: (\S+) with the code (\S+)\n", said.getvalue()
    ).groups()
    assert address == "http://localhost:9000/setup/"
    assert client.post(URL, DATA | {"code": code}).status_code == 302


def test_the_console_prints_none_when_there_are_users():
    UserFactory()
    with pytest.raises(CommandError, match="users already"):
        call_command("setup_code")
