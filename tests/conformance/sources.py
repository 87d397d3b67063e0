"""All oracle files, the verdicts on their cases, and whether a verdict holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.conformance import crypto, empyrical, ffn_vectors, performance_analytics, r_calls
from tests.conformance.verdicts import WHY, Verdict, agrees

SHOWN = 1e-6
"""How near our computation of their definition must come to their figure. Not nearer: empyrical's
captures take wealth − 1 + 1 of wealth around 1e-13 and lose the digits in it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One oracle file: its cases, how many figures a case has, and the verdicts on them."""

    title: str
    cases: list[dict[str, Any]]
    count: Callable[[dict[str, Any]], int]
    verdicts: Callable[[], list[Verdict]]


SOURCES = {
    empyrical.FILE: Source(
        "empyrical, test vectors", empyrical.CASES, empyrical.count, empyrical.verdicts
    ),
    performance_analytics.FILE: Source(
        "PerformanceAnalytics, checked figures",
        performance_analytics.CASES,
        performance_analytics.count,
        performance_analytics.verdicts,
    ),
    r_calls.FILE: Source(
        "PerformanceAnalytics, every call of its manual",
        r_calls.CASES,
        r_calls.count,
        r_calls.verdicts,
    ),
    r_calls.BACON: Source(
        "Bacon's published figures", r_calls.BACON_CASES, lambda _: 1, r_calls.bacon_verdicts
    ),
    crypto.FILE: Source(
        "empyrical, quantstats and ffn on crypto closes",
        crypto.CASES,
        crypto.count,
        crypto.verdicts,
    ),
    ffn_vectors.FILE: Source(
        "ffn, test vectors", ffn_vectors.CASES, ffn_vectors.count, ffn_vectors.verdicts
    ),
}


@cache
def judged(file: str) -> list[tuple[Verdict, float | None]]:
    """Every verdict of a file with our figure, computed by the engine."""
    return [(v, _compute(v)) for v in SOURCES[file].verdicts()]


def _compute(verdict: Verdict) -> float | None:
    return None if verdict.ours is None else verdict.ours()


def fault(verdict: Verdict, ours: float | None) -> str | None:
    """What is wrong with a verdict; None where it holds."""
    if verdict.verdict not in ("equal", "different", "not published"):
        return f"unknown verdict {verdict.verdict!r}"
    if (verdict.why in WHY) is (verdict.verdict == "equal"):
        return f"a reason is for what is not equal, and one of the table: {verdict.why!r}"
    if verdict.verdict == "equal" and (verdict.ours is None or not agrees(verdict, ours)):
        return f"not equal: theirs {verdict.expected}, ours {ours}"
    if verdict.verdict == "different" and verdict.ours is not None and agrees(verdict, ours):
        return f"equal after all: theirs {verdict.expected}, ours {ours}"
    if verdict.shown is not None and not explained(verdict):
        return f"their definition gives {verdict.shown}, they say {verdict.expected}"
    return None


def explained(verdict: Verdict) -> bool:
    """Whether their definition, computed independently, gives their figure."""
    if verdict.shown is None or verdict.expected is None:
        return False
    small = SHOWN * abs(verdict.expected)
    return agrees(verdict, verdict.shown) or abs(verdict.shown - verdict.expected) <= small
