"""Frames with which only prices come are taken in one call, and give what the careful way gives."""

from __future__ import annotations

import random
from math import nan
from typing import Any

import pytest

from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.records import (
    AssetRecord,
    Cluster,
    DefinitionRecord,
    GapSpan,
    Output,
    PriceFrame,
    Receipt,
    ShardInput,
    Sources,
    Trust,
)
from engine.types import MINUTE, SECOND
from streams.codecs import decode, encode
from tests.engine.test_closes import assert_same

START = 1_700_000_000 * SECOND
ASSETS = ("A", "B", "C", "D", "E")
TABLES: dict[str, dict[str, Any]] = {
    "W": {
        "weights": {"A": 0.5, "B": 0.3, "C": 0.2},
        "return_interval": "1m",
        "benchmarks": ["D"],
        "alerts": {"drawdown": [0.01, 0.02, 0.05, 0.2]},
    },
    "E1": {"assets": ["B", "D"], "alerts": {"drawdown": [0.02]}},
    "CAP": {"assets": ["A", "E"], "weighting": "cap", "supply": {"A": 5.0}, "rebalance": "daily"},
}
OTHER = {"assets": ["C", "D"], "alerts": {"drawdown": [0.03]}}


def records(seed: int, count: int) -> list[ShardInput]:
    """Frames of a few rows, mostly plain, with all else that a shard is told strewn in."""
    r, now = random.Random(seed), START
    found: list[ShardInput] = [
        DefinitionRecord(START - 1, "live", name, parse_index(name, table).to_mapping())
        for name, table in TABLES.items()
    ]
    prices, origin, drift = dict.fromkeys(ASSETS, 100.0), "live", 0.0
    disputed = ""
    for number in range(count):
        if r.random() < 0.02:
            origin = r.choice(("live", "live", "backfill", "replay"))
        if r.random() < 0.05:  # falls and rebounds
            drift = r.gauss(0.0, 0.004)
        rows = list[tuple[str, int, float]]()
        for _ in range(r.choice((0, 1, 2, 10, 30))):
            name = r.choice(ASSETS[: 5 if number > count // 10 else 4])
            leap = r.choice((70.0, 1 / 70.0)) if r.random() < 0.0005 else 1.0
            prices[name] *= (1.0 + r.gauss(drift, 0.002)) * leap
            now += r.choice((0, 1, SECOND // 500, SECOND if r.random() < 0.01 else 7))
            rows.append((name, now, prices[name]))
        if r.random() < 0.01:
            rows.append(("UNUSED", now, 1.0))
        caps = [5e5 if r.random() < 0.3 else nan for _ in rows] if r.random() < 0.05 else []
        more: dict[str, Any] = {"sources": {}, "gaps": []}
        if r.random() < 0.05:
            more["sources"] = {r.choice(ASSETS): Sources(["x"], {}, r.choice(([], ["one"])))}
        if r.random() < 0.02:
            reason = r.choice(("overflow", "session"))
            more["gaps"] = [GapSpan(r.choice(ASSETS), "v", "s", now - SECOND, now, reason)]
        if r.random() < 0.02:
            more["clock"] = "stepped"
        if r.random() < (0.2 if disputed else 0.01):
            name, at = disputed or r.choice(ASSETS), r.choice((now, now + 1))
            lower = 0.0 if disputed else r.choice((0.0, prices[name] * 0.9))
            disputed = name if lower else ""
            who = [Cluster(prices[name], 0.5, ["x"]), Cluster(prices[name] * 0.9, 0.5, ["y"])]
            told = Trust(name, at, r.random() < 0.5, lower > 0, lower, who if lower else [])
            more["trust"] = (told,)
        now += r.choice((1, 1, MINUTE if r.random() < 0.05 else 1))
        names, times, values = (list(c) for c in zip(*rows, strict=True)) if rows else ([], [], [])
        nothing = [nan] * len(rows)
        found.append(
            PriceFrame(now, origin, names, times, values, caps or nothing, nothing, **more)  # type: ignore[arg-type]
        )
        now += 1
        if r.random() < 0.01:
            table = parse_index("N", OTHER).to_mapping() if r.random() < 0.7 else None
            found.append(DefinitionRecord(now, "live", "N", table))
        if r.random() < 0.002:
            coin = {"event": [{"at": now + SECOND, "ratio": 10.0}]}
            found.append(AssetRecord(now, "live", "C", coin))
    return found


def through(stream: list[ShardInput]) -> tuple[list[bytes], Any]:
    """The bytes of all outputs, and the state at the end."""
    shard, out = Shard(), list[Output]()
    for offset, record in enumerate(stream):
        # As records are read: each NaN is the one of the codec.
        kind, value = encode(record)
        out += shard.apply(
            decode(kind or "", 1, value, record.now), Receipt("prices", "log", 0, offset)
        )
    assert not shard.refused
    return [encode(one.body)[1] for one in out], shard.dump()


@pytest.mark.parametrize("seed", range(6))
def test_the_same_as_the_careful_way(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = records(seed, 1500)
    frames = sum(isinstance(record, PriceFrame) for record in stream)
    plain, taken = Shard._take_plain, list[bool]()
    monkeypatch.setattr(Shard, "_take_plain", lambda *_: False)
    careful, state = through(stream)
    monkeypatch.undo()

    def count(self: Shard, *known: Any) -> bool:
        taken.append(plain(self, *known))
        return taken[-1]

    monkeypatch.setattr(Shard, "_take_plain", count)
    found, now = through(stream)
    assert found == careful
    assert_same(now, state)
    assert sum(taken) > 0.5 * frames
    assert sum(b'"kind":"drawdown"' in value for value in found) > 20
