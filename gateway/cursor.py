"""A place in the stream as text, good for this gateway, its next run, and others on the same log.

For the process that gave it, it is exact: the version of the state. Elsewhere the offsets in the
log count, up to which snapshots and alerts had been read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_FORM = re.compile(
    r"1\.(?P<epoch>[0-9a-f]{8})\.(?P<version>[0-9a-f]{1,16})\.(?P<log>[0-9A-Za-z]{0,8})"
    r"\.(?P<snapshots>[0-9a-f_]{0,900})\.(?P<alerts>[0-9a-f_]{0,900})"
)

Offsets = Mapping[int, int]
"""Of each partition the offset of the last record that was read."""


class StreamPosition(NamedTuple):
    """Where a client stands: in the run `epoch` at `version`, in the log `log` at these offsets."""

    epoch: str
    version: int
    log: str
    snapshots: Offsets
    alerts: Offsets


def figures_text(epoch: str, version: int, log: str, snapshots: Offsets) -> str:
    """The first half of a cursor: how far figures were sent."""
    return f"1.{epoch}.{version:x}.{log}.{_written(snapshots)}."


def alerts_text(alerts: Offsets) -> str:
    """The other half: how far alerts were."""
    return _written(alerts)


def parse_cursor(text: str) -> StreamPosition | None:
    """From the text; None where it is no cursor.

    >>> text = figures_text("0f0f0f0f", 17, "ab", {0: 31, 2: 5}) + alerts_text({})
    >>> text
    '1.0f0f0f0f.11.ab.1f__5.'
    >>> parse_cursor(text)
    StreamPosition(epoch='0f0f0f0f', version=17, log='ab', snapshots={0: 31, 2: 5}, alerts={})
    """
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    try:
        offsets = [_read(found[name]) for name in ("snapshots", "alerts")]
    except ValueError:
        return None
    return StreamPosition(found["epoch"], int(found["version"], 16), found["log"], *offsets)


def _written(offsets: Offsets) -> str:
    """In the order of the partitions; an empty place is one that nothing was read of."""
    places = range(max(offsets, default=-1) + 1)
    return "_".join(f"{offsets[p]:x}" if p in offsets else "" for p in places)


def _read(text: str) -> Offsets:
    return {p: int(part, 16) for p, part in enumerate(text.split("_")) if part}
