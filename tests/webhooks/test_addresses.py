"""No webhook reaches what is not public: by number, by name, by redirect or by a changed answer."""

import ipaddress
import socket

import pytest
from django.core.exceptions import ValidationError

from brm.webhooks import addresses, sending
from brm.webhooks.addresses import check_url, is_public

REFUSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200",
    "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.0.1", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.8", "192.0.0.9", "192.0.0.170",
    "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1",
    "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::",
    "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1",
    "ff02::1", "ff0e::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "192.0.1.1",
          "2606:4700::1111", "2a00:1450::1"]  # fmt: skip
ODD_HOSTS = [
    "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "localhost", "[::ffff:7f00:1]",
    "①②⑦.0.0.1", "localhost.", "[fe80::1%25lo]",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_special_addresses_are_refused(text):
    assert not is_public(ipaddress.ip_address(text))
    host = f"[{text}]" if ":" in text else text
    with pytest.raises(ValidationError):
        check_url(f"https://{host}/")
    assert sending.post(f"https://{host}/", {}, b"").error.startswith("refused")


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_allowed(text):
    assert is_public(ipaddress.ip_address(text))
    check_url(f"https://[{text}]/" if ":" in text else f"https://{text}/")


@pytest.mark.parametrize("host", ODD_HOSTS)
def test_odd_spellings_of_this_machine_are_refused(host):
    with pytest.raises(ValidationError):
        check_url(f"https://{host}/")
    assert sending.post(f"https://{host}/", {}, b"").status is None


@pytest.mark.parametrize(
    "url",
    ["ftp://8.8.8.8/", "file:///etc/passwd", "https://", "8.8.8.8", "https://u:p@8.8.8.8/",
     "https://u@8.8.8.8/", "https://8.8.8.8:99999/", "https://8.8.8.8/#x", "http://8.8.8.8/",
     "https://8.8.8.8/ x", "https://8.8.8.8/\r\nX: y", "gopher://8.8.8.8", "https://[::1", "",
     "https://nonexistent.invalid/"],
)  # fmt: skip
def test_odd_urls_are_refused(url):
    with pytest.raises(ValidationError):
        check_url(url)
    assert sending.post(url, {}, b"").status is None


def answers(monkeypatch, *texts):
    """Let the resolver answer with these addresses, one after the other."""
    left = list(texts)

    def resolve(host, port, **_options):
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, 0, 0, "", (text, port)) for text in found.split()]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", resolve)


def test_a_name_with_one_private_address_is_refused(monkeypatch):
    answers(monkeypatch, "8.8.8.8 10.0.0.1")
    with pytest.raises(ValidationError):
        check_url("https://example.com/")


def test_a_resolver_that_changes_its_answer_gains_nothing(monkeypatch):
    """Public when saved, private when sent: refused. Public once more: that very one is used."""
    answers(monkeypatch, "8.8.8.8", "127.0.0.1")
    check_url("https://example.com/")
    assert sending.post("https://example.com/", {}, b"").error.startswith("refused")
    connected = []

    def connect(address, timeout):
        connected.append(address)
        raise OSError("stop here")

    answers(monkeypatch, "8.8.8.8", "127.0.0.1")
    monkeypatch.setattr(sending.socket, "create_connection", connect)
    sending.post("https://example.com/", {}, b"")
    assert connected == [("8.8.8.8", 443)]


def test_an_allowed_network_may_be_plain_http(settings):
    settings.WEBHOOK_ALLOWED = [ipaddress.ip_network("10.0.0.0/8")]
    check_url("http://10.1.2.3/")
    check_url("https://10.1.2.3/")
    for url in ("http://192.168.0.1/", "https://127.0.0.1/"):
        with pytest.raises(ValidationError):
            check_url(url)


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    seen = []

    def connect(address, timeout):
        seen.append(address)
        raise OSError("stop here")

    monkeypatch.setattr(sending.socket, "create_connection", connect)
    sending.post("https://8.8.8.8/", {}, b"")
    assert seen == [("8.8.8.8", 443)]
