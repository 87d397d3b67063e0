"""Hosts and origins as they stand in headers: read strictly, or not at all.

Whatever a header holds, the answer is a value or None; nothing here raises.
"""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

_HOST = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})))"
    r"(?::(?P<port>[0-9]{1,5}))?",
    re.ASCII,
)
_PORTS = {"http": 80, "https": 443}

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


class Authority(NamedTuple):
    """A host, in lower case and an IPv6 address in its shortest form, and a port if one is told."""

    host: str
    port: int | None


class Origin(NamedTuple):
    """Of a browser's page (RFC 6454); the port is always known."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def authority(text: str) -> Authority | None:
    """What a Host header names; None where that is no host.

    >>> authority("[0:0:0:0:0:0:0:1]:8321")
    Authority(host='::1', port=8321)
    """
    found = _HOST.fullmatch(text)
    if found is None:
        return None
    port = None if found["port"] is None else int(found["port"])
    if port is not None and not 0 < port < 65536:
        return None
    if found["six"] is not None:
        address = ip_address(found["six"])
        return Authority(str(address), port) if address and address.version == 6 else None
    return Authority(found["name"].lower().removesuffix("."), port)


def origin(text: str) -> Origin | None:
    """What an Origin header names; None for `null` and all that is no origin.

    >>> origin("HTTPS://Example.com")
    Origin(scheme='https', host='example.com', port=443)
    """
    scheme, slashes, rest = text.partition("://")
    scheme = scheme.lower()
    if scheme not in _PORTS or not slashes:
        return None
    found = authority(rest)
    if found is None:
        return None
    return Origin(scheme, found.host, found.port or _PORTS[scheme])


def origin_of(scheme: str, host: Authority) -> Origin:
    """The origin of pages that come from this host by `scheme` (http or https)."""
    return Origin(scheme, host.host, host.port or _PORTS[scheme])


def ip_address(text: str) -> IPAddress | None:
    """An address, IPv4 also where it is written as IPv6; None where it is none."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def is_loopback(text: str) -> bool:
    """Whether this is an address of the machine itself, or its name `localhost`."""
    found = ip_address(text.strip("[]"))
    return text.lower() == "localhost" or (found is not None and found.is_loopback)
