"""Whatever happens to a coin, levels and statistics are those of a market where nothing did."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from engine.index.coin_events import AssetDefinition, CoinEvent, check_coins, merged, parse_asset
from engine.index.definition import DefinitionError, parse_index
from engine.index.index_file import parse_file
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.records import AssetRecord
from engine.types import DAY, HOUR, SECOND
from tests.engine.market import START, Feed, define, frame, instants

ASSETS = ["A", "B", "C", "D"]
T0 = START // DAY * DAY
SKIPPED = ("receipt", "definition", "quality", "seq", "composition")
"""Of a snapshot: they speak of names and records, which differ; `composition` of names, prices and
holdings (test_contributions.py holds it across events)."""


class Event:
    def __init__(self, at: int, asset: str, becomes: str | None, ratio: float) -> None:
        self.at, self.asset, self.becomes, self.ratio = at, asset, becomes, ratio


def coins(events: list[Event]) -> list[AssetRecord]:
    found: dict[str, list[CoinEvent]] = {}
    for e in events:
        found.setdefault(e.asset, []).append(CoinEvent(e.at, e.becomes, e.ratio))
    return [
        AssetRecord(0, "live", asset, AssetDefinition(asset, tuple(told)).to_mapping())
        for asset, told in found.items()
    ]


def random_events(rng: random.Random, first: int, last: int) -> list[Event]:
    """Renames along chains and redenominations, some on a day's end, some at one instant."""
    found: list[Event] = []
    for asset in rng.sample(ASSETS, rng.randint(1, 3)):
        times = sorted(rng.sample(range(first // HOUR + 1, last // HOUR), rng.randint(1, 3)))
        name = asset
        for n, hour in enumerate(times):
            at = hour * HOUR if rng.random() < 0.5 else -(-hour // 24) * DAY
            if any(e.at == at and e.asset == name for e in found):
                continue
            becomes = f"{asset}{n}" if rng.random() < 0.6 else None
            found.append(Event(at, name, becomes, rng.choice([1.0, 3.0, 1000.0, 0.01])))
            name = becomes or name
    return sorted(found, key=lambda e: (e.at, len(e.asset)))


def as_traded(
    stream: list[tuple[int, dict[str, float]]], events: list[Event]
) -> list[tuple[int, dict[str, float]]]:
    """The same market as its coins were called and counted at each time."""
    found = []
    for at, prices in stream:
        told = {}
        for asset, price in prices.items():
            name = asset
            for e in events:
                if e.at < at and e.asset == name:
                    name, price = e.becomes or name, price / e.ratio
            told[name] = price
        found.append((at, told))
    return found


def table(rng: random.Random, first: int, last: int) -> dict[str, Any]:
    names = rng.sample(ASSETS, rng.randint(2, 3))
    found: dict[str, Any] = {
        "rebalance": rng.choice(["never", "daily", "weekly", "monthly"]),
        "weighting": rng.choice(["fixed", "equal", "cap", "inverse_volatility"]),
        "vol_window": "60d",
        "max_price_age": rng.choice(["48h", "3660d"]),
        "benchmarks": rng.sample(ASSETS, 2),
        "alerts": {"drawdown": [0.05, 0.2]},
    }
    if found["weighting"] == "fixed":
        found["weights"] = {a: rng.uniform(0.1, 1.0) for a in names}
    else:
        found["assets"] = names
    if found["weighting"] == "cap":
        found["supply"] = {a: rng.uniform(1.0, 9.0) for a in ASSETS}
    if rng.random() < 0.6:
        others = [a for a in ASSETS if a not in names]
        change = {"at": rng.randrange(first // HOUR, last // HOUR) * HOUR, "add": others[:1]}
        change["remove"] = names[:1] if rng.random() < 0.5 else []
        if found["weighting"] == "fixed":
            change["weights"] = {others[0]: 0.25}
        found["change"] = [change]
    return found


def renamed_change(told: dict[str, Any], events: list[Event]) -> dict[str, Any]:
    """A change names coins as they are called at its time."""

    def now(asset: str, at: int) -> str:
        for e in events:
            if e.at < at and e.asset == asset:
                asset = e.becomes or asset
        return asset

    if "change" not in told:
        return told
    (c,) = told["change"]
    new = {"at": c["at"], "add": [now(a, c["at"]) for a in c["add"]], "remove": c["remove"]}
    if "weights" in c:
        new["weights"] = {now(a, c["at"]): w for a, w in c["weights"].items()}
    return told | {"change": [new]}


def fed(
    rng: random.Random,
    rows: list[tuple[int, dict[str, float]]],
    tables: dict[str, dict[str, Any]],
    told: list[AssetRecord],
    reload: bool,
) -> tuple[Feed, list[str]]:
    """Rows in random records, coins told at the start or later, restarts if wanted."""
    feed, said = Feed(Shard(every=DAY)), list[str]()
    late = [t for t in told if rng.random() < 0.5]
    for record in (t for t in told if t not in late):
        feed.put(record)
    for index, mapping in tables.items():
        feed.put(define(index, mapping, rows[0][0] - 1))
    begin = 0
    while begin < len(rows):
        end = begin + rng.choice([1, 5, 40])
        for record in list(late):
            first = min(e["at"] for e in record.definition["event"])
            if first <= rows[min(end, len(rows)) - 1][0]:  # known before it takes effect
                feed.put(record)
                late.remove(record)
        if reload:
            feed.shard = Shard.load(feed.shard.dump(), DAY)
        said.append(json.dumps([o.body for o in feed.put(frame(rows[begin:end]))], default=dict))
        begin = end
    for record in late:
        feed.put(record)
    return feed, said


def same(one: Any, other: Any, path: str = "") -> None:
    """Equal to 1e-12 of its size, or of 1e-9 where a figure is a small difference of large ones."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for key in one:
            same(one[key], other[key], f"{path}.{key}")
    elif isinstance(one, list):
        assert len(one) == len(other), path
        for k, pair in enumerate(zip(one, other, strict=True)):
            same(*pair, f"{path}.{k}")
    elif isinstance(one, float):
        assert other == pytest.approx(one, rel=1e-12 if path == ".level" else 1e-7, abs=1e-9), path
    else:
        assert one == other, path


@pytest.mark.parametrize("seed", range(24))
def test_the_market_is_the_same_whatever_its_coins_are_called(seed: int) -> None:
    rng = random.Random(seed)
    stream = instants(rng, rng.choice([60, 400]), rng.choice([HOUR, 6 * HOUR]), ASSETS, 1.0, 0.03)
    first, last = stream[0][0], stream[-1][0]
    stream[0] = first, {a: 1.0 + k for k, a in enumerate(ASSETS)}
    events = random_events(rng, first, last)
    tables = {f"I{k}": table(rng, first, last) for k in range(4)}
    plain, _ = fed(random.Random(seed), stream, tables, [], False)
    traded = as_traded(stream, events)
    named = {index: renamed_change(told, events) for index, told in tables.items()}
    feed, said = fed(random.Random(seed), traded, named, coins(events), False)
    _, again = fed(random.Random(seed), traded, named, coins(events), True)
    assert said == again
    for index in tables:
        ours, theirs = feed.snapshot(index), plain.snapshot(index)
        for snapshot in (ours, theirs):
            for key in SKIPPED:
                del snapshot[key]
            for flag in snapshot["flags"] or ():
                flag["evidence"].pop("asset", None)
            reasons = snapshot["undefined"].items()
            snapshot["undefined"] = {p: why for p, why in reasons if "composition" not in p}
        same(ours, theirs)
    alerts = [
        [(a["index"], a["rule"], a["state"], a["at"]) for a in f.bodies("alerts")]
        for f in (feed, plain)
    ]
    assert alerts[0] == alerts[1]


# --- one thing at a time ---------------------------------------------------------------------


def event(asset: str, at: int, ratio: float, becomes: str | None = None) -> AssetRecord:
    return coins([Event(at, asset, becomes, ratio)])[0]


def indexed(**more: Any) -> Feed:
    x = Feed(Shard(every=NEVER))
    x.put(define("X", {"weights": {"A": 0.5, "B": 0.5}, **more}, T0))
    return x


def test_a_successor_without_a_price_goes_on_at_the_old_one_and_is_pending() -> None:
    x = indexed(benchmarks=["A", "N"])
    x.put(event("A", T0 + DAY, 10.0, "N"))
    x.put(frame([(T0 + HOUR, {"A": 20.0, "B": 1.0}), (T0 + DAY, {"A": 30.0})]))
    assert x.snapshot("X")["level"] == 1250.0  # the price at the event's time is the old coin's
    x.put(frame([(T0 + DAY + HOUR, {"A": 90.0})]))  # no coin of ours any more
    told = x.snapshot("X")
    assert (told["level"], told["quality"]["flags"]) == (1250.0, ["pending:N"])
    x.put(frame([(T0 + DAY + 2 * HOUR, {"N": 6.0})]))
    told = x.snapshot("X")
    assert (told["level"], told["quality"]["flags"]) == (2000.0, [])
    for name in ("A", "N"):  # from 20 to 10 · 6: the benchmark is continuous under both names
        assert told["benchmarks"][name]["excess"]["inception"] == pytest.approx(1.0 - 2.0)


def test_a_successor_that_trades_at_another_price_moves_the_level_only_from_there() -> None:
    x = indexed()
    x.put(event("A", T0 + DAY, 10.0, "N"))
    x.put(frame([(T0 + HOUR, {"A": 20.0, "B": 1.0}), (T0 + DAY, {"A": 20.0, "N": 2.2})]))
    x.put(frame([(T0 + DAY + 1, {"N": 2.2})]))
    assert x.snapshot("X")["level"] == 1000.0
    x.put(frame([(T0 + DAY + 2, {"N": 2.42})]))
    assert x.snapshot("X")["level"] == pytest.approx(1000.0 * (1.0 + 0.1 * 22 / 42))


def test_a_late_event_takes_effect_when_it_is_told() -> None:
    x = indexed()
    x.put(frame([(T0 + HOUR, {"A": 20.0, "B": 1.0}), (T0 + 2 * HOUR, {"A": 40.0})]))
    x.put(event("A", T0 + 1, 1000.0))
    x.put(frame([(T0 + 3 * HOUR, {"A": 0.04})]))
    assert x.snapshot("X")["level"] == pytest.approx(1500.0)
    assert x.snapshot("X")["quality"]["flags"] == []


def test_a_rebalance_of_the_same_instant_is_of_the_old_coin() -> None:
    x = indexed(rebalance="daily")
    x.put(event("A", T0 + DAY, 4.0, "N"))
    x.put(frame([(T0 + HOUR, {"A": 1.0, "B": 1.0}), (T0 + DAY, {"A": 3.0})]))
    x.put(frame([(T0 + DAY + 1, {"N": 1.5})]))  # twice 3: the half that A has after the rebalance
    assert x.snapshot("X")["level"] == pytest.approx(3000.0)


def test_a_jump_without_an_event_is_told_until_an_event_explains_it() -> None:
    x = indexed()
    x.put(frame([(T0 + HOUR, {"A": 1000.0, "B": 1.0}), (T0 + 2 * HOUR, {"A": 1.0, "B": 0.03})]))
    assert x.snapshot("X")["quality"]["flags"] == ["jump:A"]
    x.put(frame([(T0 + 300 * DAY, {"A": 1.0})]))
    assert x.snapshot("X")["quality"]["flags"] == ["jump:A"]
    x.put(event("A", T0 + 301 * DAY, 2.0))
    x.put(frame([(T0 + 302 * DAY, {"A": 0.5, "B": 0.03})]))
    assert x.snapshot("X")["quality"]["flags"] == []


def test_a_wrong_print_that_goes_back_is_told_for_a_week() -> None:
    x = indexed()
    x.put(frame([(T0 + h * HOUR, {"A": p, "B": 1.0}) for h, p in enumerate([1.0, 100.0, 1.1], 1)]))
    x.put(frame([(T0 + 7 * DAY, {"B": 1.0})]))
    assert x.snapshot("X")["quality"]["flags"] == ["jump:A"]
    x.put(frame([(T0 + 8 * DAY, {"B": 1.0})]))
    assert x.snapshot("X")["quality"]["flags"] == []


def test_a_change_gives_its_weights_and_scales_the_others() -> None:
    change = {"at": T0 + DAY, "add": ["C"], "remove": ["B"], "weights": {"C": 0.2}}
    x = Feed(Shard(every=NEVER))
    x.put(define("X", {"weights": {"A": 6, "B": 3, "D": 1}, "change": [change]}, T0))
    x.put(frame([(T0 + DAY, dict.fromkeys(ASSETS, 1.0))]))
    x.put(frame([(T0 + DAY + 1, {"C": 2.0})]))
    assert x.snapshot("X")["level"] == pytest.approx(1200.0)
    x.put(frame([(T0 + DAY + 2, {"A": 2.0})]))  # 6 of 7 of the other four fifths
    assert x.snapshot("X")["level"] == pytest.approx(1200.0 + 800.0 * 6 / 7)


def test_old_definitions_give_an_added_asset_an_equal_share() -> None:
    change = {"at": T0 + DAY, "add": ["C"], "remove": []}
    definition = parse_index("X", {"weights": {"A": 0.6, "B": 0.4}, "change": [change]})
    assert definition.to_mapping()["change"] == [change]
    assert parse_index("X", definition.to_mapping()) == definition
    x = indexed(change=[change])
    x.put(frame([(T0 + DAY, {"A": 1.0, "B": 1.0, "C": 1.0})]))
    x.put(frame([(T0 + DAY + 1, {"C": 2.0})]))
    assert x.snapshot("X")["level"] == pytest.approx(1250.0)


@pytest.mark.parametrize(
    ("assets", "path", "words"),
    [
        ({"A": {"event": [{"at": 5, "ratio": 0.0}]}}, "A.event.[0].ratio", "at least 1e-12"),
        ({"A": {"event": [{"at": 5}]}}, "A.event.[0].ratio", "how many new coins"),
        ({"A": {"event": [{"ratio": 2.0}]}}, "A.event.[0].at", "expected a time"),
        ({"A": {"event": [{"at": 5, "ratio": 2.0}] * 2}}, "A.event.[1].at", "two events of A"),
        ({"A": {"event": [{"at": 5, "becomes": "b"}]}}, "A.event.[0].becomes", "unknown successor"),
        ({"A": {"event": [{"at": 5, "becomes": "A"}]}}, "A.event.[0].becomes", "become itself"),
        ({"A": {"event": [{"at": 5, "becomes": "X"}]}}, "A.event.[0].becomes", "id of an index"),
        ({"a": {}}, "a", "not an asset name"),
        ({"A": {"exclude": ["kraken"]}}, "A.exclude", "not a valid name"),
        ({"A": {"excluded": []}}, "A.excluded", "unknown key"),
    ],
)
def test_what_is_wrong_with_a_coin_is_told_with_its_place(
    assets: dict[str, Any], path: str, words: str
) -> None:
    with pytest.raises(DefinitionError, match=words) as refused:
        parse_file({"index": {"X": {"assets": ["A"]}}, "asset": assets})
    assert ".".join(refused.value.path) == f"asset.{path}"


def test_coins_do_not_come_back_and_do_not_contradict_the_log() -> None:
    def told(asset: str, *events: tuple[int, str]) -> AssetDefinition:
        return AssetDefinition(asset, tuple(CoinEvent(at, new, 1.0) for at, new in events))

    with pytest.raises(DefinitionError, match="cannot come back"):
        check_coins([told("A", (1, "B")), told("B", (2, "C")), told("C", (3, "A"))], set())
    both = merged(told("A", (5, "B")), told("A", (9, "C")))
    assert [e.at for e in both.events] == [5, 9]
    assert merged(both, told("A")).events == both.events
    with pytest.raises(DefinitionError, match="contradicts the log"):
        merged(both, told("A", (5, "C")))
    assert parse_asset("A", both.to_mapping()) == both


@pytest.mark.parametrize(
    ("told", "ns"),
    [
        ("2024-09-04T00:00:00Z", 1725408000 * SECOND),
        ("2024-09-04t02:30:00.000000001+02:30", 1725408000 * SECOND + 1),
        ("2024-09-03 23:59:59.5Z", 1725408000 * SECOND - SECOND // 2),
        ("2024-02-30T00:00:00Z", None),
        ("2024-09-04T00:00:00", None),
        ("20240904T000000Z", None),
        ("2300-01-01T00:00:00Z", None),
    ],
)
def test_a_time_may_be_text_where_a_table_comes_as_json(told: str, ns: int | None) -> None:
    table = {"event": [{"at": told, "becomes": "POL"}]}
    if ns is None:
        with pytest.raises(DefinitionError, match=r"asset\.MATIC\.event.*at: expected a time"):
            parse_asset("MATIC", table)
    else:
        assert parse_asset("MATIC", table).events == (CoinEvent(ns, "POL", 1.0),)
        change = {"at": told, "add": ["POL"], "remove": ["MATIC"]}
        index = parse_index("X", {"assets": ["MATIC"], "weighting": "equal", "change": [change]})
        assert index.changes[0].at == ns
