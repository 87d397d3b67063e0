"""That the clock behind a log is not right is said of every index, while it lasts."""

from __future__ import annotations

from typing import Any

from engine.index.definition import parse_index
from engine.index.quality import Quality
from engine.index.shard import Shard
from engine.pricing.pricer import Pricer
from engine.records import DefinitionRecord, Instrument, Receipt, TickFrame
from engine.types import SECOND

START = 1_700_000_000 * SECOND
BTC = Instrument("kraken", "BTC/USD", "BTC", "USD", "spot", True)


def tick(n: int, connector: str, clock: str = "") -> TickFrame:
    """A trade each half second."""
    at = START + n * SECOND // 2
    columns: tuple[Any, ...] = ([BTC], [0], [100.0 + n], [1.0], ["buy"], [str(n)], [at], [at], [])
    return TickFrame(at, "live", *columns, connector, clock=clock)


def test_it_is_flagged_while_one_connector_says_so_and_two_seconds_more() -> None:
    pricer, shard, told = Pricer(), Shard(), dict[float, bool]()
    parsed = parse_index("ONE", {"assets": ["BTC"]})
    stepped = range(21, 40, 2)
    frames = [tick(n, "ab"[n % 2], "stepped" if n in stepped else "") for n in range(1, 80)]
    for offset, record in enumerate(
        [DefinitionRecord(START, "live", "ONE", parsed.to_mapping()), *frames]
    ):
        if offset % 7 == 0:  # a restart
            pricer, shard = Pricer.load(pricer.dump()), Shard.load(shard.dump())
        for out in pricer.apply(record):
            for said in shard.apply(out.body, Receipt("prices", "L", 0, offset)):
                if said.topic == "snapshots":
                    as_of = (said.body["as_of"] - START) / SECOND
                    told[as_of] = "clock_stepped" in said.body["quality"]["flags"]
    assert [as_of for as_of, flagged in told.items() if flagged] == [10.5 + n for n in range(11)]
    assert len(told) == 40


def test_a_state_from_before_clocks_were_told_can_be_read() -> None:
    state = Quality().dump()
    del state["stepped_until"]
    assert Quality.load(state).stepped_until == 0
