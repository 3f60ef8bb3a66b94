"""Which addresses a webhook may reach: public ones, and those the installation allows.

The table is our own: what `ipaddress` calls private or global differs between Python's releases,
and it calls carrier-grade NAT not private, and multicast, NAT64 and 6to4 global.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Sources: the IANA registries of special-purpose addresses, IPv4 and IPv6.
NOT_PUBLIC_4 = [
    ipaddress.IPv4Network(text)
    for text in [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    ]
]
# Everything public in IPv6 lies in here, but for what follows: Teredo and other protocols,
# documentation, 6to4, which carry or name IPv4 addresses.
PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
NOT_PUBLIC_6 = [
    ipaddress.IPv6Network(text)
    for text in ["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"]
]


class Refused(Exception):
    """A webhook may not be sent there; the message says why."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_4)
    if address.scope_id is not None or address not in PUBLIC_6:
        return False
    return not any(address in network for network in NOT_PUBLIC_6)


def is_allowed(address: Address) -> bool:
    """Whether a webhook may be sent to an address."""
    return is_public(address) or is_inside(address)


def is_inside(address: Address) -> bool:
    """Whether the installation named the address's network in BRM_WEBHOOK_ALLOW."""
    networks = [n for n in settings.WEBHOOK_ALLOWED if n.version == address.version]
    return any(address in network for network in networks)


def parts_of(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path of an address; raises Refused for one that is none of ours."""
    try:
        split = urlsplit(url)
        port = split.port or (443 if split.scheme == "https" else 80)
    except ValueError:
        raise Refused(_("This is no address.")) from None
    if split.scheme not in ("https", "http") or not split.hostname:
        raise Refused(_("The address must begin with https://."))
    if split.username is not None or split.password is not None or split.fragment:
        raise Refused(_("The address must hold no name, no password and no fragment."))
    if not url.isascii() or not url.isprintable() or " " in url:
        raise Refused(_("The address must be plain ASCII."))
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return split.scheme, split.hostname, port, path


def resolve(host: str, port: int, scheme: str) -> list[Address]:
    """The addresses of a host, in order; raises Refused when one of them may not be reached.

    Plain http goes to networks of BRM_WEBHOOK_ALLOW only.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused(_("The host “%(host)s” is not known.") % {"host": host}) from None
    addresses = list(dict.fromkeys(ipaddress.ip_address(entry[4][0]) for entry in found))
    if not addresses or not all(is_allowed(address) for address in addresses):
        raise Refused(_("Webhooks are not sent to private or special addresses."))
    if scheme == "http" and not all(is_inside(address) for address in addresses):
        raise Refused(_("The address must begin with https://."))
    return addresses


def check_url(url: str) -> None:
    """Raise ValidationError for an address that webhooks may not be sent to."""
    try:
        scheme, host, port, _path = parts_of(url)
        resolve(host, port, scheme)
    except Refused as error:
        raise ValidationError(str(error)) from None
