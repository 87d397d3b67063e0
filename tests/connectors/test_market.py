"""The invented market: deterministic, correlated, lively, and never running away."""

import math
from itertools import pairwise

import pytest

from connectors.simulator import ASSETS, Market
from connectors.simulator.market import STEP


def test_the_same_seed_is_the_same_market() -> None:
    first, second, other = Market(7), Market(7), Market(8)
    for _ in range(500):
        assert first.step() == second.step()
        assert first.prices() == second.prices()
        other.step()
    assert first.prices() != other.prices()
    assert first.time == pytest.approx(10.0)


def level(prices: dict[str, float]) -> float:
    """An equally weighted basket of three, from one."""
    return sum(prices[a] / ASSETS[a][0] for a in ("BTC", "ETH", "SOL")) / 3


@pytest.mark.parametrize("seed", range(12))
def test_alerts_fire_and_resolve_within_any_twenty_seconds(seed: int) -> None:
    """Thresholds 1 %, 2 % and 5 % below the running peak; they clear at half of that."""
    market = Market(seed)
    peak = 0.0
    firing: set[float] = set()
    fired: dict[float, list[float]] = {0.01: [], 0.02: [], 0.05: []}
    resolved: dict[float, list[float]] = {0.01: [], 0.02: [], 0.05: []}
    for _ in range(round(120 / STEP)):
        market.step()
        now = level(market.prices())
        peak = max(peak, now)
        drawdown = 1 - now / peak
        for threshold in fired:
            if threshold not in firing and drawdown >= threshold:
                firing.add(threshold)
                fired[threshold].append(market.time)
            elif threshold in firing and drawdown <= threshold / 2:
                firing.discard(threshold)
                resolved[threshold].append(market.time)
    for threshold in fired:
        assert fired[threshold][0] < 8.0
        assert resolved[threshold][0] < 16.0
    for threshold in (0.01, 0.02):
        for times in (fired[threshold], resolved[threshold]):
            waits = [b - a for a, b in pairwise(times)]
            assert len(times) >= 5
            assert max(waits) < 20.0


def test_prices_stay_near_where_they_began_for_hours() -> None:
    market = Market(3, ["BTC"], rate=0.0)
    for _ in range(round(1800 / STEP)):
        market.step()
        assert 0.88 < market.prices()["BTC"] / ASSETS["BTC"][0] < 1.03


def test_assets_move_together_and_betas_differ() -> None:
    market = Market(5, rate=0.0)
    path = []
    for _ in range(round(60 / STEP)):
        market.step()
        path.append(market.prices())
    falls = {
        a: 1 - min(p[a] for p in path) / path[0][a] for a in ("BTC", "SOL", "TRX", "USDT", "USDC")
    }
    assert falls["SOL"] > falls["BTC"] > falls["TRX"] > 0.03
    assert falls["USDT"] < 0.002
    assert falls["USDC"] < 0.002


def test_trades_are_near_the_common_price_in_the_venue_s_quote() -> None:
    market = Market(11, rate=2000.0)
    seen: dict[tuple[str, str], list[float]] = {}
    sides = set()
    count = 0
    for _ in range(round(20 / STEP)):
        trades = market.step()
        prices = market.prices()
        count += len(trades)
        for t in trades:
            fair = prices[t.asset] / (prices["USDT"] if t.quote == "USDT" else 1.0)
            seen.setdefault((t.venue, t.asset), []).append(math.log(t.price / fair))
            sides.add(t.side)
            assert t.size > 0
            assert t.quote == ("USDT" if t.venue == "binance" else "USD")
    assert sides == {"buy", "sell"}
    assert 36_000 < count < 44_000
    assert {a for v, a in seen if v == "kraken"} == {*ASSETS, "USDT", "USDC"}
    assert {a for v, a in seen if v == "coinbase"} == {*ASSETS, "USDT"}
    assert {a for v, a in seen if v == "binance"} == set(ASSETS)
    basis = {k: sum(v) / len(v) for k, v in seen.items()}
    assert all(abs(b) < 0.001 for b in basis.values())
    assert max(basis.values()) - min(basis.values()) > 0.0001, "venues differ"
    assert abs(basis["kraken", "USDC"]) < 0.0002
