"""The series behind the worked examples: daily closes, small enough to follow.

The first close is at 2024-01-01 00:00 UTC. The index is X; it holds the asset A unless `table`
says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

BEGIN_DAY = 19_723
"""2024-01-01 in days since 1970."""


@dataclass(frozen=True, slots=True)
class Series:
    """Closes by day from the first, what they are in words, and the settings of the index."""

    about: str
    closes: Mapping[float, Mapping[str, float]]
    table: Mapping[str, Any] = field(default_factory=dict)


def _each_day(**assets: Sequence[float]) -> dict[float, dict[str, float]]:
    days = range(len(next(iter(assets.values()))))
    return {day: {asset: closes[day] for asset, closes in assets.items()} for day in days}


def _grown(returns: Iterable[float], first: float = 100.0) -> list[float]:
    found = [first]
    for r in returns:
        found.append(found[-1] * (1.0 + r))
    return found


def _wave(size: float, count: int) -> list[float]:
    return [size if k % 2 == 0 else -size for k in range(count)]


def _fading(k: int) -> float:
    size = 0.01 if k < 400 else 0.015
    return 0.002 - 0.0002 * (k // 30) + (size if k % 2 == 0 else -size)


FOUR_DAYS = {"year_days": 4}

SERIES: Mapping[str, Series] = {
    "four": Series(
        "A closes at 100, 110, 99, 118.8 and 106.92: r = +10 %, −10 %, +20 %, −10 %. Its "
        "benchmark B at 100, 105, 105, 115.5 and 103.95: f = +5 %, 0, +10 %, −10 %. A year has "
        "four days, so √A = 2.",
        _each_day(A=[100, 110, 99, 118.8, 106.92], B=[100, 105, 105, 115.5, 103.95]),
        {**FOUR_DAYS, "benchmarks": ["B"]},
    ),
    "spike": Series(
        "Nine days without a move, then A +10 % and B +5 %. The half-life of the EWMA is a day, a "
        "year has four days.",
        _each_day(A=[100.0] * 10 + [110.0], B=[100.0] * 10 + [105.0]),
        {**FOUR_DAYS, "benchmarks": ["B"], "ewma_half_life": "1d"},
    ),
    "calm": Series(
        "Forty returns: 0, 0, 0, +2 %, 0, 0, 0, −2 %, five times over. A year has four days.",
        _each_day(A=_grown([0.0, 0.0, 0.0, 0.02, 0.0, 0.0, 0.0, -0.02] * 5)),
        FOUR_DAYS,
    ),
    "scatter": Series(
        "The 101 returns −5.0 %, −4.9 % … +5.0 %, each once, mixed.",
        _each_day(A=_grown([(k * 37 % 101 - 50) / 1000 for k in range(101)])),
    ),
    "alternating": Series(
        "360 returns: A +1 %, −1 % and so on, B +0.5 %, −0.5 %.",
        _each_day(A=_grown(_wave(0.01, 360)), B=_grown(_wave(0.005, 360))),
        {"benchmarks": ["B"]},
    ),
    "shrinking": Series(
        "360 returns, up and down in turn, of 1 % first and each 0.001 points smaller.",
        _each_day(A=_grown(x * (1.0 - k / 1000) for k, x in enumerate(_wave(0.01, 360)))),
    ),
    "growth": Series(
        "400 days, to 4 February 2025, on which A rises by 0.1 % and B by 0.05 %.",
        _each_day(A=_grown([0.001] * 400), B=_grown([0.0005] * 400)),
        {"benchmarks": ["B"]},
    ),
    "five years": Series(
        "A at 100 on day 0, at 250 on day 500, at 200 on day 700 and 1096 (three years), and at "
        "200 on day 1827 (five years, 1 January 2029).",
        {
            0: {"A": 100.0},
            500: {"A": 250.0},
            700: {"A": 200.0},
            1096: {"A": 200.0},
            1827: {"A": 200.0},
        },
    ),
    "three years": Series(
        "The same, up to day 1096, 1 January 2027.",
        {0: {"A": 100.0}, 500: {"A": 250.0}, 700: {"A": 200.0}, 1096: {"A": 200.0}},
    ),
    "months": Series(
        "A at 100 on 1 January 2024, at 110, 99 and 118.8 on the first days of the three months "
        "after it: m = +10 %, −10 %, +20 %.",
        {0: {"A": 100.0}, 31: {"A": 110.0}, 60: {"A": 99.0}, 91: {"A": 118.8}},
    ),
    "fall": Series(
        "A at 10,000, 20,000, 12,000, 20,000 and 15,000, the base level 10,000; an alert and a "
        "target at a drawdown of 30 %.",
        _each_day(A=[10_000, 20_000, 12_000, 20_000, 15_000]),
        {"base_level": 10_000.0, "targets": {"max_drawdown": 0.3}, "alerts": {"drawdown": [0.3]}},
    ),
    "storm": Series(
        "Returns of ±2 % for 60 days, ±1 % for 140, then ±4 % for 20.",
        _each_day(A=_grown([*_wave(0.02, 60), *_wave(0.01, 140), *_wave(0.04, 20)])),
    ),
    "drift": Series(
        "A and C, half each, rebalanced monthly; in a day A goes from 100 to 200, C stays at 100.",
        _each_day(A=[100.0, 200.0], C=[100.0, 100.0]),
        {"assets": ["A", "C"], "rebalance": "monthly"},
    ),
    "turned": Series(
        "A and C, half each, rebalanced daily; in a day A goes from 100 to 200, and by the next "
        "noon to 220; C stays at 100, then falls to 95.",
        {
            0: {"A": 100.0, "C": 100.0},
            1: {"A": 200.0, "C": 100.0},
            1.5: {"A": 220.0, "C": 95.0},
        },
        {"assets": ["A", "C"], "rebalance": "daily"},
    ),
    "cycles": Series(
        "A at 100, 80, 100, 75, 100, 70: falls of 20, 25 and 30 %.",
        _each_day(A=[100, 80, 100, 75, 100, 70]),
    ),
    "fading": Series(
        "820 days of ±1 % (A: ±1.5 % from day 400 on) about a mean of +0.2 %, which for A falls by "
        "0.02 points every 30 days.",
        _each_day(
            A=_grown(_fading(k) for k in range(820)),
            B=_grown(0.002 + x for x in _wave(0.01, 820)),
        ),
        {"benchmarks": ["B"]},
    ),
    "hours": Series(
        "A at 100 at midnight, at 101 an hour later, at 103.02 after one more.",
        {0: {"A": 100.0}, 1 / 24: {"A": 101.0}, 2 / 24: {"A": 103.02}},
    ),
    "hole": Series(
        "A at 100 and 110, no price on the third day, then 121.",
        {0: {"A": 100.0}, 1: {"A": 110.0}, 3: {"A": 121.0}},
    ),
    "capped": Series(
        "A at 60 and C at 40, with supplies of 1,000 coins each; no weight above 55 %.",
        _each_day(A=[60.0, 66.0], C=[40.0, 40.0]),
        {
            "assets": ["A", "C"],
            "weighting": "cap",
            "cap_limit": 0.55,
            "supply": {"A": 1000.0, "C": 1000.0},
        },
    ),
    "inverse": Series(
        "For 31 days A moves by ±2 % and C by ±1 %, until the rebalance of 1 February; then A "
        "rises by 10 %.",
        _each_day(
            A=[*_grown(_wave(0.02, 31)), _grown(_wave(0.02, 31))[-1] * 1.1],
            C=[*_grown(_wave(0.01, 31)), _grown(_wave(0.01, 31))[-1]],
        ),
        {"assets": ["A", "C"], "weighting": "inverse_volatility", "rebalance": "monthly"},
    ),
}
