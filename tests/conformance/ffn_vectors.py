"""The test vectors of ffn, on ten years of three shares."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.conformance import theirs
from tests.conformance.bench import Bench
from tests.conformance.verdicts import Verdict, load, within

FILE = "oracles_ffn_vectors.json"
DATA = load(FILE)
CASES: list[dict[str, Any]] = DATA.get("cases", [])
BENCH = Bench()
# metric -> our figure and what it is multiplied by
EQUAL = {
    "simple_return": ("returns.inception", 1.0),
    "rebase_100": ("level", 1.0),
    "drawdown": ("drawdown.current", -1.0),
    "max_drawdown": ("drawdown.max", -1.0),
    "cagr_calendar_365.25": ("cagr", 1.0),
}


def rows(case: dict[str, Any]) -> slice:
    """The rows of the series that a case needs."""
    text = case["rows"]
    if text == "all":
        return slice(None)
    if ":" in text:
        return slice(int(text.split(":")[0]), int(text.split(":")[1]))
    last = int(text)
    return slice(last - 1 if case["metric"] == "simple_return" else 0, last + 1)


def days() -> list[int]:
    """The dates of the series as numbers of days."""
    parsed = (datetime.strptime(d, "%m/%d/%Y").replace(tzinfo=UTC) for d in DATA["series"]["date"])
    return [int(moment.timestamp()) // 86_400 for moment in parsed]


def judge(case: dict[str, Any]) -> Verdict:
    """The verdict of one case."""
    metric, part = case["metric"], rows(case)
    verdict = Verdict(
        FILE, f"{metric} {case['asset']} rows {case['rows']}", "", case["expected"], ""
    )
    verdict.close = within(0.5001 * 10.0 ** -case["dp"])
    if metric == "inverse_vol_weight":
        verdict.verdict, verdict.why = "different", "thirty_returns"
        held = {a: DATA["series"][a][part] for a in ("AAPL", "MSFT", "C")}
        verdict.shown = theirs.inverse_volatility(held)[case["asset"]]
        return verdict
    verdict.verdict = "equal"
    verdict.figure, factor = EQUAL[metric]
    prices = DATA["series"][case["asset"]][part]
    index = BENCH.add(prices, days=days()[part], year_days=365.25, base_level=100.0)

    def ours() -> float | None:
        value = BENCH.read(index, verdict.figure)
        return None if value is None else value * factor

    verdict.ours = ours
    return verdict


def verdicts() -> list[Verdict]:
    """Of every case."""
    return [judge(case) for case in CASES]


def count(_: dict[str, Any]) -> int:
    """A case is one figure."""
    return 1
