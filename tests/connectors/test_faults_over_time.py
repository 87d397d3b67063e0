"""Faults over long times: storms of attempts, memory, and cuts after 24 hours."""

import asyncio
import gc
import random
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.feed.connect import VenueSessions
from connectors.feed.retry import AttemptBudget, Backoff
from connectors.simulator.desks import Fill
from connectors.simulator.exchange import Exchange
from connectors.simulator.memory import MemorySimulator
from connectors.venues.binance import Binance
from engine.types import SECOND
from tests.connectors.faults import matrix as fault_matrix
from tests.connectors.faults.judge import Judge
from tests.connectors.faults.virtual_loop import START, run_virtual, virtual_clock
from tests.connectors.faults.world import LIMITS, VENUES, Outcome, count_attempts, exchange, fill


async def _flap(
    seconds: float, each_step: Callable[[], None] = lambda: None
) -> dict[str, Exchange]:
    """Every venue cuts every connection at its first trade."""
    loop = asyncio.get_running_loop()
    clock = virtual_clock(loop)
    simulator = MemorySimulator(exchange(venue, clock.now_ns) for venue in VENUES)

    def trade(number: int) -> list[tuple[str, Fill]]:
        ts = START + int(number * 0.1 * SECOND)
        return [(v, fill(v, 8 + number)._replace(ts=ts)) for v in VENUES]

    def cut() -> None:
        each_step()
        for place in simulator.exchanges.values():
            for client in tuple(place.clients):
                if client.first_trade and place.now_ns() - min(client.first_trade.values()) > 10**8:
                    client.link.reset()

    sessions = VenueSessions(
        VENUES,
        ["BTC"],
        lambda received, events: None,
        simulator.urls,
        clock=clock,
        connect=simulator.connect,
        rng=random.Random(1),
    )
    running = asyncio.create_task(sessions.run())
    await simulator.play((trade(n) for n in range(int(seconds * 10))), 0.1, after_step=cut)
    sessions.stop()
    await running
    return simulator.exchanges


def counted(place: Exchange) -> Outcome:
    outcome = Outcome()
    count_attempts(outcome, place)
    return outcome


def most_in_window(place: Exchange) -> int:
    return counted(place).most_attempts


def test_a_venue_that_cuts_at_every_trade_is_not_stormed(caplog: Any) -> None:
    caplog.set_level("CRITICAL")
    places = run_virtual(_flap(700.0))
    for venue, place in places.items():
        assert most_in_window(place) <= LIMITS[venue][0], venue
    assert most_in_window(places["kraken"]) >= 90, "the limit was really what held it back"


def test_a_storm_of_attempts_is_seen(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    caplog.set_level("CRITICAL")
    monkeypatch.setattr(AttemptBudget, "reserve", lambda self, now: 0.0)
    monkeypatch.setattr(Backoff, "next_delay", lambda self: 0.001)
    places = run_virtual(_flap(70.0))
    assert most_in_window(places["kraken"]) > LIMITS["kraken"][0]
    matrix = {("rst", venue): [counted(place)] for venue, place in places.items()}
    assert "rst/kraken/0: over the limit of attempts" in "\n".join(fault_matrix.violations(matrix))


OURS = tuple(
    f"*/connectors/feed/{name}.py"
    for name in ("session", "conversation", "intake", "overlap", "connect", "health")
)


def test_memory_does_not_grow_with_connections(caplog: Any) -> None:
    """What sessions hold after 120 s of cuts, and after 480 s and some 2,000 connections more.

    The smallest object that a connection could leave behind has 48 bytes. The interpreter itself
    keeps up to some 20 KB of freed ones, more after more time, but not with every connection.
    """
    caplog.set_level("CRITICAL")
    held: list[int] = []

    def weigh() -> None:
        if asyncio.get_running_loop().time() > (120.0, 480.0, 1e9)[len(held)]:
            gc.collect()
            traces = [tracemalloc.Filter(True, name) for name in OURS]
            found = tracemalloc.take_snapshot().filter_traces(traces).statistics("filename")
            held.append(sum(statistic.size for statistic in found))

    tracemalloc.start()
    try:
        places = run_virtual(_flap(490.0, weigh))
    finally:
        tracemalloc.stop()
    connections = sum(len(place.met) for place in places.values()) * 360 // 490
    assert connections >= 2_000
    assert held[0] > 1000, "something was weighed"
    assert held[1] - held[0] < 20 * connections


async def _a_day(seconds: float) -> tuple[Exchange, Judge, list[tuple[str, Fill]], list[int]]:
    """Binance with a trade every 20 s; it cuts who is connected for a tenth of 24 hours."""
    loop = asyncio.get_running_loop()
    clock = virtual_clock(loop)
    simulator = MemorySimulator([exchange("binance", clock.now_ns)])
    place = simulator.exchanges["binance"]
    judge = Judge(clock.now_ns)
    forced: list[int] = []

    def cut() -> None:
        judge.poll()
        for client in tuple(place.clients):
            if place.now_ns() - client.opened >= 8_640 * SECOND:
                forced.append(place.now_ns())
                client.link.close(1001, "24 hours")

    sessions = VenueSessions(
        ["binance"],
        ["BTC"],
        judge.sink,
        simulator.urls,
        clock=clock,
        connect=simulator.connect,
        rng=random.Random(1),
    )
    running = asyncio.create_task(sessions.run())
    made = [
        ("binance", fill("binance", 8 + n)._replace(ts=START + 20 * n * SECOND))
        for n in range(int(seconds / 20))
    ]
    tape = (made[n // 40 : n // 40 + 1] if n % 40 == 0 else [] for n in range(len(made) * 40 + 2))
    await simulator.play(tape, 0.5, after_step=cut)
    sessions.stop()
    await running
    judge.poll()
    return place, judge, made, forced


def test_a_venue_that_cuts_after_24_hours_never_gets_to_it(monkeypatch: Any) -> None:
    """Time runs ten times as fast here as our limit for Binance and its own say."""
    lifetime = Binance.limits.lifetime
    assert lifetime is not None
    monkeypatch.setattr(Binance, "limits", replace(Binance.limits, lifetime=lifetime / 10))
    place, judge, made, forced = run_virtual(_a_day(9_000.0))
    assert forced == [], "we renew before it"
    assert len(place.met) == 2
    found = judge.verdicts(("binance", "BTCUSDT"), [trade for _, trade in made], 2)
    assert (found.lost, found.false, found.twice) == ([], [], 0)
