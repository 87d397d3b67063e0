"""The tear sheets of quantstats and jquantstats on six years of ETH against BTC, line by line: what
of it a report has, equal, or why not. `tear_sheets.json` is theirs (`make_tear_sheets.py`)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.conformance.bench import Bench
from tests.conformance.crypto import bench, between, returns

FILE = Path(__file__).with_name("tear_sheets.json")
SHEETS: dict[str, Any] = json.loads(FILE.read_text())
LIBRARIES = ("quantstats", "jquantstats")
DAILY = 1 / math.sqrt(365)
PERCENT = 0.01
_DAYS = 1 / 86_400

WHY = {
    "psr_iid": "theirs assumes independent returns; ours is robust to autocorrelation",
    "gaussian": "theirs assumes normal returns; ours are those of the history, and the normal one "
    "stands beside it",
    "ulcer_sample": "theirs divides the squares by n − 1, ours by n as Martin does",
    "total_return": "theirs sets the total return against it, ours the growth a year",
    "sum_of_returns": "theirs adds returns up, ours compounds them",
    "first_fall": "theirs counts from the first close below the peak, ours from the peak",
    "added_up": "theirs is of a level that adds returns up",
    "mean_depth": "theirs is the mean over all days under water, ours over the episodes",
    "window_day": "theirs has the return of the day on which the window begins, too",
    "trading_days": "theirs has 252 days a year there, whatever it is told",
    "moved": "theirs leaves out the days without a move",
    "first_month": "theirs counts the first month, which is no whole one",
    "header": "in the head of the report: its time, its definition, always invested",
    "dates": "in the table of drawdowns, with the instant of the close and not of its day",
    "no_window": "the report says the years one by one, and all of them",
    "expected": "the mean growth a bar, a month, a year: what the growth a year says",
    "parts": "their ratio stands in the report",
    "own_invention": "a figure of these libraries alone",
    "streaks": "the longest run of gains or losses says how many returns there are",
    "resampled": "the report has the months and years themselves",
}


class TearLine(NamedTuple):
    """A line of their sheets. `path` is ours, times `factor`; `why` it is not equal, in the sheet
    of `only` one library or in both."""

    path: str = ""
    factor: float = 1.0
    why: str = ""
    only: str = ""

    def reason(self, library: str) -> str:
        """Why it is not equal there; empty where it is."""
        return self.why if self.only in ("", library) else ""


LINES: dict[str, TearLine] = {
    "Start Period": TearLine(why="header"),
    "End Period": TearLine(why="header"),
    "Risk-Free Rate": TearLine(why="header"),
    "Time in Market": TearLine(why="header"),
    "Cumulative Return": TearLine("returns.inception"),
    "CAGR": TearLine("cagr"),
    "All-time (ann.)": TearLine("cagr"),
    "Sharpe": TearLine("risk.sharpe"),
    "Prob. Sharpe Ratio": TearLine("risk.psr", why="psr_iid"),
    "Smart Sharpe": TearLine(why="own_invention"),
    "Smart Sortino": TearLine(why="own_invention"),
    "Smart Sortino/√2": TearLine(why="own_invention"),
    "Sortino": TearLine("risk.sortino"),
    "Sortino/√2": TearLine("risk.sortino", math.sqrt(0.5)),
    "Omega": TearLine("risk.omega"),
    "Max Drawdown": TearLine("drawdown.max", -1),
    "Max DD Date": TearLine(why="dates"),
    "Max DD Period Start": TearLine(why="dates"),
    "Max DD Period End": TearLine(why="dates"),
    "Longest DD Days": TearLine("drawdown.longest_seconds", _DAYS, "first_fall"),
    "Max DD Duration": TearLine("drawdown.longest_seconds", _DAYS, "added_up"),
    "Volatility (ann.)": TearLine("risk.volatility"),
    "R^2": TearLine("benchmarks.benchmark.r_squared"),
    "R²": TearLine("benchmarks.benchmark.r_squared"),
    "Information Ratio": TearLine("benchmarks.benchmark.information_ratio", DAILY),
    "Calmar": TearLine("risk.calmar"),
    "Skew": TearLine("risk.skew"),
    "Kurtosis": TearLine("risk.kurtosis"),
    "Ulcer Performance Index": TearLine("risk.martin", why="total_return"),
    "Risk-Adjusted Return": TearLine("cagr", why="trading_days", only="quantstats"),
    "Risk-Return Ratio": TearLine("risk.sharpe", DAILY),
    "Avg. Return": TearLine("risk.mean_return", 1 / 365, "moved"),
    "Avg. Win": TearLine(why="parts"),
    "Avg. Loss": TearLine(why="parts"),
    "Win/Loss Ratio": TearLine("risk.payoff"),
    "Payoff Ratio": TearLine("risk.payoff"),
    "Profit Ratio": TearLine(why="own_invention"),
    "Profit Factor": TearLine("risk.profit_factor"),
    "Expected Daily": TearLine(why="expected"),
    "Expected Monthly": TearLine(why="expected"),
    "Expected Yearly": TearLine(why="expected"),
    "Kelly Criterion": TearLine("risk.kelly"),
    "Risk of Ruin": TearLine(why="own_invention"),
    "Daily Value-at-Risk": TearLine("risk.var_95", -1, "gaussian"),
    "Daily VaR": TearLine("risk.var_95", -1, "gaussian"),
    "Expected Shortfall (cVaR)": TearLine("risk.cvar_95", -1, "gaussian"),
    "Max Consecutive Wins": TearLine(why="streaks"),
    "Max Consecutive Losses": TearLine(why="streaks"),
    "Gain/Pain Ratio": TearLine("risk.gain_to_pain"),
    "Gain/Pain (1M)": TearLine(why="resampled"),
    "Common Sense Ratio": TearLine(why="own_invention"),
    "CPC Index": TearLine(why="own_invention"),
    "Tail Ratio": TearLine("risk.tail_ratio"),
    "Outlier Win Ratio": TearLine(why="own_invention"),
    "Outlier Loss Ratio": TearLine(why="own_invention"),
    "MTD": TearLine("calendar.months.2023-12.return"),
    "YTD": TearLine("calendar.years.2023.return"),
    "3M": TearLine("returns.90d", why="window_day"),
    "6M": TearLine(why="no_window"),
    "1Y": TearLine("returns.1y", why="window_day"),
    "3Y (ann.)": TearLine("annualised.3y", why="window_day"),
    "5Y (ann.)": TearLine("annualised.5y", why="window_day"),
    "10Y (ann.)": TearLine(why="no_window"),
    "Best Day": TearLine("risk.best_day"),
    "Worst Day": TearLine("risk.worst_day"),
    "Best Month": TearLine("months.best"),
    "Worst Month": TearLine("months.worst"),
    "Best Year": TearLine("calendar.years.2020.return"),
    "Worst Year": TearLine("calendar.years.2018.return"),
    "Avg. Drawdown": TearLine("drawdown.average", -1),
    "Avg Drawdown": TearLine("drawdown.average", -1, "mean_depth"),
    "Avg. Drawdown Days": TearLine("drawdown.average_seconds", _DAYS, "first_fall"),
    "Recovery Factor": TearLine("risk.recovery_factor", why="sum_of_returns"),
    "Ulcer Index": TearLine("drawdown.ulcer_index", why="ulcer_sample"),
    "Serenity Index": TearLine(why="own_invention"),
    "Avg. Up Month": TearLine(why="resampled"),
    "Avg. Down Month": TearLine(why="resampled"),
    "Win Days": TearLine("risk.win_rate"),
    "Win Rate": TearLine("risk.win_rate"),
    "Win Month": TearLine("months.positive_share", why="first_month"),
    "Monthly Win Rate": TearLine("months.positive_share", why="first_month"),
    "Win Quarter": TearLine(why="resampled"),
    "Win Year": TearLine(why="resampled"),
    "Beta": TearLine("benchmarks.benchmark.beta"),
    "Alpha": TearLine("benchmarks.benchmark.alpha"),
    "Correlation": TearLine("benchmarks.benchmark.correlation"),
    "Treynor Ratio": TearLine(
        "benchmarks.benchmark.treynor", why="total_return", only="quantstats"
    ),
}
"""By their names, as one or both have it."""
_PLAIN = frozenset(
    """Sharpe|Sortino|Sortino/√2|Smart Sharpe|Smart Sortino|Smart Sortino/√2|Omega|Calmar|Skew
    Kurtosis|R²|Recovery Factor|Ulcer Index|Ulcer Performance Index|Serenity Index|Gain/Pain Ratio
    Gain/Pain (1M)|Payoff Ratio|Profit Factor|Common Sense Ratio|CPC Index|Tail Ratio
    Outlier Win Ratio|Outlier Loss Ratio|Risk-Return Ratio|Win/Loss Ratio|Profit Ratio
    Max Consecutive Wins|Max Consecutive Losses|Max DD Duration|Beta|Treynor Ratio|Risk of Ruin
    Information Ratio""".replace("\n", "|").split("|")
)
PLAIN = {name.strip() for name in _PLAIN}
"""What jquantstats does not give in percent."""


def theirs(library: str, name: str) -> float | None:
    """A line of a sheet, percentages as fractions; None where it has no number there."""
    sheet = SHEETS["sheets"][library]
    value = sheet.get(name, sheet.get(name.replace("/√2", " / √2")))
    if value is None or library == "quantstats" or name in PLAIN:
        return value
    return float(value) * PERCENT


def has(library: str, name: str) -> bool:
    """Whether a sheet has such a line."""
    return bool({name, name.replace("/√2", " / √2")} & set(SHEETS["sheets"][library]))


@cache
def _index() -> tuple[Bench, str]:
    on = bench(SHEETS["end"])
    prices = (between(SHEETS[a], SHEETS["start"], SHEETS["end"]) for a in ("asset", "benchmark"))
    own, other = prices
    assert len(returns(own)) == SHEETS["n_returns"]
    return on, on.add(own, other)


def ours(line: TearLine) -> float | None:
    """Our figure, as theirs is scaled; None without one."""
    if not line.path:
        return None
    on, index = _index()
    if not line.path.startswith("calendar."):
        value = on.read(index, line.path)
    else:
        _, kind, period, name = line.path.split(".")
        found = {one["period"]: one for one in on.snapshot(index)["calendar"][kind]}
        value = found[period][name]
    return None if value is None else value * line.factor


def equal(theirs_: float, ours_: float | None) -> bool:
    """Within 1e-9 of it."""
    return ours_ is not None and math.isclose(theirs_, ours_, rel_tol=1e-9)


def judged() -> Iterator[tuple[str, str, float, float | None, TearLine]]:
    """Library, name, theirs, ours and the line, of each that has a number."""
    for name, line in LINES.items():
        for library in LIBRARIES:
            value = theirs(library, name)
            if value is not None:
                yield library, name, value, ours(line), line


def table() -> Iterator[str]:
    """For docs/conformance.md."""
    made = ", ".join(f"{name} {version}" for name, version in SHEETS["made_with"].items())
    head = (
        f"Every line of the tear sheets of {made} on the daily closes of {SHEETS['asset']} against "
        f"{SHEETS['benchmark']}, {SHEETS['start']} to {SHEETS['end']}, A = 365, and what a report "
        "(`tidegauge report`) has in its place. Theirs are compared as they compute them, not as "
        "they round them."
    )
    yield from (head, "", "| line | quantstats | jquantstats | ours | |")
    yield "| --- | ---: | ---: | --- | --- |"
    for name, line in LINES.items():
        cells = [_cell(theirs(library, name), has(library, name)) for library in LIBRARIES]
        own = line.path.replace(".benchmark.", ".*.")
        value = ours(line)
        told = f"`{own}` {value:.6g}" if value is not None else (f"`{own}`" if own else "–")
        said = WHY[line.why] if line.why else "equal"
        said = f"{line.only}: {said}; else equal" if line.only else said
        yield f"| {name} | {' | '.join(cells)} | {told} | {said} |"


def _cell(value: float | None, is_there: bool) -> str:
    return f"{value:.6g}" if value is not None else ("a date" if is_there else "")
