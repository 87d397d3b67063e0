"""Why an alert rang: parts that sum to the fall, and bounds that hold the truth."""

from __future__ import annotations

import math
import os
import random
from typing import Any

import pytest

from engine.index.coin_events import parse_asset
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.pricing.pricer import Pricer
from engine.records import (
    AssetRecord,
    DefinitionRecord,
    FilledSpan,
    GapSpan,
    Output,
    PriceFrame,
    Sources,
)
from engine.types import DAY, HOUR, MINUTE, SECOND
from streams.codecs import decode, encode
from tests.engine.golden_run import TABLE, VENUES, frames
from tests.engine.market import START, Feed, define, frame, instants

ASSETS = ["A", "B", "C", "D"]
FALLS = int(os.environ.get("TIDEGAUGE_FALLS", "300"))
"""Alerts that are looked at; `make falls` looks at 10,000."""


def drawdowns(feed: Feed) -> list[dict[str, Any]]:
    return [alert for alert in feed.bodies("alerts") if alert["kind"] == "drawdown"]


def test_the_parts_of_random_falls_sum_to_them() -> None:
    seen, seed = 0, 0
    while seen < FALLS:
        seed += 1
        feed = wild_market(random.Random(seed))
        for alert in drawdowns(feed):
            if alert.get("reason") == "rule_removed":
                continue
            parts = alert["because"]["contributions"]
            assert abs(math.fsum(parts.values()) + alert["drawdown"]) <= 1e-12, (seed, alert)
            seen += 1


class EagerFeed(Feed):
    """Reads why each alert rang before the next record comes."""

    def put(self, record: Any) -> list[Output]:
        seen = len(self.outputs)
        found = super().put(record)
        for output in self.outputs[seen:]:
            if output.topic == "alerts" and "because" in output.body:
                output.body["because"] = dict(output.body["because"])
        return found


def test_what_an_alert_says_does_not_depend_on_when_it_is_read() -> None:
    told = 0
    for seed in range(20):
        late, eager = wild_market(random.Random(seed)), wild_market(random.Random(seed), EagerFeed)
        assert drawdowns(late) == drawdowns(eager)
        told += len(drawdowns(late))
    for seed in range(5):
        _, late = gapped_market(random.Random(seed))
        _, eager = gapped_market(random.Random(seed), EagerFeed)
        assert drawdowns(late) == drawdowns(eager)
        told += len(drawdowns(late))
    assert told > 100


def wild_market(rng: random.Random, kind: type[Feed] = Feed) -> Feed:
    """Falls with rebalances, changes, coin events and definitions that change, in one market."""
    feed, step = kind(Shard(every=NEVER)), rng.choice([SECOND, MINUTE, HOUR])
    stream = instants(rng, 300, step, ASSETS, move=0.02)
    middle = stream[150][0]
    base: dict[str, Any] = {
        "weights": {a: rng.uniform(0.1, 1.0) for a in rng.sample(ASSETS, 3)},
        "rebalance": rng.choice(["never", "daily", "daily"]),
        "alerts": {"drawdown": [0.01, 0.02, 0.05, 0.1, 0.2]},
    }
    if rng.random() < 0.5:
        base["alerts"]["for"] = "1s"
    left = [a for a in ASSETS if a not in base["weights"]]
    if rng.random() < 0.5:
        gone = next(iter(base["weights"]))
        base["change"] = [{"at": middle, "add": left, "remove": [gone], "weights": {left[0]: 0.3}}]
    feed.put(define("X", base, START))
    if rng.random() < 0.5:
        event = {"at": middle + step, "ratio": 1000.0}
        if rng.random() < 0.5:
            event |= {"becomes": "Z", "ratio": 2.0}
        coin = parse_asset("B", {"event": [event]})
        feed.put(AssetRecord(START, "live", "B", coin.to_mapping()))  # type: ignore[arg-type]
    while stream:
        size = rng.choice([1, 3, 30])
        feed.put(frame(stream[:size]))
        stream = stream[size:]
        if rng.random() < 0.05:
            changed = base | {"weights": {a: rng.uniform(0.1, 1.0) for a in base["weights"]}}
            feed.put(define("X", changed, feed.shard.state.now))
        if rng.random() < 0.05:
            feed.shard = Shard.load(feed.shard.dump(), NEVER)
    return feed


