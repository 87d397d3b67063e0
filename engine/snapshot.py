"""Snapshots: every figure of every index at one instant, with a reason where there is none.

Figures are read as columns over all rows at once (`Column`), then picked row by row into the
nested mapping of the contract. `undefined` of a snapshot names the reason of each null by its path.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.bars import BarStatistics
from engine.estimators.autocovariance import probability_positive
from engine.history import History
from engine.index.basket_flags import pending
from engine.index.baskets import Baskets
from engine.index.definition import IndexDefinition
from engine.index.kernel import EPISODES, PATH, is_deeper, is_under
from engine.readings import TOO_SHORT, ZERO_RETURN, Column, Lists, Undefined, column, lists
from engine.trailing import Trailing
from engine.types import SECOND
from engine.windows import Windows

EXCESS_PERIODS = ("1d", "7d", "30d", "90d", "1y", "3y", "5y", "mtd", "qtd", "ytd", "inception")


def risk_columns(stats: BarStatistics) -> dict[str, Column]:
    """`risk` of every series, but for what needs the level's path."""
    m, p, a = stats.moments, stats.partial, stats.bars_per_year
    sharpe = m.sharpe(stats.risk_free, a)
    error = stats.autocovariance.sharpe_error(stats.risk_free, a)
    return {
        "n": column(m.n),
        "volatility": m.volatility(a),
        "downside_deviation": p.downside_deviation(m.n, a),
        "ewma_volatility": stats.ewma.volatility(a),
        "sharpe": sharpe,
        "sharpe_se": error,
        "psr": probability_positive(sharpe, error),
        "sortino": p.sortino(m, stats.target, a),
        "omega": p.omega(m.n),
        "skew": m.skew(),
        "kurtosis": m.kurtosis(),
        "var_95": stats.tail.var(95),
        "var_99": stats.tail.var(99),
        "cvar_95": stats.tail.cvar(95),
        "cvar_99": stats.tail.cvar(99),
        "var_95_cf": m.cornish_fisher(95),
        "var_99_cf": m.cornish_fisher(99),
    }


def exceedance_columns(stats: BarStatistics) -> dict[str, dict[str, Column]]:
    """`risk.var_95_exceedances` and `risk.var_99_exceedances` of every series."""
    return {
        "var_95_exceedances": stats.exceedances_95.columns(95),
        "var_99_exceedances": stats.exceedances_99.columns(99),
    }


def pair_columns(stats: BarStatistics) -> dict[str, Column]:
    """`benchmarks` of every pair, but for excess returns."""
    c, capture = stats.covariance, stats.capture
    a, rf = stats.bars_per_year[stats.pair_index], stats.risk_free[stats.pair_index]
    return {
        "n": column(c.n),
        "beta": c.beta(),
        "ewma_beta": stats.ewma_beta.beta(),
        "alpha": c.alpha(rf, a),
        "correlation": c.correlation(),
        "tracking_error": c.tracking_error(a),
        "information_ratio": c.information_ratio(a),
        "up_capture": capture.up(),
        "down_capture": capture.down(),
        "capture_ratio": capture.ratio(),
    }


def drawdown(baskets: Baskets, row: int, as_of: int, undefined: Undefined) -> dict[str, Any]:
    """`drawdown` of a started basket, but for `max_daily`."""
    p, level = path_of(baskets, row), float(baskets.levels.level[row])
    peak, peak_at = p["peak"], p["peak_at"]
    under = is_under(level, peak, peak)
    lasting = as_of - peak_at if under else 0
    found: dict[str, Any] = {
        "current": (peak - level) / peak if under else 0.0,
        "max": p["max_depth"],
        "max_daily": None,
        "peak_at": p["max_peak_at"] or None,
        "trough_at": p["max_trough_at"] or None,
        "recovered_at": p["max_recovered_at"] or None,
        "underwater_seconds": lasting / SECOND,
        "longest_seconds": max(p["longest"], lasting) / SECOND,
        "recovery_seconds": None,
        "episodes": episodes(baskets, row, p if under else None),
    }
    if found["recovered_at"] is not None:
        found["recovery_seconds"] = (found["recovered_at"] - found["trough_at"]) / SECOND
    for name in ("peak_at", "trough_at", "recovered_at", "recovery_seconds"):
        if found[name] is None:
            reason = "no_drawdown" if found["max"] == 0.0 else "not_recovered"
            undefined.reasons[f"drawdown.{name}"] = reason
    for place, episode in enumerate(found["episodes"]):
        if episode["recovered_at"] is None:
            undefined.reasons[f"drawdown.episodes.{place}.recovered_at"] = "not_recovered"
    return found


