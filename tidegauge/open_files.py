"""The limit of open files of this process, as high as it may set it by itself."""

from __future__ import annotations

import resource

WANTED = 16_384
"""Connections, sessions and files of several gateways; more would only hide a leak."""


def raise_limit() -> None:
    """Raise the soft limit towards the hard one, which many systems set far higher (256 on macOS,
    1,024 on Linux). Where that is not allowed it stays, and the gateway takes fewer connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    for limit in (wanted, min(wanted, 10_240)):  # macOS takes no more, whatever its hard limit says
        if limit <= soft or soft == resource.RLIM_INFINITY:
            return
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        except (ValueError, OSError):
            continue
        return
