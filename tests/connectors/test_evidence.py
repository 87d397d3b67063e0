"""The other venues' trading as evidence: what is a stall, and what is a market that rests."""

import asyncio
import heapq
import random
from collections.abc import Callable, Iterator

import pytest

from connectors.feed.connect import VenueSessions
from connectors.feed.health import Evidence, Pulse, StallRule
from engine.records import Instrument
from tests.connectors.faults.scripted_session import Received, VirtualTime, Wire, settle, trades

RULE = StallRule()
Rate = Callable[[float], float]
"""Trades a second at a time."""


def steady(rate: float) -> Rate:
    return lambda now: rate


class Venues:
    """One asset on some venues, each with its rate; `mute` is the last, from a time on."""

    def __init__(self, rates: list[Rate], seed: int = 1, mute_at: float = 1e9) -> None:
        evidence = Evidence()
        self.pulses = [
            evidence.pulse(RULE, Instrument(f"v{n}", "BTC/USD", "BTC", "USD", "spot", True))
            for n in range(len(rates))
        ]
        for pulse in self.pulses:
            pulse.begin(0.0)
        self._rates, self._mute_at = rates, mute_at
        self._rng = random.Random(seed)

    def trades(self, until: float) -> Iterator[tuple[float, int]]:
        """When and where is traded, in order of time (a thinned Poisson process)."""
        most = 4.0 * max(rate(0.0) for rate in self._rates)
        due = [(self._rng.expovariate(most), n) for n in range(len(self._rates))]
        heapq.heapify(due)
        while due[0][0] < until:
            now, n = heapq.heappop(due)
            heapq.heappush(due, (now + self._rng.expovariate(most), n))
            mute = n == len(self._rates) - 1 and now >= self._mute_at
            if not mute and self._rng.random() < self._rates[n](now) / most:
                yield now, n

    def stalls(self, until: float) -> list[tuple[float, int]]:
        """When which venue is found to be stalled; it is told once."""
        found: list[tuple[float, int]] = []
        told: set[int] = set()
        look = 0.0
        for now, n in self.trades(until):
            while look < now:
                for place, pulse in enumerate(self.pulses):
                    if place not in told and pulse.stalled(look):
                        told.add(place)
                        found.append((look, place))
                look += RULE.check
            self.pulses[n].beat(now)
        return found


@pytest.mark.parametrize("seed", range(5))
def test_a_mute_venue_of_a_busy_market_is_found_within_two_seconds(seed: int) -> None:
    [(at, place)] = Venues([steady(20.0)] * 5, seed, mute_at=60.0).stalls(65.0)
    assert place == 4
    assert 60.0 < at < 62.0


def slow_venue(others: Rate, seed: int) -> tuple[float, float]:
    """Five venues that trade 50 times a second together, and one that trades once in 20 s.

    It trades for ten minutes, then no more. When it is found, from its last trade on, and how long
    it would have taken by its own rate.
    """
    market = Venues([others] * 5 + [steady(0.05)], seed, mute_at=600.0)
    [(at, place)] = market.stalls(1400.0)
    pulse = market.pulses[5]
    assert place == 5
    limit = pulse.limit()
    assert limit is not None
    assert pulse.last is not None
    return at - pulse.last, limit


@pytest.mark.parametrize("seed", range(4))
def test_a_slow_symbol_is_found_far_sooner_than_its_own_rate_says(seed: int) -> None:
    found, alone = slow_venue(steady(10.0), seed)
    assert found < 0.6 * alone
    busy, alone = slow_venue(lambda now: 10.0 if now < 600.0 else 30.0, seed)
    assert busy < 0.45 * alone, "sooner still while the others trade more than usual"


