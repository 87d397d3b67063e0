"""Definitions that come together are laid out together, and give what laying out each would."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from engine.index.shard import Shard
from engine.records import DefinitionRecord
from engine.types import MINUTE
from tests.engine.market import START, Feed, define, frame

ASSETS = ["A", "B", "C", "D", "E"]
Step = tuple[str, Any]


def steps(seed: int) -> list[Step]:
    """Definitions in bursts at one instant, some changed or retired, and prices between them."""
    rng = random.Random(seed)
    found: list[Step] = []
    known: list[str] = []
    at = START
    for _ in range(12):
        for _ in range(rng.randrange(5)):
            name = rng.choice(known) if known and rng.random() < 0.3 else f"X{len(known)}"
            if name in known and rng.random() < 0.3:
                found.append(("define", (name, None, at)))
                continue
            names = rng.sample(ASSETS, 3)
            others = [rng.choice([*ASSETS, f"X{rng.randrange(12)}"])]
            table: dict[str, Any] = {
                "weights": {asset: rng.choice([0.2, 0.5, 1.0]) for asset in names},
                "benchmarks": [other for other in others if other != name],
                "return_interval": "1m",
                "alerts": {"drawdown": [0.05, 0.1][: rng.randrange(3)]},
            }
            if rng.random() < 0.4:  # due at an instant at which others start
                weights = {"F": 0.5}
                change = {"at": at + MINUTE, "add": ["F"], "remove": [], "weights": weights}
                table["change"] = [change]
            found.append(("define", (name, table, at)))
            known.append(name)
        at += MINUTE
        prices = {a: rng.uniform(80.0, 120.0) for a in [*ASSETS, "F"] if rng.random() < 0.7}
        found.append(("frame", [(at, prices)]))
    return found


def outputs(seed: int, *, each: bool) -> list[Any]:
    """What a shard publishes; laid out after `each` definition, or when an instant needs it."""
    feed, found = Feed(Shard(every=1)), list[Any]()
    for kind, step in steps(seed):
        if kind == "frame":
            found.append(feed.put(frame(step)))
        else:
            name, table, at = step
            retired = DefinitionRecord(at, "live", name, None)
            found.append(feed.put(define(name, table, at) if table else retired))
        if each:
            feed.shard.settle()
    return [found, plain(feed.shard.dump())]


def plain(state: Any) -> Any:
    """The same with the bytes of arrays in their place."""
    if isinstance(state, np.ndarray):
        return state.dtype.str, state.shape, state.tobytes()
    if isinstance(state, dict):
        return {name: plain(value) for name, value in state.items()}
    return [plain(value) for value in state] if isinstance(state, list) else state


@pytest.mark.parametrize("seed", range(8))
def test_laying_out_together_gives_the_same(seed: int) -> None:
    one, together = (outputs(seed, each=each) for each in (True, False))
    for apart, joined in zip(one, together, strict=True):
        assert repr(apart) == repr(joined)