def path_of(baskets: Baskets, row: int) -> dict[str, Any]:
    """The path of a basket (`engine.index.kernel.PATH`) as plain values."""
    return dict(zip(PATH.names or (), baskets.path[row].item(), strict=True))


def episodes(baskets: Baskets, row: int, lasting: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The deepest drawdowns, deepest first; among them the one of a `lasting` path."""
    lv = baskets.levels
    found = [
        {"peak_at": peak, "trough_at": trough, "recovered_at": recovered, "depth": depth}
        for depth, (peak, trough, recovered) in zip(
            lv.depths[row].tolist(), lv.times[row].tolist(), strict=True
        )
        if depth > 0.0
    ]
    if lasting is not None:
        depth = (lasting["peak"] - lasting["trough"]) / lasting["peak"]
        times = {"peak_at": lasting["peak_at"], "trough_at": lasting["trough_at"]}
        place = next((k for k, e in enumerate(found) if is_deeper(depth, e["depth"])), len(found))
        found.insert(place, {**times, "recovered_at": None, "depth": depth})
    return found[:EPISODES]


class Snapshots:
    """Reads all columns once and then gives the figures of single indices."""

    def __init__(
        self,
        baskets: Baskets,
        history: History,
        stats: Mapping[int, BarStatistics],
        windows: Windows,
        as_of: int,
    ) -> None:
        self.trailing = Trailing(baskets, history, windows, as_of)
        self.baskets, self.history, self.stats, self.as_of = baskets, history, stats, as_of
        self.period = history.returns(as_of, baskets)
        self.kept = {name: k for k, name in enumerate(history.ids)}
        self.annual = history.annualised(as_of, baskets)
        self.calmar = lists({"calmar": self._calmar()})
        self.calmar_36m = lists({"calmar_36m": self._calmar_36m(windows)})
        daily = column(history.daily.deepest, (history.daily.peak == 0.0, "unobserved"))
        self.max_daily = lists({"max_daily": daily})
        self.risk = {interval: lists(risk_columns(s)) for interval, s in stats.items()}
        self.exceedances = {
            interval: {name: lists(c) for name, c in exceedance_columns(s).items()}
            for interval, s in stats.items()
        }
        self.pair = {interval: lists(pair_columns(s)) for interval, s in stats.items()}
        self.series = {
            interval: {name: k for k, name in enumerate(s.ids)} for interval, s in stats.items()
        }
        self.pair_row = {
            interval: {pair: k for k, pair in enumerate(s.pairs)} for interval, s in stats.items()
        }
        self.period_lists, self.annual_lists = lists(self.period), lists(self.annual)

    def _calmar(self) -> Column:
        deepest = self.baskets.path["max_depth"][self.history.row]
        cagr = self.annual["inception"]
        return cagr.over(column(deepest, (deepest < ZERO_RETURN, "no_loss")))

    def _calmar_36m(self, windows: Windows) -> Column:
        """Of the windows' indices, in their order."""
        deepest = windows.deepest_36m(self.as_of, self.history)
        values, codes = self.annual["3y"]
        growth = Column(values[windows.kept], codes[windows.kept])
        return growth.over(column(deepest, (deepest < ZERO_RETURN, "no_loss")))

    def figures(
        self, definition: IndexDefinition, benchmarks: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """The figures of a started index but `regime`, `flags`, `targets`; reasons of its nulls.

        `benchmarks` maps the names in the definition to basket ids.
        """
        undefined = Undefined()
        kept = self.kept[definition.id]
        series = self.series[definition.return_interval][definition.id]
        row = self.baskets.row[definition.id]
        annual = undefined.pick(self.annual_lists, kept, "annualised")
        risk = undefined.pick(self.risk[definition.return_interval], series, "risk")
        risk |= undefined.pick(self.calmar, kept, "risk")
        for name, columns in self.exceedances[definition.return_interval].items():
            risk[name] = undefined.pick(columns, series, f"risk.{name}")
        risk |= undefined.pick(self.calmar_36m, self.trailing.windows.row[definition.id], "risk")
        fall = drawdown(self.baskets, row, self.as_of, undefined)
        fall |= undefined.pick(self.max_daily, kept, "drawdown")
        begun = {name: self._begun(definition, basket) for name, basket in benchmarks.items()}
        body: dict[str, Any] = {
            "composition": self._composition(row, undefined),
            "returns": undefined.pick(self.period_lists, kept, "returns"),
            "annualised": annual,
            "cagr": annual["inception"],
            "calendar": self.trailing.calendar_of(definition, benchmarks, begun, undefined),
            "risk": risk,
            "drawdown": fall,
            "benchmarks": {
                name: self._against(definition, name, benchmarks[name], undefined)
                for name in definition.benchmarks
            },
        }
        if annual["inception"] is None:
            undefined.reasons["cagr"] = undefined.reasons["annualised.inception"]
        body["rolling"] = self.trailing.rolling_of(definition.id, undefined)
        body["windows"] = self.trailing.windows_of(definition, benchmarks, undefined)
        return body, undefined.reasons

    def _composition(self, row: int, undefined: Undefined) -> dict[str, Any]:
        baskets, lv = self.baskets, self.baskets.levels
        inception, divisor = int(lv.inception[row]), float(lv.divisor[row])
        return baskets.contributions.read(
            baskets.all[row],
            inception,
            divisor,
            baskets.price_of,
            self.as_of,
            pending(baskets, row),
            undefined,
        )

    def _begun(self, definition: IndexDefinition, basket: str) -> float:
        """The level of a benchmark when the index began, NaN where it began later."""
        interval = definition.return_interval
        pair = self.pair_row[interval][definition.id, basket]
        return float(self.stats[interval].beginnings.level[pair])

    def _against(
        self, definition: IndexDefinition, name: str, basket: str, undefined: Undefined
    ) -> dict[str, Any]:
        interval, path = definition.return_interval, f"benchmarks.{name}"
        pair = self.pair_row[interval][definition.id, basket]
        found = undefined.pick(self.pair[interval], pair, path)
        own, other = self.kept[definition.id], self.kept[basket]
        excess: Lists = {}
        for period in EXCESS_PERIODS:
            values, codes = self.period_lists[period]
            excess[period] = ([values[own] - values[other]], [codes[own] or codes[other]])
        begun = self._begun(definition, basket)
        since = float(self.baskets.levels.level[self.baskets.row[basket]]) / begun - 1.0
        total = self.period_lists["inception"][0][own]
        excess["inception"] = ([total - since], [0 if begun == begun else TOO_SHORT])
        found["excess"] = undefined.pick(excess, 0, f"{path}.excess")
        return found


def unstarted() -> tuple[dict[str, Any], dict[str, str]]:
    """The figures of an index without a level: none."""
    groups = (
        "composition",
        "returns",
        "annualised",
        "cagr",
        "calendar",
        "risk",
        "drawdown",
        "benchmarks",
    )
    names = (*groups, "rolling", "windows", "regime", "flags", "targets")
    return dict.fromkeys(names), dict.fromkeys(("level", *names), "not_started")
