"""What a client is given: snapshots, levels, figures and alerts.

`cursor` is the place in the stream behind an item, where it is known (`AsyncClient.alerts` goes on
from there in another run).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec


class SkippedSpan(NamedTuple):
    """What was published of an index and not sent before an item: the seqs of the first and the
    last, and how many. All are None where only a restart or a long absence could have hidden some.
    """

    first: int | None
    last: int | None
    number: int | None


class IndexSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot of an index; `body` is all of it, times as RFC 3339 text.

    With the `seq` of the one before it is the same, whose `status` has aged.
    """

    index: str
    seq: int
    as_of: datetime
    level: float | None
    status: str | None
    body: Mapping[str, Any]
    gap: SkippedSpan | None = None
    cursor: str | None = None

    def figure(self, path: str) -> Any:
        """The figure at a path such as `risk.sharpe`; None where it is undefined (`reason`).

        Raises KeyError for a path that leads nowhere.
        """
        found: Any = self.body
        for name in _names(path, found):
            if found is None:  # of a whole group the figures are null
                return None
            found = found[name]
        return found

    def reason(self, path: str) -> str | None:
        """Why a figure is undefined."""
        undefined: Mapping[str, str] = self.body.get("undefined") or {}
        while path not in undefined and "." in path:
            path = path.rpartition(".")[0]
        return undefined.get(path)


def _names(path: str, body: Any) -> list[str]:
    """The names in a path; one may have dots itself, as ids of indices do."""
    names, rest = list[str](), path
    while rest:
        name, end = rest, len(rest)
        if isinstance(body, Mapping):
            while name not in body and (end := name.rfind(".")) > 0:
                name = name[:end]
        else:
            name = rest.split(".")[0]
        names.append(name)
        rest = rest[len(name) + 1 :]
        body = body.get(name) if isinstance(body, Mapping) else None
    return names


class IndexLevel(msgspec.Struct, frozen=True, kw_only=True):
    """A level of an index. `left_out` published ones before it were not sent; None: nobody knows
    how many."""

    index: str
    seq: int
    at: datetime
    level: float
    peak: float
    left_out: int | None = 0
    cursor: str | None = None

    @property
    def drawdown(self) -> float:
        """The fall from the peak, a positive magnitude."""
        return (self.peak - self.level) / self.peak if self.peak else 0.0


class FigureSet(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of an index that were asked for, by path: all, as they are now. `undefined` has
    the reason of each that is null."""

    index: str
    seq: int
    as_of: datetime
    values: Mapping[str, Any]
    undefined: Mapping[str, str]
    gap: SkippedSpan | None = None
    cursor: str | None = None


class IndexAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that fires or is resolved; `body` is all of it, times as RFC 3339 text.

    `episode` joins a firing with its resolution. `missed` alerts of the index before it are not to
    be had here any more.
    """

    id: str
    episode: str
    seq: int
    index: str
    kind: str
    rule: str
    state: str
    at: datetime
    severity: str | None
    level: float | None
    drawdown: float | None
    body: Mapping[str, Any]
    missed: int = 0
    cursor: str | None = None

    @property
    def is_firing(self) -> bool:
        """Whether it begins an episode, or ends it."""
        return self.state == "firing"
