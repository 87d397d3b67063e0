"""How venues are heard, as `/v1/venues` tells it."""

from __future__ import annotations

import httpx

from connectors.feed.backfiller import BackfillCounts
from connectors.feed.stats import SessionStats, SymbolStats
from engine.pricing.pricer import Pricer
from engine.records import Gap, Instrument, TickFrame
from engine.types import SECOND
from gateway.api.models.venues import Venues
from gateway.app import create_app
from gateway.state import State
from tidegauge.venue_feeds import venue_feeds

NOW = 1_700_000_000 * SECOND
BTC = Instrument("kraken", "BTC/USD", "BTC", "USD", "spot", True)


def priced() -> Pricer:
    """A Pricer that knows of a gap of four seconds."""
    pricer = Pricer()
    for n, (at, gaps) in enumerate(((-9, []), (-5, [Gap(BTC, "1", "7", "lost")]))):
        frame = TickFrame(
            *(NOW + at * SECOND, "live", [BTC], [0], [100.0], [1.0], ["buy"], [str(1 + 6 * n)]),
            *([NOW + at * SECOND], [NOW + at * SECOND], gaps, "c"),
        )
        pricer.apply(frame)
    return pricer


def sessions() -> list[SessionStats]:
    kraken = SessionStats("kraken-1", "kraken", "ws://x", "live", ticks=9, gaps=1, reconnects=2)
    kraken.symbols["BTC/USD"] = SymbolStats("accepted", 9, NOW - 5 * SECOND)
    kraken.symbols["X/USD"] = SymbolStats("refused", reason="unknown symbol")
    quiet = SessionStats("okx-1", "okx", "ws://x", "live")
    quiet.symbols["BTC-USDT"] = SymbolStats("accepted", 3, NOW - 31 * SECOND, stalls=1)
    away = SessionStats("htx-1", "htx", "ws://x", "waiting", last_error="refused")
    return [kraken, quiet, away]


async def test_each_venue_tells_its_silence_gaps_and_backfill() -> None:
    counts = BackfillCounts(gaps=3, jobs=2, filled=1, trades=40)
    found = venue_feeds(sessions(), {"kraken": (counts, 1)}, priced(), NOW)
    assert {v: f["state"] for v, f in found.items()} == {
        **{"kraken": "live", "okx": "silent", "htx": "waiting"}
    }
    kraken = found["kraken"]
    heard_of = [kraken[name] for name in ("silence_seconds", "trades", "reconnects", "gaps")]
    assert heard_of == [5.0, 9, 2, 1]
    assert kraken["backfill"] == {
        **{"gaps": 3, "filled": 1, "partial": 0, "failed": 0, "dropped": 0},
        **{"trades": 40, "requests": 0, "waiting": 1},
    }
    heard, refused = kraken["symbols"]
    assert (heard["asset"], heard["quote"], heard["gaps_open"]) == ("BTC", "USD", 1)
    assert heard["gaps"][0]["seconds"] == 4.0
    assert (refused["asset"], refused["reason"], refused["last"]) == (None, "unknown symbol", None)
    assert (found["htx"]["last_error"], found["htx"]["backfill"]) == ("refused", None)

    app = create_app(State(), feeds=lambda: found)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        told = (await http.get("/v1/venues")).json()
    assert Venues.model_validate(told).heard_here
    assert {venue["venue"]: venue["feed"] for venue in told["venues"]} == found
