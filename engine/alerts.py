"""Drawdown alerts: the names, numbers and order of what the kernel saw.

The kernel decides on every instant which rules fire and resolve (`engine.kernel.observe`); here
each change becomes an alert with an identity that is the same in every run over the same log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.types import Receipt

_WARNING, _CRITICAL = 0.10, 0.20
"""A fall of a tenth from the peak is a correction, of a fifth a bear market, by common usage."""


def rule_name(depth: float) -> str:
    """The name of a drawdown rule.

    >>> rule_name(0.1), rule_name(0.125)
    ('drawdown>=0.10', 'drawdown>=0.125')
    """
    short = f"{depth:.2f}"
    return f"drawdown>={short if float(short) == depth else repr(depth)}"


def severity(depth: float) -> str:
    """`info` below 10 %, `warning` below 20 %, `critical` from there."""
    return "critical" if depth >= _CRITICAL else "warning" if depth >= _WARNING else "info"


@dataclass(slots=True)
class Episodes:
    """Of one index: alerts so far, firings of each rule, and the episodes that are open."""

    seq: int = 0
    firings: dict[str, int] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)


class AlertBook:
    """Numbers the alerts of every index and joins each firing with its resolution."""

    def __init__(self) -> None:
        self.of: dict[str, Episodes] = {}

    def change(
        self,
        index: str,
        definition: str,
        depth: float,
        fires: bool,
        seen: Mapping[str, Any],
        origin: str,
        receipt: Receipt,
    ) -> dict[str, Any]:
        """The alert of one rule that begins or ceases to hold.

        `definition` is the digest of the index definition; `seen` has level, peak, at and peak_at,
        and `reason` where something else than the level resolved it.
        """
        episodes = self.of.setdefault(index, Episodes())
        rule = rule_name(depth)
        if fires:
            n = episodes.firings[rule] = episodes.firings.get(rule, 0) + 1
            identity = f"{index}|{definition}|{rule}|{n}"
            episodes.open[rule] = hashlib.sha256(identity.encode()).hexdigest()[:32]
            episode = episodes.open[rule]
        else:
            episode = episodes.open.pop(rule)
        episodes.seq += 1
        state = "firing" if fires else "resolved"
        alert = {
            "id": f"{episode}:{state}",
            "episode": episode,
            "seq": episodes.seq,
            "index": index,
            "kind": "drawdown",
            "rule": rule,
            "state": state,
            "severity": severity(depth),
            "origin": origin,
            "level": seen["level"],
            "peak": seen["peak"],
            "drawdown": (seen["peak"] - seen["level"]) / seen["peak"],
            "at": seen["at"],
            "peak_at": seen["peak_at"],
            "receipt": receipt._asdict(),
        }
        if "reason" in seen:
            alert["reason"] = seen["reason"]
        return alert

    def firing(self, index: str) -> list[str]:
        """The rules of an index that hold now."""
        return list(self.of.get(index, Episodes()).open)

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {
            index: {"seq": e.seq, "firings": dict(e.firings), "open": dict(e.open)}
            for index, e in self.of.items()
        }

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> AlertBook:
        """The book that `dump` came from."""
        book = cls()
        book.of = {
            index: Episodes(e["seq"], dict(e["firings"]), dict(e["open"]))
            for index, e in state.items()
        }
        return book
