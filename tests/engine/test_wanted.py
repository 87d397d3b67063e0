"""Which prices are wanted: any order of definitions, coins and trades, against finding all anew."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from engine.index.definition import IndexDefinition, parse_index, price_key
from engine.pricing.pricer import Pricer
from engine.records import AssetRecord, DefinitionRecord, Instrument, TickFrame
from engine.types import SECOND

ASSETS = ["A", "B", "C", "D", "E"]
INDICES = ["X", "Y", "Z", "W"]
MARKETS = [
    Instrument(venue, f"{asset}{quote}{kind}", asset, quote, kind, True)  # type: ignore[arg-type]
    for venue in ("v", "w")
    for asset in ASSETS
    for quote in ("USD", "USDT")
    for kind in ("spot", "perpetual")
]


def table(rng: random.Random) -> dict[str, Any]:
    return parse_index(
        "X",
        {
            "assets": rng.sample(ASSETS, rng.randint(1, 3)),
            "benchmarks": rng.sample([*ASSETS, *INDICES[1:]], rng.randint(0, 2)),
            "kinds": rng.choice([["spot"], ["spot", "perpetual"], ["perpetual"]]),
        },
    ).to_mapping()


def all_wanted(definitions: dict[str, IndexDefinition], pricer: Pricer) -> set[str]:
    """What all definitions ask for, found from nothing."""
    coins, found = pricer.coins, set[str]()
    for d in definitions.values():
        benchmarks = coins.with_predecessors(b for b in d.benchmarks if b not in definitions)
        assets = coins.with_successors((*d.all_assets(), *benchmarks))
        found |= {price_key(asset, d.kinds) for asset in assets}
    return found


@pytest.mark.parametrize("seed", range(40))
def test_what_is_wanted_and_who_prices_it(seed: int) -> None:
    rng, pricer, now = random.Random(seed), Pricer(), 10 * SECOND
    definitions: dict[str, IndexDefinition] = {}
    coins = ["A", "B", "C"]
    for step in range(60):
        now += SECOND
        what = rng.random()
        if what < 0.5:
            index = rng.choice(INDICES)
            body = None if rng.random() < 0.3 else table(rng)
            pricer.apply(DefinitionRecord(now, "live", index, body))
            definitions.pop(index, None)
            if body is not None:
                definitions[index] = parse_index(index, body)
        elif what < 0.55 and coins:
            asset = coins.pop()
            event = {"at": now + 5 * SECOND, "becomes": asset * 2}
            pricer.apply(AssetRecord(now, "live", asset, {"event": [event]}))
        else:
            market, price = rng.choice(MARKETS), rng.uniform(99, 101)
            columns = [0], [price], [1.0], [None], [str(step)], [now], [now]
            pricer.apply(TickFrame(now, "live", [market], *columns, []))  # type: ignore[arg-type]
        if what < 0.5 and not pricer._coins_learned:
            assert set(pricer.book.keys) == all_wanted(definitions, pricer)
        loaded = Pricer.load(json.loads(json.dumps(pricer.dump())))
        assert loaded.dump() == pricer.dump()
        for name, key in pricer.book.keys.items():
            asset, kinds = pricer.book.wanted.keys[name]
            assert {seat.source.market for seat in key.seats} == {
                s.market
                for s in pricer.book.sources.values()
                if s.instrument.base == asset and s.instrument.kind in kinds
            }
        for source in pricer.book.sources.values():
            names = [seat.key.name for seat in source.seats]
            assert names == sorted(names)
            assert all(pricer.book.keys[seat.key.name] is seat.key for seat in source.seats)
        assert pricer.book.dirty.keys() <= set(pricer.book.keys.values())
        if rng.random() < 0.2:
            pricer = loaded
