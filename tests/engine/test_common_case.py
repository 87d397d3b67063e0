"""What is compiled of the Pricer says and remembers what the careful way does, to the byte."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any

import msgspec
import pytest

import drill.catalogue  # enters the scenarios
import drill.chain
from drill.scenario import ENTERED
from engine.pricing.gate import number_of
from engine.pricing.mirror import Mirror, Stretch
from engine.pricing.pricer import Pricer
from engine.pricing.rules import Rules
from engine.records import DefinitionRecord, Instrument, Output, PricerInput, TickFrame
from engine.records.packed_ticks import NAMED, NO_ID, PackedTicks, numbers_of
from engine.types import SECOND
from tests.engine.golden_run import PAIR, TABLE
from tests.engine.golden_run import frames as golden_frames
from tests.engine.market import START, define
from tests.engine.pricing_desk import T
from tests.engine.random_markets import Market, Trade, frame_of
from tests.engine.test_pricing_recorded import FILES, read
from tests.engine.tick_storm import Storm

WANTED = DefinitionRecord(T - 1, "live", "X", {"assets": ["BTC"]})


def text(outputs: list[Output]) -> str:
    found = [msgspec.structs.asdict(output.body) for output in outputs]
    return json.dumps(found, default=asdict)


class Twins:
    """Two Pricers that are to be one; `ticks` came in."""

    def __init__(self, rules: Rules = Rules()) -> None:  # noqa: B008  # frozen
        self.rules, self.ticks = rules, 0
        self.careful, self.fast = Pricer(rules, careful=True), Pricer(rules)

    def apply(self, record: PricerInput) -> list[Output]:
        right = self.careful.apply(record)
        assert text(self.fast.apply(record)) == text(right)
        self.ticks += len(record.price) if isinstance(record, TickFrame) else 0
        return right

    def compare(self, load: bool = False) -> None:
        state = json.dumps(self.fast.dump())
        assert state == json.dumps(self.careful.dump())
        if load:
            self.fast = Pricer.load(json.loads(state), self.rules)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows were taken at once, each time."""
    found, run = list[int](), Mirror.run

    def noted(mirror: Mirror, ticks: PackedTicks, begin: int, at: int, due: int) -> Stretch:
        stretch = run(mirror, ticks, begin, at, due)
        found.append(stretch[1] - begin)
        return stretch

    monkeypatch.setattr(Mirror, "run", noted)
    return found


def run_both(records: Iterable[PricerInput], seed: int, often: float = 0.1) -> Twins:
    r, twins = random.Random(seed), Twins()
    for record in records:
        twins.apply(record)
        if r.random() < often:
            twins.compare(load=r.random() < 0.3)
    twins.compare()
    return twins


def reframed(seed: int) -> Iterator[TickFrame]:
    """A random market in frames of up to hundreds of trades."""
    market, r = Market(seed), random.Random(seed)
    trades: list[Trade] = market.trades()
    n = 0
    while n < len(trades):
        part = trades[n : n + r.choice([10, 100, 400])]
        later = [t for t in trades[n + len(part) :] if t.received == part[-1].received]
        part += later  # frames share no instant
        yield frame_of(part, n, part[-1].received)
        n += len(part)


def test_the_golden_log() -> None:
    frames = golden_frames(random.Random(4), 400)
    run_both([define("MIX", TABLE, START - 1), define("PAIR", PAIR, START - 1), *frames], 1)


@pytest.mark.parametrize("group", range(3))
def test_random_markets(group: int, taken: list[int]) -> None:
    ticks = 0
    for seed in range(20 * group, 20 * group + 20):
        frames = Market(seed).frames() if seed % 2 else reframed(seed)
        ticks += run_both([WANTED, *frames], seed).ticks
    assert sum(taken) > 0.05 * ticks


@pytest.mark.parametrize("group", range(6))
def test_storms(group: int, taken: list[int]) -> None:
    ticks = 0
    for seed in range(10 * group, 10 * group + 10):
        ticks += run_both(Storm(seed).records(), seed).ticks
    assert sum(taken) > 0.05 * ticks


def recorded(linger: int) -> Iterator[TickFrame]:
    """Four recordings of Binance as one connector would send them, all symbols in one frame."""
    merged = list[tuple[int, Instrument, dict[str, str]]]()
    for name, venue, base, quote, kind, _ in FILES:
        rows = read(name)
        instrument = Instrument(venue, rows[0]["symbol"], base, quote, kind, True)  # type: ignore[arg-type]
        merged += [(int(row["recv_ts_ns"]), instrument, row) for row in rows]
    merged.sort(key=lambda row: row[0])
    for _, group in groupby(merged, key=lambda row: row[0] // linger):
        part = list(group)
        places: dict[Instrument, int] = {}
        columns: list[Any] = [
            [places.setdefault(instrument, len(places)) for _, instrument, _ in part],
            [float(row["price"]) for *_, row in part],
            [float(row["qty"]) for *_, row in part],
            [None] * len(part),
            [row["trade_id"] for *_, row in part],
            [int(row["trade_ts_ms"]) * 1_000_000 for *_, row in part],
            [received for received, *_ in part],
            [],
        ]
        yield TickFrame(part[-1][0], "replay", list(places), *columns)


@pytest.mark.parametrize("linger", [SECOND // 100, SECOND])
def test_recorded_trades_are_nearly_all_common(linger: int, taken: list[int]) -> None:
    definition = {"assets": ["BTC", "ETH"], "kinds": ["spot", "perpetual"]}
    wanted = DefinitionRecord(1, "replay", "X", definition)
    twins = run_both([wanted, WANTED._replace(now=1), *recorded(linger)], 1, often=0.01)
    assert twins.ticks == sum(n for *_, n in FILES)
    assert sum(taken) > 0.95 * twins.ticks


def test_storms_with_other_rules() -> None:
    """Switches of the rule, and times that are not whole seconds."""
    for seed, rules in enumerate(
        (
            Rules(unproven=False, cold=0, votes=False),
            Rules(half_life=1_234_567_891, fade=987_654_321, stale_after=3_000_000_001, cold=0),
            Rules(band=0.0005, back=0.0002, share=0.2, by_venue=False),
        )
    ):
        twins = Twins(rules)
        for record in Storm(500 + seed).records():
            twins.apply(record)
            twins.compare()


@pytest.mark.parametrize("name", ["crash", "stablecoin", "redenominated", "feed_behind"])
def test_disasters_of_the_drill(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Twins] = []

    def twins(rules: Rules) -> Twins:
        made.append(Twins(rules))
        return made[-1]

    scenario = next(s for s in ENTERED if s.name == name)
    monkeypatch.setattr(drill.chain, "Pricer", twins)
    drill.chain.run(*scenario.play(3))
    made[0].compare()
    assert made[0].ticks > 100


def test_ids_are_read_as_the_gate_reads_them() -> None:
    r = random.Random(1)
    some = ["0", "1", "9223372036854775807", "12", "5000000000"]
    odd = [
        "",
        "007",
        "-1",
        "+1",
        "1.0",
        "9223372036854775808",
        "18446744073709551616",
        "١٢",
        "a",
        " 1",
    ]
    for _ in range(200):
        ids = r.choices([*some, *odd], k=r.randint(1, 20))
        right = [number_of(one) if one in some else NAMED for one in ids]
        assert numbers_of(ids) == (right, [one for one in ids if one in odd])
    assert numbers_of([None, "7", "1\n2", None]) == ([NO_ID, 7, NAMED, NO_ID], ["1\n2"])
    assert numbers_of([]) == ([], [])