def test_the_true_fall_lies_within_the_bounds_of_every_gap() -> None:
    gaps, told, old = 0, 0, 0
    for seed in range(FALLS // 5):
        rng = random.Random(seed)
        truth, seen = gapped_market(rng)
        quality = seen.shard.state.quality
        ends = [span.end for span in (*quality.gaps, *quality.filled)]
        for alert in drawdowns(seen):
            bounds = alert["because"].get("drawdown_bounds")
            if bounds is None:
                continue
            if alert["at"] not in truth:
                continue  # nobody knows yet that trades are missing
            if any(alert["peak_at"] <= end <= alert["at"] - DAY for end in ends):
                old += 1  # what a gap of more than a day ago may have hidden is not in the bounds
                continue
            true = truth[alert["at"]]
            high = 1.0 if bounds["high"] is None else bounds["high"]
            assert bounds["low"] - 1e-12 <= true <= high + 1e-12, (seed, alert, true)
            gaps += 1
            told += bounds["high"] is not None
    assert told >= gaps / 4 > 0
    assert old <= gaps / 10


def gapped_market(rng: random.Random, kind: type[Feed] = Feed) -> tuple[dict[int, float], Feed]:
    """The true drawdown at each instant outside of gaps, and a market in which trades of some
    asset are missing, most of which come some time after."""
    step = rng.choice([SECOND, 10 * SECOND, MINUTE])
    stream = instants(rng, 300, step, ASSETS, move=0.01)
    table = {"assets": ASSETS[:3], "alerts": {"drawdown": [0.005 * k for k in range(1, 40)]}}
    table |= {"rebalance": rng.choice(["never", "never", "daily"])}
    true, seen = Feed(Shard(every=NEVER)), kind(Shard(every=NEVER))
    for feed in (true, seen):
        feed.put(define("X", table, START))
    truth = dict[int, float]()
    for at, prices in stream:
        true.put(frame([(at, prices)]))
        fall = true.snapshot("X")["drawdown"]
        truth[at] = fall["current"] if fall else 0.0
    place = 20
    for at, prices in stream[:place]:
        seen.put(frame([(at, prices)]))
    reports: dict[int, dict[str, Any]] = {}
    while place < len(stream):
        asset, length = rng.choice(ASSETS[:3]), rng.randrange(1, 25)
        while place + length < len(stream) and asset not in stream[place + length][1]:
            length += 1  # the next trade shows that some are missing
        hidden = stream[place : place + length]
        start, end = stream[place - 1][0], stream[min(place + length, len(stream) - 1)][0]
        lost = [prices[asset] for _, prices in hidden if asset in prices]
        for at, prices in hidden:
            rest = {a: p for a, p in prices.items() if a != asset}
            truth.pop(at)
            seen.put(reported(frame([(at, rest)]) if rest else empty(at), reports.pop(at, {})))
        place += length
        gap = GapSpan(asset, "v", asset, start, end, "ids")
        for k, (at, prices) in enumerate(stream[place : place + 30]):
            known: dict[str, Any] = reports.pop(at, {})
            if k == 0:
                known |= {"gaps": [gap]}
            if k == 5 and rng.random() < 0.8:
                low, high = (min(lost), max(lost)) if lost else (None, None)
                known |= {"filled": (FilledSpan(*gap[:5], len(lost), low, high),)}
            seen.put(reported(frame([(at, prices)]), known))
        place += 30
    return truth, seen


def empty(now: int) -> PriceFrame:
    return PriceFrame(now, "live", [], [], [], [], [], {}, [])


def reported(record: PriceFrame, known: dict[str, Any]) -> PriceFrame:
    return record._replace(**known) if known else record


def test_a_fall_in_words() -> None:
    feed = Feed(Shard(every=NEVER))
    table = {"weights": {"A": 0.5, "B": 0.3, "C": 0.2}, "alerts": {"drawdown": [0.1]}}
    feed.put(define("TOP3", table, START // DAY * DAY))
    noon = START // DAY * DAY + 14 * HOUR + 3 * MINUTE
    sources = {"A": Sources(["coinbase:A-USD"], {"kraken:A/USD": "stale"}, [])}
    first = frame([(noon, {"A": 10.0, "B": 10.0, "C": 10.0})])._replace(sources=sources)
    feed.put(first)
    feed.put(frame([(noon + HOUR, {"A": 8.78, "B": 10 - 3.2 / 3, "C": 9.45})]))
    (alert,) = drawdowns(feed)
    because = alert["because"]
    assert because["words"] == (
        "TOP3 fell 10.4 % since 14:03: A −6.1, B −3.2, C −1.1; Kraken left out as stale"
    )
    assert because["contributions"] == pytest.approx({"A": -0.061, "B": -0.032, "C": -0.011})
    evidence = because["sources"]["A"]
    assert evidence["used"] == ["coinbase:A-USD"]
    assert evidence["left_out"] == {"kraken:A/USD": "stale"}
    assert evidence["weight"] == pytest.approx(0.439 / 0.896)


def test_the_venues_behind_each_asset_are_told_with_what_they_said() -> None:
    pricer, feed = Pricer(), Feed(Shard(every=NEVER))
    records: list[Any] = [define("MIX", TABLE, START - 1), *frames(random.Random(4), 200)]
    told, ends = 0, set[int]()
    for record in records:
        for made in pricer.apply(record):
            assert isinstance(made.body, PriceFrame | DefinitionRecord)
            feed.put(decode_again(made.body))
            ends.add(made.body.now)
    feed.shard = Shard.load(feed.shard.dump(), NEVER)
    for alert in drawdowns(feed):
        for asset, evidence in alert["because"]["sources"].items():
            assert evidence["seen"].keys() == {*evidence["used"], *evidence["left_out"]}, asset
            assert all(name.split(":")[0] in VENUES for name in evidence["seen"])
            assert evidence["at"] in ends  # of the record that told it
            shares = [seen["weight"] for seen in evidence["seen"].values()]
            assert math.fsum(shares) == pytest.approx(1.0, abs=1e-3)
            near = [abs(s["price"] / evidence["price"] - 1) for s in evidence["seen"].values()]
            assert min(near) < 0.03, (asset, evidence)
            told += len(shares)
    assert told > 50


def decode_again(body: PriceFrame | DefinitionRecord) -> Any:
    """As it comes back from the log."""
    kind, value = encode(body)
    return decode(kind or "", 1, value, body.now)
