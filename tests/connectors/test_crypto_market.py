"""The demo's market: as volatile, correlated and heavy-tailed as coins are, and its crashes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from connectors.simulator import CryptoMarket, past_prices, prices_between
from connectors.simulator.coins import COINS
from connectors.simulator.market import STEP
from engine.types import DAY, HOUR, MINUTE

NOW = 20_700 * DAY + 11 * HOUR + 17 * MINUTE + 5
ASSETS = list(COINS)
MARKET = np.array([coin.price for coin in COINS.values()])


def test_the_same_seed_is_the_same_market() -> None:
    first, second, other = CryptoMarket(7), CryptoMarket(7), CryptoMarket(8)
    for _ in range(500):
        assert first.step() == second.step()
        assert first.prices() == second.prices()
        other.step()
    assert first.prices() != other.prices()
    again = past_prices(3, ASSETS, NOW)
    assert np.array_equal(past_prices(3, ASSETS, NOW).price, again.price)


@pytest.mark.parametrize("seed", range(6))
def test_two_years_move_as_coins_have(seed: int) -> None:
    past = past_prices(seed, ASSETS, NOW)
    assert past.at[-1] == NOW // MINUTE * MINUTE
    assert past.at[0] <= NOW - 2 * 365 * DAY
    assert (np.diff(past.at) > 0).all()
    assert past.price[-1] == pytest.approx(MARKET)
    logs = np.log(past.price)
    days = np.diff(logs[past.at % DAY == 0], axis=0)
    assert len(days) == 731
    volatility = dict(zip(ASSETS, days.std(axis=0) * math.sqrt(365), strict=True))
    assert 0.45 < volatility["BTC"] < 0.85
    assert volatility["BTC"] < volatility["ETH"] < volatility["SOL"] < 1.5
    correlations = np.corrcoef(days.T)[np.triu_indices(len(ASSETS), 1)]
    assert 0.55 < np.median(correlations) < 0.8
    hours = np.diff(logs[(past.at % HOUR == 0) & (past.at > NOW - 30 * DAY)], axis=0)
    assert len(hours) == 719
    assert 0.3 < hours[:, 0].std() * math.sqrt(365 * 24) < 1.6
    minutes = past.at[past.at > NOW - DAY]
    assert (np.diff(minutes) == MINUTE).all()


def test_volatility_comes_in_clusters_and_tails_are_heavy() -> None:
    past = [past_prices(seed, ["BTC"], NOW) for seed in range(12)]
    days = np.array([np.diff(np.log(p.price[p.at % DAY == 0, 0])) for p in past])
    centred = days - days.mean(axis=1, keepdims=True)
    kurtosis = (centred**4).mean() / (centred**2).mean() ** 2 - 3.0
    assert 1.0 < kurtosis < 6.0
    size = np.abs(centred) - np.abs(centred).mean()
    assert 0.08 < (size[:, 1:] * size[:, :-1]).mean() / size.var() < 0.35


@pytest.mark.parametrize("seed", range(6))
def test_a_simulation_begins_at_a_record(seed: int) -> None:
    past = past_prices(seed, ASSETS, NOW)
    assert (past.price.max(axis=0) < past.price[-1] * 1.01).all()
    falls = 1.0 - past.price / np.maximum.accumulate(past.price, axis=0)
    assert falls[:, 0].max() > 0.3, "and has a bear market behind it"


def test_the_market_goes_on_between_two_runs() -> None:
    before = MARKET * 0.94  # of a run that ended in a crash
    past = prices_between(1, ASSETS, list(before), NOW, NOW + 40 * DAY)
    assert past.at[0] == NOW // HOUR * HOUR + HOUR
    assert past.at[-1] == (NOW + 40 * DAY) // MINUTE * MINUTE
    assert np.abs(np.log(past.price[0] / before)).max() < 0.1
    assert past.price[-1] == pytest.approx(MARKET)
    assert (past.price <= MARKET * (1.0 + 1e-12)).all()
    volatility = np.diff(np.log(past.price[:900, 0])).std() * math.sqrt(365 * 24)
    assert 0.3 < volatility < 1.2
    assert len(prices_between(1, ASSETS, list(before), NOW, NOW + 10).at) == 0


@pytest.mark.parametrize("seed", range(12))
def test_the_first_crash_is_over_within_seconds_and_made_good(seed: int) -> None:
    market = CryptoMarket(seed, rate=0.0)
    levels = []
    for _ in range(round(16 / STEP)):
        market.step()
        found = market.prices()
        levels.append(sum(found[a] / COINS[a].price for a in ASSETS) / len(ASSETS))
    low = int(np.argmin(levels))
    assert 0.05 < 1.0 - levels[low] < 0.12
    assert low * STEP < 8.0
    assert levels[-1] > 0.985, "half of the lowest threshold of the demo's indices"


def test_between_crashes_it_moves_as_coins_do() -> None:
    market, seconds = CryptoMarket(5, rate=0.0), round(1.0 / STEP)
    path = []
    for step in range(round(1200 / STEP)):
        market.step()
        if step % seconds == 0:
            path.append(math.log(market.prices()["BTC"]))
    # The median knows nothing of the few seconds of a crash.
    usual = float(np.median(np.abs(np.diff(path)))) / 0.6745
    assert 0.25 < usual * math.sqrt(365 * 86_400) < 1.1


def test_what_a_crash_left_is_made_good() -> None:
    prices = {asset: coin.price * 0.93 for asset, coin in COINS.items()}
    market = CryptoMarket(2, rate=0.0, prices=prices)
    assert market.prices()["BTC"] == pytest.approx(62_000 * 0.93)
    for _ in range(round(100 / STEP)):
        market.step()
    assert market.prices()["BTC"] == pytest.approx(62_000, rel=0.01)


def test_trades_come_in_bursts_near_the_common_price() -> None:
    market = CryptoMarket(11, rate=600.0)
    counts, sizes, off = [], [], []
    for _ in range(round(60 / STEP)):
        trades = market.step()
        prices = market.prices()
        counts.append(len(trades))
        sizes += [t.size * prices[t.asset] for t in trades]
        fair = (
            (t, prices[t.asset] / (prices["USDT"] if t.quote == "USDT" else 1.0)) for t in trades
        )
        off += [abs(math.log(t.price / price)) for t, price in fair]
    seconds = np.array(counts).reshape(60, -1).sum(axis=1)
    assert 400 < seconds.mean() < 900
    assert seconds.var() / seconds.mean() > 5.0, "of a Poisson process it would be 1"
    assert 30 < np.median(sizes) < 45
    assert np.quantile(sizes, 0.99) > 8_000
    assert 0.0001 < np.median(off) < 0.0006
    assert max(off) < 0.004
