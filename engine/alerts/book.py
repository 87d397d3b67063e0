"""Alerts: the rules that can fire, and the names, numbers and order of what they said.

Drawdown rules are decided on every instant by the kernel (`engine.index.kernel.observe`), red
flags (`engine.alerts.flags`) and targets (`engine.alerts.targets`) at daily closes. Here each
change becomes an alert with an identity that is the same in every run over the same log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from engine.records import Receipt

_WARNING, _CRITICAL = 0.10, 0.20
"""A fall of a tenth from the peak is a correction, of a fifth a bear market, by common usage."""


class Rule(NamedTuple):
    """What an alert is about: its kind, its name (one of an index), and how bad it is."""

    kind: str
    name: str
    severity: str


@lru_cache(maxsize=4096)  # asked for with every alert; more depths only cost time
def drawdown_rule(depth: float) -> Rule:
    """The rule of a drawdown: `info` below 10 %, `warning` below 20 %, `critical` from there.

    >>> drawdown_rule(0.1).name, drawdown_rule(0.125).severity
    ('drawdown>=0.10', 'warning')
    """
    severity = "critical" if depth >= _CRITICAL else "warning" if depth >= _WARNING else "info"
    return Rule("drawdown", f"drawdown>={short(depth)}", severity)


def short(number: float) -> str:
    """A number with two decimals where that is all of it.

    >>> short(0.1), short(0.125)
    ('0.10', '0.125')
    """
    text = f"{number:.2f}"
    return text if float(text) == number else repr(number)


@dataclass(slots=True)
class Episodes:
    """Of one index: alerts so far, firings of each rule, and what fires now with its episode."""

    seq: int = 0
    firings: dict[str, int] = field(default_factory=dict)
    open: dict[str, tuple[Rule, str]] = field(default_factory=dict)


@lru_cache(maxsize=1)  # a record causes many alerts where it causes any
def _evidence(receipt: Receipt) -> dict[str, Any]:
    """A receipt as alerts have it, not to be changed."""
    return receipt._asdict()


class AlertBook:
    """Numbers the alerts of every index and joins each firing with its resolution."""

    def __init__(self) -> None:
        self.of: dict[str, Episodes] = {}

    def change(
        self,
        index: str,
        definition: str,
        rule: Rule,
        fires: bool,
        facts: Mapping[str, Any],
        origin: str,
        receipt: Receipt,
    ) -> dict[str, Any]:
        """The alert of one rule that begins or ceases to hold.

        `definition` is the digest of the index definition, `facts` what the alert says beside
        its identity: `level`, `at` and what its kind has (`peak` …, or `evidence`).
        """
        episodes = self.of.get(index)
        if episodes is None:
            episodes = self.of[index] = Episodes()
        kind, name, severity = rule
        if fires:
            n = episodes.firings[name] = episodes.firings.get(name, 0) + 1
            identity = f"{index}|{definition}|{name}|{n}"
            episode = hashlib.sha256(identity.encode()).hexdigest()[:32]
            episodes.open[name] = rule, episode
        else:
            _, episode = episodes.open.pop(name)
        episodes.seq += 1
        state = "firing" if fires else "resolved"
        return {
            "id": f"{episode}:{state}",
            "episode": episode,
            "seq": episodes.seq,
            "index": index,
            "kind": kind,
            "rule": name,
            "state": state,
            "severity": severity,
            "origin": origin,
            **facts,
            "receipt": _evidence(receipt),
        }

    def fires(self, index: str, rule: Rule) -> bool:
        """Whether this rule of an index holds now."""
        return index in self.of and rule.name in self.of[index].open

    def any_open(self, suffix: str) -> bool:
        """Whether a rule of any index holds whose name ends so."""
        return any(name.endswith(suffix) for e in self.of.values() for name in e.open)

    def gone(self, index: str, names: Collection[str]) -> list[Rule]:
        """The rules that fire and are not among these names, oldest firing first."""
        found = self.of[index].open.values() if index in self.of else ()
        return [rule for rule, _ in found if rule.name not in names]

    def dump(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {
            index: {
                "seq": e.seq,
                "firings": dict(e.firings),
                "open": [[*rule, episode] for rule, episode in e.open.values()],
            }
            for index, e in self.of.items()
        }

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> AlertBook:
        """The book that `dump` came from."""
        book = cls()
        for index, e in state.items():
            open_now = {name: (Rule(k, name, s), episode) for k, name, s, episode in e["open"]}
            book.of[index] = Episodes(e["seq"], dict(e["firings"]), open_now)
        return book
