"""A capped market-cap index of real closes through the `replay` command, against fractions.

The file's empty market caps are unknown ones: TRX and EOS join the index while theirs are. What is
expected is computed here, in exact arithmetic and without any code of the engine.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.shared import shared
from tests.tidegauge.command import run

FIRST = ["BTC", "LTC", "XRP", "XLM", "XMR", "XEM", "ETH"]
LIMIT = Fraction(1, 4)
CHANGES: dict[date, tuple[list[str], list[str]]] = {
    date(2017, 7, 3): (["EOS", "MIOTA"], []),  # the close of 2 July, where EOS has no cap yet
    date(2017, 9, 16): (["TRX"], []),  # has none up to the 28th
    date(2017, 11, 1): (["ADA", "BNB"], ["XEM"]),  # at a rebalance
    date(2018, 9, 12): ([], ["MIOTA"]),
}
"""By the instant, 00:00 UTC: who joins and who leaves."""
INDEX = """
[index.CAP]
assets = ["BTC", "LTC", "XRP", "XLM", "XMR", "XEM", "ETH"]
weighting = "cap"
cap_limit = 0.25
rebalance = "monthly"
"""
AGE = timedelta(hours=48)


class Close(NamedTuple):
    """A close in USD and the market cap with it, None where unknown."""

    price: Fraction
    cap: Fraction | None


def closes(file: Path) -> dict[date, dict[str, Close]]:
    """Closes by their instant: a day's close is the next 00:00."""
    found: dict[date, dict[str, Close]] = {}
    with gzip.open(file, "rt") as lines:
        for row in csv.DictReader(lines):
            cap = Fraction(row["market_cap"] or 0)
            instant = date.fromisoformat(row["date"]) + timedelta(days=1)
            close = Close(Fraction(row["close"]), cap or None)
            found.setdefault(instant, {})[row["asset"]] = close
    return dict(sorted(found.items()))


def capped(caps: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Shares of the caps; what exceeds the limit goes to the others, round by round."""
    weights = {a: cap / sum(caps.values()) for a, cap in caps.items()}
    full = set[str]()
    while over := {a for a, w in weights.items() if w > LIMIT}:
        excess = sum(weights[a] - LIMIT for a in over)
        full |= over
        below = sum(w for a, w in weights.items() if a not in full)
        for asset, weight in weights.items():
            share = Fraction(0) if asset in full else weight / below
            weights[asset] = LIMIT if asset in full else weight + excess * share
    return weights


def expected_levels(rows: Mapping[date, Mapping[str, Close]]) -> dict[date, Fraction]:
    """The level at each of these instants from the base on."""
    members, level = list(FIRST), Fraction(1000)
    last: dict[str, tuple[date, Fraction]] = {}
    supply: dict[str, Fraction] = {}
    holdings: dict[str, Fraction] = {}
    found: dict[date, Fraction] = {}
    for instant, prices in rows.items():
        for asset, close in prices.items():
            last[asset] = instant, close.price
            if close.cap is not None:
                supply[asset] = close.cap / close.price
        starts = not holdings and all(a in last for a in members)
        if holdings:
            level = sum((h * last[a][1] for a, h in holdings.items()), Fraction(0))
        add, remove = CHANGES.get(instant, ([], []))
        members = [a for a in members if a not in remove] + add
        if starts or (holdings and (add or remove or instant.day == 1)):
            fresh = [a for a in members if a in supply and instant - last[a][0] <= AGE]
            weights = capped({a: supply[a] * last[a][1] for a in fresh})
            assert sum(weights.values()) == 1
            # Exact fractions would double in length with each rebalance; 40 digits are enough.
            holdings = {
                a: Fraction(round(w * level / last[a][1] * 10**40), 10**40)
                for a, w in weights.items()
            }
        if holdings:
            found[instant] = level
    return found


def replayed(tmp_path: Path, rows: Mapping[date, Mapping[str, Close]]) -> list[dict[str, Any]]:
    """Snapshots of every day from the command, as a user runs it."""
    prices, indices = tmp_path / "prices.csv", tmp_path / "indices.toml"
    with prices.open("w") as out:
        out.write("ts,asset,price,market_cap\n")
        for instant, of in rows.items():
            day = instant - timedelta(days=1)
            for asset, close in of.items():
                cap = "0" if close.cap is None else repr(float(close.cap))
                out.write(f"{day},{asset},{float(close.price)!r},{cap}\n")
    changes = "".join(
        f"[[index.CAP.change]]\nat = {at}T00:00:00Z\nadd = {add}\nremove = {remove}\n"
        for at, (add, remove) in CHANGES.items()
    )
    indices.write_text(INDEX + changes)
    result = run("replay", prices, "--indices", indices, "--every", "1d")
    assert result.returncode == 0, result.stderr
    assert "skipped" not in result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_capped_index_of_real_closes_equals_fractions(tmp_path: Path) -> None:
    rows = closes(shared("prices/daily_cmc_marketcap.csv.gz"))
    expected = expected_levels(rows)
    snapshots = {
        datetime.fromtimestamp(s["as_of"] // 10**9, UTC).date(): s
        for s in replayed(tmp_path, rows)
        if s["level"] is not None
    }
    assert min(snapshots) == min(expected) == date(2015, 8, 9)
    assert max(snapshots) == max(expected) == date(2020, 1, 1)
    month_ends = [day for day in expected if day.day == 1]
    assert len(month_ends) == 53
    for day in expected:
        assert snapshots[day]["level"] == pytest.approx(float(expected[day]), rel=1e-9), day
    # Who had no weight, by name: EOS at its change only, TRX until October's rebalance.
    unknown = {
        day: {f.split(":")[1] for f in s["quality"]["flags"] if f.startswith("unknown_cap:")}
        for day, s in snapshots.items()
    }
    # A snapshot at an instant is taken after the rebalance of that instant.
    assert {day: names for day, names in unknown.items() if names} == {
        **{date(2017, 7, 3) + timedelta(days=k): {"EOS"} for k in range(29)},
        **{date(2017, 9, 16) + timedelta(days=k): {"TRX"} for k in range(15)},
    }
