import base64
import json

import pytest

from connectors.feed.decode import decode
from connectors.venues.base import Venue
from connectors.venues.events import Malformed
from connectors.venues.registry import VENUES, UnknownVenueError, venue
from engine.records import Tick

TRADE = (
    '{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":7,"p":"61837.63","q":"0.02",'
    '"T":1723161255342,"m":false,"M":true}'
)


def test_the_venues_by_name() -> None:
    assert list(VENUES) == sorted(VENUES)
    assert {"binance", "coinbase", "kraken"} < VENUES.keys()
    for name, found in VENUES.items():
        assert venue(name) is found
        assert found.name == name
        checked: Venue = found
        assert checked.url.startswith("wss://")


@pytest.mark.parametrize(
    ("name", "hint"), [("krakn", "did you mean kraken?"), ("Coinbase", "coinbase"), ("zzz", "")]
)
def test_an_unknown_venue_names_the_known_ones(name: str, hint: str) -> None:
    with pytest.raises(UnknownVenueError) as raised:
        venue(name)
    text = str(raised.value)
    assert repr(name) in text
    assert hint in text
    assert "binance, binance_usdm, bitfinex" in text
    with pytest.raises(UnknownVenueError):
        decode(name, [])


def test_lines_are_numbered_and_bad_ones_told() -> None:
    lines = [TRADE, "", '{"e":"kline"}', TRADE.replace("61837.63", "-1"), "{", TRADE + "\n"]
    found = [(number, type(event)) for number, event in decode("binance", lines)]
    assert found == [(1, Tick), (4, Malformed), (5, Malformed), (6, Tick)]


def test_wrapped_binary_frames() -> None:
    wrapped = json.dumps({"_b64": base64.b64encode(TRADE.encode()).decode()})
    plain = [event for _, event in decode("binance", [TRADE])]
    assert [event for _, event in decode("binance", [wrapped])] == plain
    assert [event for _, event in decode("binance", [wrapped.encode()])] == plain
    for bad in ('{"_b64": "***"}', '{"_b64": 7}', '{"_b64"', '{"_b64": "AAAA"} x'):
        assert [(n, type(e)) for n, e in decode("binance", [bad])] == [(1, Malformed)]