def test_the_figures_of_the_rule() -> None:
    """30 waits of 20 s, the others four times a second each: as `StallRule` says."""
    for faster, wanted, alone in ((1, 290.0, 570.0), (2, 195.0, 570.0)):
        evidence = Evidence()
        peers = [
            evidence.pulse(RULE, Instrument(f"v{n}", "B", "BTC", "USD", "spot", True))
            for n in range(5)
        ]
        slow = evidence.pulse(RULE, Instrument("slow", "B", "BTC", "USD", "spot", True))
        now = 0.0
        for pulse in (*peers, slow):
            pulse.begin(now)
        for k in range(30 * 20 * 4 + 1):
            now = k * 0.25
            for peer in peers:
                peer.beat(now)
            if k % 80 == 0:
                slow.beat(now)
        assert slow.limit() == pytest.approx(alone, rel=0.01)
        last = now
        while not slow.stalled(now):
            now += 0.25 / faster
            for peer in peers:
                peer.beat(now)
        assert now - last == pytest.approx(wanted, rel=0.02)


def test_a_market_that_halts_everywhere_is_no_stall_and_who_stays_away_after_it_is() -> None:
    def halted(now: float) -> float:
        return 20.0 if now < 60.0 or now > 240.0 else 0.0

    def gone(now: float) -> float:
        return 20.0 if now < 60.0 else 0.0

    assert Venues([halted] * 5).stalls(300.0) == []
    [(at, place)] = Venues([halted] * 4 + [gone]).stalls(300.0)
    assert place == 4
    assert 240.0 < at < 243.0
    alone = Venues([halted]).stalls(300.0)
    assert [place for _, place in alone] == [0], "without others it would be taken for one"


@pytest.mark.parametrize("share", [0.3, 0.1, 0.02])
def test_a_market_that_calms_everywhere_is_no_stall(share: float) -> None:
    def calming(now: float) -> float:
        return 20.0 if now < 120.0 else 20.0 * share

    assert Venues([calming] * 5).stalls(120.0 + 300.0) == []
    if share < 0.1:
        assert Venues([calming]).stalls(120.0 + 300.0) != [], "its own rate alone says stall"


def test_a_venue_that_is_down_does_not_make_the_market_look_calm() -> None:
    """Two of five go mute, one after the other: the second is found as fast as the first."""

    def first(now: float) -> float:
        return 20.0 if now < 60.0 else 0.0

    found = Venues([first] + [steady(20.0)] * 4, mute_at=60.5).stalls(64.0)
    assert sorted(place for _, place in found) == [0, 4]
    assert all(at < 62.5 for at, _ in found)


@pytest.mark.parametrize("seed", range(5))
def test_venues_that_go_down_one_after_the_other_are_all_found(seed: int) -> None:
    """Half a second apart, so that each is silent while most of the others are too."""

    def until(end: float) -> Rate:
        return lambda now: 20.0 if now < end else 0.0

    ends = [60.0 + 0.5 * n for n in range(5)]
    found = Venues([until(end) for end in ends] + [steady(20.0)], seed).stalls(66.0)
    assert sorted(place for _, place in found) == [0, 1, 2, 3, 4]
    assert all(at - ends[place] < 2.0 for at, place in found), found


def storms(seed: int, seconds: float) -> int:
    """How many of four venues are suspected though none is mute.

    Every 20 s all their rates jump together, to a quarter of the usual one up to four times it.
    """
    rng = random.Random(seed)
    shared = [rng.choice((0.25, 0.5, 1.0, 2.0, 4.0)) for _ in range(int(seconds / 20.0) + 1)]
    return len(Venues([lambda now: shared[int(now / 20.0)]] * 4, seed).stalls(seconds))


