"""Which alerts are meant by a route or a silence, and which of them weigh more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from engine.metrics.watched import RULES
from engine.records import Matchers

SEVERITIES = ("info", "warning", "critical")
"""The lightest first."""
FLAG = "flag"
"""Stands for every kind that is a red flag: what an owner wants to know by and by."""
FIELDS = ("index", "kind", "severity", "rule")


@lru_cache(maxsize=4096)
def fits(pattern: str, text: str) -> bool:
    """Whether a text is as a pattern, in which * stands for anything."""
    if "*" not in pattern:
        return pattern == text
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.S) is not None


def known_of(field: str) -> tuple[str, ...]:
    """What may stand for an alert's `kind`, or its `severity`, in a match."""
    return SEVERITIES if field == "severity" else _kinds()


@lru_cache
def _kinds() -> tuple[str, ...]:
    from engine.alerts.registry import KINDS  # loads the engine, which a notifier does without

    return (FLAG, *(name for kind in KINDS for name in sorted(kind.names)))


def covers(match: Matchers, alert: Mapping[str, Any]) -> bool:
    """Whether an alert is meant; of one that does not say it, a field is empty.

    >>> match = Matchers(index=("TOP*",), kind=("flag",))
    >>> covers(match, {"index": "TOP3", "kind": "weight_drift"})
    True
    >>> covers(match, {"index": "TOP3", "kind": "drawdown"})
    False
    """
    for field in FIELDS:
        patterns = getattr(match, field)
        if not patterns:
            continue
        text = str(alert.get(field) or "")
        told = (text, FLAG) if field == "kind" and is_slow(alert) else (text,)
        if not any(fits(pattern, each) for pattern in patterns for each in told):
            return False
    return True


def is_slow(alert: Mapping[str, Any]) -> bool:
    """Whether it is a red flag, judged at daily closes: no reason to wake anybody."""
    return alert.get("kind") in RULES


def weight(alert: Mapping[str, Any]) -> int:
    """How bad it is, the worst highest; -1 for a severity that is not known."""
    severity = alert.get("severity")
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def in_words(match: Matchers) -> str:
    """What is meant, as it is shown.

    >>> in_words(Matchers(index=("TOP3",), severity=("info", "warning")))
    'index=TOP3 severity=info,warning'
    """
    told = [f"{f}={','.join(getattr(match, f))}" for f in FIELDS if getattr(match, f)]
    return " ".join(told) or "all alerts"
