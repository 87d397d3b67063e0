"""Makes `tear_sheets.json`: what the tear sheets of quantstats and jquantstats say of ETH against
BTC over six years. Run it where both are installed:

    python tests/conformance/make_tear_sheets.py ../shared/data/prices/daily_binance_usdt.csv.gz

Their figures are kept as they compute them, not as they round them for display.
"""

from __future__ import annotations

import json
import math
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

ASSET, BENCHMARK, START, END = "ETH", "BTC", "2018-01-01", "2023-12-31"
YEAR = 365


def number(value: Any) -> float | None:
    """A finite number, or None for what is none: a dash, a date, nothing."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def quantstats_sheet(returns: Any) -> dict[str, float | None]:
    """By name; percentages as fractions."""
    import pandas as pd
    import quantstats as qs

    same = lambda self, *_, **__: self  # noqa: E731
    pd.Series.round = pd.DataFrame.round = same
    r, f = returns[ASSET], returns[BENCHMARK]
    told = qs.reports.metrics(
        r, benchmark=f, mode="full", display=False, periods_per_year=YEAR, rf=0.0
    )
    sheet = {str(name).replace("﹪", ""): number(row["Strategy"]) for name, row in told.iterrows()}
    # These are made into text with two digits, whatever is asked for.
    greeks = qs.stats.greeks(r, f, YEAR)
    sheet |= {
        "Cumulative Return": float(qs.stats.comp(r)),
        "Beta": float(greeks["beta"]),
        "Alpha": float(greeks["alpha"]),
        "Correlation": float(r.corr(f)),
        "Treynor Ratio": float(qs.stats.treynor_ratio(r, f, YEAR, 0.0)),
    }
    return sheet


def jquantstats_sheet(returns: Any) -> dict[str, float | None]:
    """By name; in the percentages that it gives."""
    import jquantstats
    import polars as pl

    dates = pl.Series("Date", [day.date() for day in returns.index], dtype=pl.Date)
    data = jquantstats.Data.from_returns(
        returns=pl.DataFrame({"Date": dates, ASSET: returns[ASSET].to_numpy()}),
        benchmark=pl.DataFrame({"Date": dates, BENCHMARK: returns[BENCHMARK].to_numpy()}),
        date_col="Date",
    )
    told = data.reports.metrics(mode="full", periods_per_year=YEAR)
    return {row["Metric"]: number(row[ASSET]) for row in told.iter_rows(named=True)}


def main() -> None:
    """Write the file."""
    import pandas as pd

    warnings.filterwarnings("ignore")
    rows = pd.read_csv(sys.argv[1])
    rows = rows[rows["asset"].isin([ASSET, BENCHMARK]) & rows["date"].between(START, END)]
    closes = rows.pivot(index="date", columns="asset", values="close")
    closes.index = pd.to_datetime(closes.index)
    returns = closes.pct_change().dropna()
    sheets = {"quantstats": quantstats_sheet(returns), "jquantstats": jquantstats_sheet(returns)}
    told = {
        "made_with": {name: version(name) for name in sheets},
        "asset": ASSET,
        "benchmark": BENCHMARK,
        "start": START,
        "end": END,
        "n_returns": len(returns),
        "sheets": sheets,
    }
    file = Path(__file__).with_name("tear_sheets.json")
    file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