def test_storms_and_lulls_of_the_whole_market_are_rarely_taken_for_stalls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Five days of one symbol. Such jumps are beyond the model; its own rate alone fails there."""
    known = sum(storms(seed, 20_000.0) for seed in range(6))
    monkeypatch.setattr(Pulse, "pace", lambda self, now: None)
    alone = sum(storms(seed, 20_000.0) for seed in range(6))
    assert alone >= 12, "of 24"
    assert known <= 2


@pytest.mark.parametrize(("rate", "seconds"), [(10.0, 2_000.0), (1.0, 20_000.0)])
def test_steady_trading_is_never_a_stall(rate: float, seconds: float) -> None:
    for seed in range(3):
        assert Venues([steady(rate)] * 5, seed + 100).stalls(seconds) == []


def test_clusters_of_trades_are_one_piece_of_evidence() -> None:
    """A venue that prints sixty trades at once now and then is not sixty times as active."""
    evidence = Evidence()
    one, other = (
        evidence.pulse(RULE, Instrument(v, "B", "BTC", "USD", "spot", True)) for v in ("a", "b")
    )
    rng = random.Random(5)
    one.begin(0.0)
    other.begin(0.0)
    now, due = 0.0, 1.0
    while now < 3000.0:
        now += rng.expovariate(1.0)
        one.beat(now)
        assert not one.stalled(now)
        if now > due:
            due = now + rng.expovariate(0.1)
            for _ in range(60):
                other.beat(now)
                assert not one.stalled(now)
    venues, count = one.others()
    assert venues == (1 if count else 0)


def test_the_silence_in_words() -> None:
    evidence = Evidence()

    def pulse(venue: str, symbol: str) -> Pulse:
        found = evidence.pulse(RULE, Instrument(venue, symbol, "BTC", "USDT", "spot", True))
        found.begin(100.0)
        return found

    ours = pulse("binance", "BTCUSDT")
    other_pair = pulse("binance", "BTCUSDC")
    others = [pulse(f"v{n}", "BTC-USDT") for n in range(5)]
    ours.beat(101.0)
    assert ours.silence("BTCUSDT", 102.0) == "BTCUSDT silent for 1.0 s"
    other_pair.beat(102.0)
    assert ours.silence("BTCUSDT", 102.0) == "BTCUSDT silent for 1.0 s", "not by its own venue"
    others[0].beat(102.5)
    said = "BTCUSDT silent for 2.0 s while another venue traded BTC once"
    assert ours.silence("BTCUSDT", 103.0) == said
    for n in range(411):
        others[n % 5].beat(103.0 + n * 0.01)
    said = "BTCUSDT silent for 9.0 s while 5 venues traded BTC 412 times"
    assert ours.silence("BTCUSDT", 110.0) == said
    assert ours.others() == (5, 412)


async def test_sessions_of_one_run_are_evidence_for_each_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    time = VirtualTime()
    wires: dict[str, list[Wire]] = {"ws://k": [], "ws://c": []}

    async def connect(url: str) -> Wire:
        wires[url].append(Wire(time))
        return wires[url][-1]

    match = (
        '{"type":"match","trade_id":%d,"side":"sell","size":"1","price":"9",'
        '"product_id":"BTC-USD","time":"2026-07-07T22:58:17Z"}'
    )
    received = Received()
    urls = {"kraken": "ws://k", "coinbase": "ws://c"}
    sessions = VenueSessions(urls, ["BTC"], received, urls, clock=time.clock, connect=connect)
    task = asyncio.create_task(sessions.run())
    await time.advance(0.1)
    number = 0

    async def trade(kraken: bool, coinbase: bool, count: int) -> None:
        nonlocal number
        for _ in range(count):
            number += 1
            if kraken:
                wires["ws://k"][0].give(trades(("BTC/USD", number)))
            if coinbase:
                wires["ws://c"][0].give(match % number)
            await time.advance(0.5)

    await trade(True, True, 100)
    await trade(False, False, 240)  # both rest for two minutes
    assert [stats.stalls for stats in sessions.stats] == [0, 0]
    await trade(True, True, 40)
    await trade(False, True, 40)
    assert [stats.stalls for stats in sessions.stats] == [1, 0]
    [told] = [r.getMessage() for r in caplog.records if "no data for too long" in r.getMessage()]
    assert "BTC/USD silent for" in told
    assert "while another venue traded BTC" in told
    assert sessions.stats[0].symbols["BTC/USD"].last_stall in told
    await settle()
    sessions.stop()
    await asyncio.wait_for(task, 5)
