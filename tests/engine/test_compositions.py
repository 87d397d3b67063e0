"""Compositions of all indices at once are those that are read one by one."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from engine.index import compositions
from engine.index.basket_flags import read_composition
from engine.index.compositions import Compositions
from engine.index.shard import Shard
from engine.kept import fill
from engine.periods import NEVER
from engine.readings import Undefined
from engine.records import Receipt
from tests.engine.test_kept_parts import stream


@pytest.mark.parametrize("seed", range(6))
def test_all_at_once_are_as_one_by_one(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    careful = list[int]()

    def counted(*known: Any) -> dict[str, Any]:
        careful.append(known[1])
        return read_composition(*known)

    monkeypatch.setattr(compositions, "read_composition", counted)
    shard, count = Shard(every=NEVER), 0
    for offset, record in enumerate(stream(seed)):
        shard.apply(record, Receipt("prices", "log", 0, offset))
        shard.state.settle()
        baskets, now = shard.baskets, shard.state.now
        read = Compositions(baskets).at(now)
        for definition in shard.roster.owned():
            row = baskets.row[definition.id]
            if baskets.levels.started[row]:
                alone, placed = Undefined(), read.template(row)
                values, codes = (each[placed.places] for each in read.numbers())
                found = fill(placed.template, iter(values.tolist()))
                one = read_composition(baskets, row, now, alone)
                assert orjson.dumps(found) == orjson.dumps(one)
                assert list(placed.reasons.items()) == list(alone.reasons.items())
                assert not codes.any()
                count += 1
    assert len(careful) < count  # most go the common way
