"""The test vectors of empyrical: small series and what its own tests expect of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from tests.conformance import theirs
from tests.conformance.bench import Bench, Returns, daily_returns, prices, yearly
from tests.conformance.verdicts import Verdict, load, near, number, within

FILE = "oracles_empyrical_vectors.json"
PERIODS = {"daily": 252, "weekly": 52, "monthly": 12, "yearly": 1}
NOT_PUBLISHED = {"capture": "capture_all", "aggregate_returns": "resampling"}
DATA = load(FILE)
BENCH, SLICES = Bench(), Bench()
EIGHT = within(1e-8)
"""What upstream's tests hold their vectors to, unless they say otherwise."""


def series(name: str, column: str | None = None) -> list[float | None]:
    """A series by its name, also negated or doubled; NaN is None."""
    if name.startswith("-"):
        return [None if x is None else -x for x in series(name[1:], column)]
    if name.startswith("2 * "):
        return [None if x is None else 2 * x for x in series(name[4:], column)]
    found = DATA["series"][name]
    values = found.get("values") or (found.get("columns") or {}).get(column or "returns") or []
    return [number(x) for x in values]


def observed(r: Returns) -> list[float]:
    return [x for x in r if x is not None]


def paired(r: Returns, f: Returns) -> tuple[list[float], list[float]]:
    """The periods in which both have a return."""
    both = [(x, y) for x, y in zip(r, f, strict=True) if x is not None and y is not None]
    return [x for x, _ in both], [y for _, y in both]


def defined(compute: Callable[..., float], *args: Any) -> float | None:
    """A definition's value; None where it divides by nothing."""
    try:
        return compute(*args)
    except (ZeroDivisionError, ValueError):
        return None


