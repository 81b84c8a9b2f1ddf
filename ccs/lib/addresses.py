"""From which network address a request comes, behind a known number of proxies."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address of the client, or an empty text where there is none (a test, a socket).

    SECURITY: `X-Forwarded-For` is written by whoever sends the request; only the entries that our
    own proxies appended can be believed. `TRUSTED_PROXY_COUNT` says how many those are: with 0
    the header is ignored, and with a header shorter than that the connection's address counts.
    """
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    count = settings.TRUSTED_PROXY_COUNT
    if count and len(forwarded) >= count and (address := _valid(forwarded[-count])):
        return address
    return _valid(request.META.get("REMOTE_ADDR", ""))


def _valid(text: str) -> str:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
