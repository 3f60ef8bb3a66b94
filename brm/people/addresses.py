"""Where a request comes from."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

IPV6_NETWORK = 64  # bits: what a provider gives to one household or office


def client_address(request: HttpRequest) -> str | None:
    """The client's address; X-Forwarded-For counts as far as BRM_TRUSTED_PROXIES says.

    Each trusted proxy appends the address it was called from, so that the client's is the n-th from
    the end; whatever stands before it was written by the client himself and is ignored.
    """
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    trusted = settings.TRUSTED_PROXIES
    named = forwarded[-trusted] if 0 < trusted <= len(forwarded) else ""
    return parsed(named) or parsed(request.META.get("REMOTE_ADDR", ""))


def parsed(text: str) -> str | None:
    """The address in its usual form, without a zone; None when it is none."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def network_of(address: str) -> str:
    """What counts as one sender: an IPv4 address, or the /64 an IPv6 address is in."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/{IPV6_NETWORK}", strict=False))
