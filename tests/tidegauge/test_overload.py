"""Overload is told: what was dropped, what waits and for how long, how late figures are."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from connectors.feed.stats import SessionStats, SymbolStats
from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import DefinitionRecord, Instrument, PriceFrame, Receipt, Tick
from engine.types import MINUTE, SECOND
from gateway.exposition import Exposition
from gateway.readiness import readiness
from gateway.state import State
from streams.clock import LogClock
from streams.ingest import FrameBuilder, Ingested
from tidegauge.arguments import Listen
from tidegauge.errors import Failure
from tidegauge.figures import (
    Feed,
    Lately,
    Position,
    Waiting,
    rejected,
    stage_figures,
    stage_reasons,
)
from tidegauge.monitoring import monitored

T0 = 1_763_856_000 * SECOND
MS = SECOND // 1000
BTC = [Instrument(v, "BTC-USD", "BTC", "USD", "spot", False) for v in ("a", "b", "c")]
NO_BACKFILL: Any = SimpleNamespace(counts={}, waiting=0)


class Chain:
    """Trades of three venues through frames and stages to the gateway's state, in virtual time.

    `stopped` holds up the log: nothing is taken from the frame builder meanwhile; else as many
    frames as there is `room` for.
    """

    def __init__(self, max_waiting: int) -> None:
        self.now, self.stopped, self.offset, self.trades = T0, False, 0, 0
        self.room = 10**9
        self.clock = LogClock(lambda: self.now, lambda: self.now)
        self.state = State(wall=lambda: self.now, clock=lambda: self.now / SECOND)
        self.pricer, self.shard = Pricer(), Shard()
        self.builder = FrameBuilder(
            self._sink, "up", "1", lambda: self.now, max_waiting=max_waiting
        )
        self.feed = Feed(self.builder, NO_BACKFILL, self.clock)
        mapping = parse_index("ONE", {"assets": ["BTC"]}).to_mapping()
        self._take(DefinitionRecord(T0, "live", "ONE", mapping))

    def _sink(self, ingested: Ingested) -> bool:
        if self.stopped or not self.room:
            return False
        self.room -= 1
        self._take(ingested.frame)
        return True

    def _take(self, record: Any) -> None:
        for made in self.pricer.apply(record):
            if not isinstance(made.body, PriceFrame | DefinitionRecord):
                continue
            self.offset += 1
            receipt = Receipt("prices", "L", 0, self.offset)
            for out in self.shard.apply(made.body, receipt):
                if out.topic in ("snapshots", "levels", "alerts"):
                    self.state.apply(out.topic, out.body)

    def pass_by(self, seconds: float, silent: bool = False) -> None:
        """Let time pass; each venue trades ten times a second."""
        for _ in range(round(seconds * 10)):
            self.now += 100 * MS
            for venue in () if silent else BTC:
                self.trades += 1
                trade = Tick(venue, 100.0, 1.0, "buy", str(self.trades), self.now - MS)
                self.builder.add(self.now, [trade])
            self.builder.poll()

    def status(self) -> str | None:
        entry = self.state.entry("ONE")
        assert entry is not None
        return entry.status

    def ready(self) -> Mapping[str, Any]:
        return readiness(self.state, lambda: {"reasons": self.feed.reasons(), "now": self.now})


def test_drops_are_told_by_readiness_figures_and_the_status_for_a_minute() -> None:
    chain = Chain(max_waiting=60)
    chain.pass_by(8.0)
    assert (chain.status(), chain.ready()["reasons"]) == ("live", [])
    chain.stopped = True
    chain.pass_by(5.0)
    dropped = chain.builder.counts.overflowed
    assert dropped == 150 - 60
    reasons = chain.ready()["reasons"]
    told = f"{dropped} trades were dropped in the last minute: more comes in than is taken"
    assert told in reasons
    assert any(r.startswith("queue ingest: 60 wait, the oldest for 4.9 s") for r in reasons)
    assert chain.status() == "degraded", "nothing newer than 5 s is there"
    figures = chain.feed.figures()
    assert figures["tidegauge_ingest_overflowed_total"] == dropped
    assert figures["tidegauge_queue_age_seconds"] == {(("queue", "ingest"),): 4.9}
    assert figures["tidegauge_queue_length"] == {(("queue", "ingest"),): 60}
    chain.stopped = False
    chain.pass_by(2.0)
    assert chain.status() == "degraded", "trades are missing"
    entry = chain.state.entry("ONE")
    assert entry is not None
    assert entry.snapshot is not None
    assert entry.snapshot["quality"]["gap_seconds_24h"] > 0.0
    assert chain.ready()["reasons"] == [told]
    chain.pass_by(65.0)
    assert (chain.status(), chain.ready()["reasons"]) == ("live", [])
    assert chain.ready()["lag_seconds"] < 0.2
    assert chain.builder.counts.overflowed == dropped


def test_a_log_that_is_slow_for_some_seconds_makes_figures_late_and_loses_none() -> None:
    chain = Chain(max_waiting=10_000)
    chain.pass_by(8.0)
    chain.stopped = True
    chain.pass_by(4.0)
    chain.stopped, chain.room = False, 1
    for _ in range(20):
        chain.room = 1  # as many are taken as come in
        chain.pass_by(0.1)
    assert chain.status() == "degraded"
    late, queue = sorted(chain.ready()["reasons"])
    assert late == "figures come 4.0 s late: more comes in than is taken"
    assert queue.endswith("wait, the oldest for 3.9 s")
    chain.room = 10**9
    chain.pass_by(0.1)
    assert (chain.ready()["reasons"], chain.status()) == ([], "live")
    assert chain.builder.counts.overflowed == 0


def test_growth_is_that_of_the_last_minute() -> None:
    lately = Lately()
    assert lately.growth(7, T0) == 7
    assert lately.growth(7, T0 + 30 * SECOND) == 7
    assert lately.growth(9, T0 + 59 * SECOND) == 9
    assert lately.growth(9, T0 + MINUTE) == 2
    assert lately.growth(9, T0 + 3 * MINUTE) == 0
    for k in range(1000):
        lately.growth(9, T0 + 3 * MINUTE + k)
    assert len(lately._seen) < 5


def test_sessions_that_are_silent_and_queues_that_wait_are_named() -> None:
    chain = Chain(max_waiting=60)
    chain.feed = Feed(
        chain.builder, NO_BACKFILL, chain.clock, lambda now: [Waiting("broker", 7, 3 * SECOND)]
    )
    stats = SessionStats("okx", "okx", "ws://x", state="waiting", last_error="refused")
    stats.symbols["B"] = SymbolStats(last_data=T0 - 40 * SECOND)
    well = SessionStats("kraken", "kraken", "ws://x", symbols={"B": SymbolStats(last_data=T0)})
    chain.feed.stats = [stats, well]
    assert chain.feed.reasons() == [
        "okx: no trade, waiting (refused)",
        "queue broker: 7 wait, the oldest for 3.0 s",
    ]
    figures = chain.feed.figures()
    assert figures["tidegauge_session_unsubscribed_total"] == {
        (("session", "okx"),): 0,
        (("session", "kraken"),): 0,
    }
    assert figures["tidegauge_queue_age_seconds"][("queue", "broker"),] == 3.0


POSITIONS = [
    Position("ticks/0", 10, 12_000, 15_200_000_000, 3),
    Position("prices/1", 9, 0, 0, 0),
]


def test_stages_that_are_late_are_named() -> None:
    assert stage_reasons(POSITIONS) == [
        "ticks/0 is 15.2 s late (12000 records behind): more comes in than is taken"
    ]
    assert rejected(POSITIONS) == {"ticks/0": 3}
    figures = stage_figures(POSITIONS)
    assert figures["tidegauge_lag_seconds"] == {
        (("partition", "ticks/0"),): 15.2,
        (("partition", "prices/1"),): 0.0,
    }


async def test_a_process_without_a_page_serves_what_it_says_of_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said: list[str] = []
    exposition = Exposition()
    exposition.add(lambda: stage_figures(POSITIONS))
    health = monitored(
        Listen("127.0.0.1", 0),
        "tidegauge worker w",
        lambda: {"reasons": list(said), "rejected": {"ticks/0": 3}},
        exposition,
    )
    async with health as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        assert capsys.readouterr().err == f"tidegauge worker w: http://127.0.0.1:{port}/metrics\n"
        assert (await http.get("/healthz")).json() == {"alive": True}
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()) == (
            200,
            {"ready": True, "reasons": [], "rejected": {"ticks/0": 3}},
        )
        said += stage_reasons(POSITIONS)
        late = await http.get("/readyz")
        assert (late.status_code, late.json()["reasons"]) == (503, said)
        assert (await http.head("/readyz")).status_code == 503
        lines = (await http.get("/metrics")).text.splitlines()
        assert 'tidegauge_lag_seconds{partition="ticks/0"} 15.2' in lines
        assert 'tidegauge_rejected_total{partition="ticks/0"} 3.0' in lines
        with pytest.raises(Failure, match=f"port {port} is in use"):
            async with monitored(Listen("127.0.0.1", port), "x", dict, Exposition()):
                pass