class Case:
    """One case of the file, and how its verdicts are made."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.metric, self.inputs, self.expected = case["metric"], case["inputs"], case["expected"]
        given = ", ".join(f"{k}={v}" for k, v in self.inputs.items())
        self.name = f"{self.metric}({given})"
        self.a = PERIODS[self.inputs.get("period", "daily")]

    def returns(self, column: str | None = None) -> list[float | None]:
        return series(self.inputs["returns"], column)

    def benchmark(self) -> list[float | None]:
        return series(self.inputs.get("benchmark") or self.inputs["factor_returns"])

    def say(self, cell: str, expected: Any, verdict: str, **more: Any) -> Verdict:
        more.setdefault("close", EIGHT)
        return Verdict(FILE, self.name, cell, number(expected), verdict, **more)

    def held(
        self, cell: str, expected: Any, index: str, path: str, factor: float = 1.0, **more: Any
    ) -> Verdict:
        """Equal, or different where a `why` is given."""
        bench = more.pop("bench", BENCH)

        def ours() -> float | None:
            value = bench.read(index, path)
            return None if value is None else value * factor

        verdict = "different" if "why" in more else "equal"
        return self.say(cell, expected, verdict, figure=path, ours=ours, **more)


def empty(case: Case) -> bool:
    return not observed(series(case.inputs["returns"]))


def annual(case: Case) -> Iterator[Verdict]:
    """annual_return, cagr and calmar_ratio: growth a year."""
    r = case.returns()
    spacing = {252: 1, 52: 7, 12: 30, 1: 360}[case.a]
    index = BENCH.add(prices(r), spacing=spacing, year_days=spacing * case.a)
    path = "risk.calmar" if case.metric == "calmar_ratio" else "cagr"
    more: dict[str, Any] = {}
    if number(case.expected) is not None and len(observed(r)) * spacing < 90:
        counted = len(r)  # an empty first return counts
        shown = theirs.annual(observed(r), case.a, counted)
        if path == "risk.calmar":
            shown /= 0.1  # the drawdown of this series: its last return
        more = {"why": "cagr_90d", "shown": shown}
    yield case.held("", case.expected, index, path, **more)


def rate(text: str) -> float:
    """A constant rate: a number, or a series that is flat."""
    return series(text)[0] or 0.0 if text in DATA["series"] else float(text)


def bars_a_year(rate: float, a: int) -> int:
    """a, or 12 where the rate of a bar would grow beyond the 100 that a definition may hold."""
    return a if yearly(rate, a) < 100 else 12


def omega(case: Case) -> Iterator[Verdict]:
    required = case.inputs["required_return"]
    if required < -1:
        yield case.say("", case.expected, "different", figure="risk.omega", why="refused")
        return
    free = rate(case.inputs["risk_free"])
    a = bars_a_year(free, case.a)  # the ratio does not depend on it
    index = BENCH.add(prices(case.returns()), year_days=a, omega_threshold=yearly(free, a))
    yield case.held("", case.expected, index, "risk.omega")


def sharpe(case: Case) -> Iterator[Verdict]:
    r, free = case.returns(), case.inputs["risk_free"]
    if free in DATA["series"]:
        index = BENCH.add(prices(r), prices(series(free)), year_days=252)
        yield case.held("", case.expected, index, "benchmarks.benchmark.information_ratio")
        return
    index = BENCH.add(prices(r), year_days=252)
    more = {"why": "null"} if case.expected == "inf" else {}
    yield case.held("", case.expected, index, "risk.sharpe", **more)


def excess_sharpe(case: Case) -> Iterator[Verdict]:
    factor, one = case.inputs["factor_returns"], 1 / math.sqrt(252)
    if factor in DATA["series"]:
        index = BENCH.add(prices(case.returns()), prices(series(factor)), year_days=252)
        path = "benchmarks.benchmark.information_ratio"
        yield case.held("", case.expected, index, path, one)
    else:
        index = BENCH.add(prices(case.returns()), year_days=252)
        yield case.held("", case.expected, index, "risk.sharpe", one)


def downside(case: Case) -> Iterator[Verdict]:
    """downside_risk and sortino_ratio about a required return a period."""
    path = "risk.sortino" if case.metric == "sortino_ratio" else "risk.downside_deviation"
    required = rate(case.inputs["required_return"])
    a = bars_a_year(required, case.a)
    frame = isinstance(case.expected, dict)
    columns = case.expected["index"] if frame else [None]
    values = case.expected["values"] if frame else [case.expected]
    for column, expected in zip(columns, values, strict=True):
        r = case.returns(column)
        index = BENCH.add(prices(r), year_days=a, target=yearly(required, a))
        undefined = expected == "inf" or (len(observed(r)) == 1 and number(expected) is not None)
        more: dict[str, Any] = {"why": "null"} if undefined else {}
        yield case.held(column or "", expected, index, path, math.sqrt(case.a / a), **more)


def volatility(case: Case) -> Iterator[Verdict]:
    index = BENCH.add(prices(case.returns()), year_days=case.a)
    yield case.held("", case.expected, index, "risk.volatility")


def max_drawdown(case: Case) -> Iterator[Verdict]:
    index = BENCH.add(prices(case.returns()))
    more: dict[str, Any] = {"why": "no_return_yet"} if empty(case) else {}
    yield case.held("", case.expected, index, "drawdown.max", -1.0, **more)


def simple_returns(case: Case) -> Iterator[Verdict]:
    held = observed(series(case.inputs["prices"]))
    zeros = [k for k, price in enumerate(held[:-1]) if price == 0.0]
    assert zeros in ([], [0])
    ours = [None] * len(zeros) + daily_returns(held[len(zeros) :])
    for k, expected in enumerate(case.expected):
        cell, path = str(k), "returns.1d"
        if k in zeros:
            yield case.say(cell, expected, "different", why="zero_price")
        else:
            more = {"figure": path, "ours": partial(ours.__getitem__, k), "close": within(5e-5)}
            yield case.say(cell, expected, "equal", **more)


def cumulative(case: Case) -> Iterator[Verdict]:
    """cum_returns after each period, and cum_returns_final."""
    r, base = case.returns(), case.inputs["starting_value"]
    final = case.metric.endswith("final")
    path = "level" if base else "returns.inception"
    settings = {"base_level": base} if base else {}
    if not r:
        more: dict[str, Any] = {"why": "no_return_yet"} if final else {}
        empty_index = SLICES.add([1.0])
        if final:
            yield case.held("", case.expected, empty_index, path, bench=SLICES, **more)
        else:
            yield case.say("no value", None, "equal", figure=path, ours=lambda: None)
        return
    values = [case.expected] if final else case.expected
    for k, expected in enumerate(values, len(r) if final else 1):
        index = SLICES.add(prices(r[:k]), **settings)
        cell = "" if final else str(k - 1)
        yield case.held(cell, expected, index, path, bench=SLICES, close=within(5e-5))


def alpha_beta(case: Case) -> Iterator[Verdict]:
    r, f = case.returns(), case.benchmark()
    index = BENCH.add(prices(r), prices(f), year_days=252)
    names = {"alpha_beta": ("alpha", "beta"), "alpha": ("alpha",), "beta": ("beta",)}[case.metric]
    values = case.expected if case.metric == "alpha_beta" else [case.expected]
    places = int(case.inputs.get("decimal_places", 8))
    close = within(1.5 * 10.0**-places)  # as upstream's assert_almost_equal counts decimals
    for name, expected in zip(names, values, strict=True):
        path = f"benchmarks.benchmark.{name}"
        yield case.held(name if len(names) > 1 else "", expected, index, path, close=close)


def up_down(
    case: Case, cell: str, expected: Any, r: Returns, f: Returns, metric: str, close: Any = EIGHT
) -> Verdict:
    """A capture ratio of theirs, of the periods in which both have a return."""
    path = {
        "up_capture": "up_capture",
        "down_capture": "down_capture",
        "up_down_capture": "capture_ratio",
    }[metric]
    index = SLICES.add(prices(r), prices(f), year_days=252)
    x, y = paired(r, f)
    up = defined(theirs.capture_annual, x, y, 1.0)
    down = defined(theirs.capture_annual, x, y, -1.0)
    both = up / down if up is not None and down else None
    shown = {"up_capture": up, "down_capture": down, "up_down_capture": both}[metric]
    more: dict[str, Any] = {"bench": SLICES, "close": close}
    if number(expected) is not None and len(x) > 1:
        more |= {"why": "capture_annual", "shown": shown}
    return case.held(cell, expected, index, f"benchmarks.benchmark.{path}", **more)


def captures(case: Case) -> Iterator[Verdict]:
    yield up_down(case, "", case.expected, case.returns(), case.benchmark(), case.metric)


def rolling(case: Case) -> Iterator[Verdict]:
    """What they give for every window: our figure of an index over just these periods."""
    window, r = int(case.inputs["window"]), case.returns()
    metric = case.metric.removeprefix("roll_").replace("_ratio", "")
    pair = "benchmark" in case.inputs or "factor_returns" in case.inputs
    f = case.benchmark() if pair else [None] * len(r)
    values = case.expected if isinstance(case.expected, list) else [case.expected]
    if not values:
        yield case.say("no window", None, "equal", figure=metric, ours=lambda: None)
    for k, expected in enumerate(values):
        part, other = r[k : k + window], f[k : k + window]
        cell = f"window {k}"
        if metric == "max_drawdown":
            index = SLICES.add(prices(part))
            more = {"bench": SLICES, "close": within(5.001e-5)}
            yield case.held(cell, expected, index, "drawdown.max", -1.0, **more)
        elif metric == "sharpe":
            index = SLICES.add(prices(part), year_days=252)
            yield case.held(cell, expected, index, "risk.sharpe", bench=SLICES)
        elif metric == "alpha_beta":
            index = SLICES.add(prices(part), prices(other), year_days=252)
            for name, value in zip(("alpha", "beta"), expected, strict=True):
                path = f"benchmarks.benchmark.{name}"
                yield case.held(f"{cell} {name}", value, index, path, bench=SLICES)
        else:
            # They print eight digits of figures of very different size.
            close = lambda a, b: near(a, b, max(2e-8, 1e-8 * abs(a)))  # noqa: E731
            yield up_down(case, cell, expected, part, other, metric, close)


def shape(case: Case) -> Iterator[Verdict]:
    """stability_of_timeseries and tail_ratio."""
    path = "risk.tail_ratio" if case.metric == "tail_ratio" else "risk.stability"
    if case.inputs["returns"] not in DATA["series"]:
        yield case.say("", case.expected, "not published", why="no_series")
        return
    few = number(case.expected) is not None and len(observed(case.returns())) < 20
    more: dict[str, Any] = {"why": "too_few"} if few else {}
    index = SLICES.add(prices(case.returns()))
    yield case.held("", case.expected, index, path, bench=SLICES, **more)


def batting(case: Case) -> Iterator[Verdict]:
    """Of all bars, of those in which the benchmark rose, and in which it did not."""
    index = SLICES.add(prices(case.returns()), prices(case.benchmark()))
    for k, name in enumerate(("batting_average", "up_percent", "down_percent")):
        path = f"benchmarks.benchmark.{name}"
        yield case.held(str(k), case.expected[k], index, path, bench=SLICES, close=within(1e-6))


def sided(case: Case) -> Iterator[Verdict]:
    """Alpha, which is not published, and beta of the bars of one side."""
    path = f"benchmarks.benchmark.{case.metric.removesuffix('_alpha_beta')}_beta"
    index = SLICES.add(prices(case.returns()), prices(case.benchmark()))
    yield case.say("0", case.expected[0], "not published", why="sided_alpha")
    yield case.held("1", case.expected[1], index, path, bench=SLICES)


def not_published(case: Case) -> Iterator[Verdict]:
    values = case.expected if isinstance(case.expected, list) else [case.expected]
    for k, expected in enumerate(values):
        cell = str(k) if len(values) > 1 else ""
        yield case.say(cell, expected, "not published", why=NOT_PUBLISHED[case.metric])


HANDLERS: dict[str, Callable[[Case], Iterator[Verdict]]] = {
    "annual_return": annual,
    "cagr": annual,
    "calmar_ratio": annual,
    "omega_ratio": omega,
    "sharpe_ratio": sharpe,
    "excess_sharpe": excess_sharpe,
    "downside_risk": downside,
    "sortino_ratio": downside,
    "annual_volatility": volatility,
    "max_drawdown": max_drawdown,
    "simple_returns": simple_returns,
    "cum_returns": cumulative,
    "cum_returns_final": cumulative,
    "alpha_beta": alpha_beta,
    "alpha": alpha_beta,
    "beta": alpha_beta,
    "up_capture": captures,
    "down_capture": captures,
    "up_down_capture": captures,
    "stability_of_timeseries": shape,
    "tail_ratio": shape,
    "batting_average": batting,
    "up_alpha_beta": sided,
    "down_alpha_beta": sided,
    **dict.fromkeys(NOT_PUBLISHED, not_published),
}


def verdicts() -> list[Verdict]:
    """Of every figure of every case."""
    found: list[Verdict] = []
    for raw in DATA.get("cases", []):
        case = Case(raw)
        handler = rolling if case.metric.startswith("roll_") else HANDLERS.get(case.metric)
        found += (handler or not_published)(case)
    return found


def count(case: dict[str, Any]) -> int:
    """How many figures a case has, counted without looking at its verdicts."""

    def figures(value: Any) -> int:
        if isinstance(value, dict):
            return len(value["values"])
        if isinstance(value, Sequence) and not isinstance(value, str):
            return sum(figures(v) for v in value) if value else 1  # an empty list is one answer
        return 1

    return figures(case["expected"])


CASES: list[dict[str, Any]] = DATA.get("cases", [])
