"""The template of a venue is a venue."""

import json
from typing import Any

import pytest

from connectors.venues._template import Template
from connectors.venues.base import Venue
from connectors.venues.events import Ack, Event, Heartbeat, Malformed, Notice, Refused, Reply
from engine.records import Instrument, Tick
from tests.connectors.faults.mutations import survive
from tests.connectors.frames import _template

TRADE = _template.TRADE


def frame(*trades: dict[str, Any], symbol: Any = "BTC-USD") -> str:
    return json.dumps({"type": "trades", "symbol": symbol, "trades": trades})


def feed(text: str) -> list[Event]:
    return Template().parser(()).feed(text)


def test_a_trade() -> None:
    bitcoin = Instrument("template", "BTC-USD", "BTC", "USD", "spot", True)
    ts = 1_783_465_097_164_892_000
    assert feed(frame(TRADE)) == [Tick(bitcoin, 60000.5, 0.25, "buy", "17", ts)]


def test_a_bad_trade_leaves_the_others_of_its_frame() -> None:
    bad = TRADE | {"price": "-1"}
    events = feed(frame(TRADE, bad, TRADE | {"id": 18}))
    assert [type(e) for e in events] == [Tick, Malformed, Tick]


@pytest.mark.parametrize("name", TRADE)
def test_a_missing_field_is_named(name: str) -> None:
    trade = {k: v for k, v in TRADE.items() if k != name}
    [event] = feed(frame(trade))
    assert isinstance(event, Malformed)
    assert repr(name) in event.reason


def test_the_conversation() -> None:
    venue: Venue = Template()
    instruments = venue.instruments(["BTC"])
    assert [i.symbol for i in instruments] == ["BTC-USD", "USDT-USD", "USDC-USD"]
    assert venue.endpoint("ws://127.0.0.1:9/", instruments) == "ws://127.0.0.1:9/v1"
    [asked] = venue.parser(instruments).subscribe()
    assert json.loads(asked)["symbols"] == ["BTC-USD", "USDT-USD", "USDC-USD"]
    assert feed('{"type":"subscribed","symbol":"BTC-USD"}') == [Ack("BTC-USD")]
    error = '{"type":"error","symbol":"NO-USD","message":"unknown symbol"}'
    assert feed(error) == [Refused("NO-USD", "unknown symbol")]
    assert feed('{"type":"heartbeat"}') == [Heartbeat()]
    assert feed('{"type":"ping","n":5}') == [Reply('{"op":"pong","n":5}')]
    [notice] = feed('{"type":"closing","in_seconds":60}')
    assert isinstance(notice, Notice)
    assert notice.closing
    [unknown] = feed('{"type":"surprise"}')
    assert isinstance(unknown, Malformed)


def test_mutations_never_raise() -> None:
    kinds = survive(Template(), _template.SEEDS, 20_000, seed=3)
    assert kinds["Malformed"] > 5_000
    assert kinds["Tick"] > 100
