"""Trades of symbols that nobody asked for take no more than some room, and none of the prices."""

from __future__ import annotations

import orjson
import pytest

from engine.index.canonical import canonical
from engine.index.definition import parse_index
from engine.pricing import sources
from engine.pricing.pricer import Pricer
from engine.records import DefinitionRecord, Instrument, TickFrame
from engine.types import SECOND

START = 1_700_000_000 * SECOND
OWN = [Instrument("kraken", f"{a}/USD", a, "USD", "spot", False) for a in ("BTC", "ETH")]


def frame(at: int, markets: list[Instrument], price: float = 100.0) -> TickFrame:
    n = len(markets)
    columns = [price] * n, [1.0] * n, [None] * n, [None] * n, [at] * n, [at] * n
    return TickFrame(at, "live", markets, list(range(n)), *columns, [])


def pricer(careful: bool = False) -> Pricer:
    made = Pricer(careful=careful)
    definition = canonical(parse_index("B", {"assets": ["BTC", "ETH"]}))
    made.apply(DefinitionRecord(START, "live", "B", definition))
    return made


def foreign(n: int, base: str = "") -> Instrument:
    return Instrument("mine", f"S{n}", base or f"C{n}", "USD", "spot", False)


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("base", ["", "BTC"])
def test_twenty_thousand_of_them(base: str, careful: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_UNWANTED", 100)
    monkeypatch.setattr(sources, "MOST_OF_ASSET", 100)
    one, at = pricer(careful), START
    for begin in range(0, 20_000, 500):
        at += SECOND
        one.apply(frame(at, [foreign(begin + k, base) for k in range(500)], 1e-9 if base else 7.0))
    size = len(orjson.dumps(one.dump()))
    assert len(one.book.sources) == 100
    assert one.counters.unwanted == 19_900
    assert size < 200_000
    made = []
    for k in range(10):
        at += SECOND
        (out,) = one.apply(frame(at, OWN, 100.0 + k))
        made += out.body.asset
    assert "ETH" in made, "those that are wanted find room"
    again = Pricer.load(orjson.loads(orjson.dumps(one.dump())), careful=careful)
    at += SECOND
    last = frame(at, [foreign(30_000), OWN[1]])
    assert one.apply(last) == again.apply(last)
    assert one.counters.unwanted == again.counters.unwanted >= 19_901
