"""Frames changed at random never make a parser raise."""

import json
import random

import pytest

from connectors.simulator.desks import Fill
from connectors.simulator.exchange import WIRES
from connectors.venues.events import Malformed
from connectors.venues.registry import VENUES
from tests.connectors.faults.fuzz import fuzz
from tests.connectors.faults.mutations import mutate, survive
from tests.connectors.wire import SEEDS


def test_every_venue_has_a_file_of_frames() -> None:
    assert set(SEEDS) == set(VENUES)


@pytest.mark.parametrize("venue", SEEDS)
def test_twenty_thousand_mutations_never_raise(venue: str) -> None:
    kinds = survive(VENUES[venue], SEEDS[venue], 20_000, seed=20_260_707)
    assert kinds["Malformed"] > 5_000
    assert kinds["Tick"] > 100, "some mutations must reach the whole way"


def test_the_long_form_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz(frames=100, seed=1, processes=1) == 100 * len(VENUES)
    out = capsys.readouterr().out
    assert all(venue in out for venue in VENUES)


@pytest.mark.parametrize("venue", SEEDS)
def test_depth_and_length_do_not_raise(venue: str) -> None:
    for frame in ("[" * 100_000, '{"data":' * 5_000 + "1" + "}" * 5_000, '{"e":"' + "x" * 10**6):
        events = VENUES[venue].parser(()).feed(frame)
        assert [type(e) for e in events] == [Malformed]


ASKED = [
    '{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}',
    '{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches",{"name":"heartbeat"}]}',
    '{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"],"snapshot":false}}',
    '{"method":"ping","req_id":42}',
]


@pytest.mark.parametrize("venue", WIRES)
def test_what_a_client_sends_never_breaks_a_simulated_exchange(venue: str) -> None:
    rng = random.Random(11)
    symbol = WIRES[venue].symbol("BTC", "USDT" if venue == "binance" else "USD")
    desk = WIRES[venue].desk("/ws", {symbol: [Fill(symbol, 1, "1.0", "2.0", "buy", 10**18)]})
    answers = [
        json.loads(answer)
        for _ in range(5_000)
        for answer in desk.receive(mutate(rng, ASKED), 10**18)
    ]
    assert all(isinstance(answer, dict) for answer in answers)
    assert len(answers) > 1_000
    assert desk.subscribed <= {symbol}
