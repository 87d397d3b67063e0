"""Definition cards: every published figure has one, and every worked example comes out."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine.alerts.targets import GOALS
from engine.index.definition import parse_index
from engine.index.shard import Shard
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.examples import BEGIN_DAY, SERIES
from engine.metrics.registry import REGISTRY
from engine.metrics.watched import RULES
from engine.periods import NEVER
from engine.readings import REASONS
from engine.types import DAY
from tests.engine.market import Feed, define, frame
from tests.engine.years_of_prices import ASSETS, days, run

BOOKKEEPING = ("index", "seq", "as_of", "origin", "definition", "receipt", "undefined")
"""Which record it is and where it came from: no figures."""
BEGIN = BEGIN_DAY * DAY


def pattern(card: Card) -> re.Pattern[str]:
    return re.compile(re.escape(card.path).replace(r"\*", r"[^.]+"))


def of_snapshot(card: Card) -> bool:
    """Whether a card is of a place in the snapshot; methods, flags and alerts have cards too."""
    return not card.path.startswith(("method: ", "alert: ", "flags."))


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Places and values; list entries by their number, calendar entries by their period."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and path.split(".")[0] in ("calendar", "drawdown"):
        for place, inner in enumerate(value):
            entry = {k: v for k, v in inner.items() if k != "period"}
            yield from leaves(entry, f"{path}.{inner.get('period', place)}")
    else:
        yield path, value


@pytest.fixture(scope="module")
def snapshots() -> list[dict[str, Any]]:
    """Of four years with everything in them, from the first day on."""
    rng = random.Random(4)
    targets = dict.fromkeys(GOALS, 0.5)
    tables = {
        "MIX": {
            "assets": ASSETS,
            "rebalance": "quarterly",
            "benchmarks": ["BTC", "EVEN"],
            "targets": targets,
        },
        "EVEN": {"assets": ["ETH", "SOL"], "rebalance": "monthly"},
    }
    return run(rng, days(rng, 2000), tables, every=50 * DAY).bodies("snapshots")


def figures(snapshot: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for path, value in leaves(snapshot):
        if path.split(".")[0] not in (*BOOKKEEPING, "flags"):
            yield path, value


def test_every_figure_has_one_card_and_every_card_a_figure(
    snapshots: list[dict[str, Any]],
) -> None:
    cards = {card.path: pattern(card) for card in REGISTRY.cards if of_snapshot(card)}
    assert len(cards) == sum(map(of_snapshot, REGISTRY.cards)), "two cards of one path"
    seen: dict[str, set[str]] = defaultdict(set)
    undefined = defaultdict(set)
    started = [s for s in snapshots if s["level"] is not None]
    assert len(started) > 30
    for snapshot in started:
        for path, value in figures(snapshot):
            found = [name for name, rule in cards.items() if rule.fullmatch(path)]
            assert len(found) == 1, (path, found)
            seen[found[0]].add(type(value).__name__)
            if value is None:
                undefined[found[0]].add(snapshot["undefined"][path])
    # Recorded prices have no sources; those of trades do (`tests/engine/test_pricing_venues.py`).
    assert cards.keys() - seen.keys() == {"quality.sources.*"} - seen.keys()
    told = {card.path: card.undefined for card in REGISTRY.cards}
    for name, reasons in undefined.items():
        for reason in reasons if not name.startswith("targets.") else ():
            assert reason in told[name], (name, reason)
    # Each figure that a card calls never null is none.
    assert not [name for name in undefined if not told[name]]


def test_reasons_on_cards_are_reasons() -> None:
    for card in REGISTRY.cards:
        if of_snapshot(card) and card.undefined != "as the figure":
            named = re.findall(r"\b[a-z]+_[a-z_]+\b", card.undefined)
            assert set(named) <= {*REASONS, "max_price_age"}, card.path


def test_each_flag_has_its_rule() -> None:
    assert {
        c.path.removeprefix("flags.") for c in REGISTRY.cards if c.path.startswith("flags.")
    } == set(RULES)


def play(name: str) -> dict[str, Any]:
    """The last snapshot of a series, and its alerts."""
    series = SERIES[name]
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", {"assets": ["A"], **series.table}, BEGIN - 1))
    closes = [(BEGIN + round(day * DAY), dict(prices)) for day, prices in series.closes.items()]
    feed.put(frame(closes))
    told = [a for a in feed.bodies("alerts") if a["kind"] == "drawdown"]
    alerts = [f"day {(a['at'] - BEGIN) // DAY} {a['state']}" for a in told]
    return {**feed.snapshot("X"), "alerts": alerts}


@pytest.fixture(scope="module")
def worked() -> dict[str, dict[str, Any]]:
    return {name: play(name) for name in SERIES}


def value_at(snapshot: dict[str, Any], path: str) -> Any:
    if path.startswith("flags."):
        return path.removeprefix("flags.") in {flag["flag"] for flag in snapshot["flags"]}
    return snapshot["alerts"] if path == "alert: drawdown" else dict(leaves(snapshot))[path]


def is_of_its_method(card: Card) -> bool:
    """Whether the series of a method's example is weighted by that method; true of other cards."""
    if card.example is None or not card.path.startswith("method: "):
        return True
    table = {"assets": ["A"], **SERIES[card.example.series].table}
    methods = card.path.removeprefix("method: ").split(" and ")
    return parse_index("X", table).weighting in methods


def test_an_example_of_another_method_is_noticed() -> None:
    cards = {card.path: card for card in REGISTRY.cards}
    capped, fixed = cards["method: cap"], cards["method: fixed and equal"]
    assert is_of_its_method(capped)
    assert is_of_its_method(fixed)
    assert not is_of_its_method(replace(capped, example=fixed.example))
    assert not is_of_its_method(replace(fixed, example=capped.example))


@pytest.mark.parametrize(
    "card", [card for card in REGISTRY.cards if card.example], ids=lambda c: c.path
)
def test_worked_example(card: Card, worked: dict[str, dict[str, Any]]) -> None:
    example = card.example
    assert example is not None
    if of_snapshot(card) or card.path.startswith("flags."):
        assert pattern(card).fullmatch(example.path), "the example is of another figure"
    assert is_of_its_method(card), "the example is of a series of another weighting method"
    found = value_at(worked[example.series], example.path)
    if isinstance(example.value, str) and example.value.startswith("day "):
        assert found == BEGIN + int(example.value.removeprefix("day ")) * DAY
    elif isinstance(example.value, float):
        assert found == pytest.approx(example.value, rel=1e-9, abs=1e-12)
    else:
        assert found == example.value
        assert type(found) is type(example.value)


def test_every_definition_has_an_example() -> None:
    """But for lists of names."""
    without = {card.path for card in REGISTRY.cards if card.example is None}
    names = {"quality.sources.*", "quality.excluded", "quality.flags", "quality.approximate"}
    names.add("composition.pending")
    assert without == names
    used = {card.example.series for card in REGISTRY.cards if card.example}
    assert used == set(SERIES)


def test_the_digest_is_of_the_definition_alone() -> None:
    card = next(card for card in REGISTRY.cards if card.path == "risk.sharpe")
    assert card.formula in card.normative()
    assert card.reading not in card.normative()
    assert not any(isinstance(part, Example) for part in card.normative())
    assert re.fullmatch("[0-9a-f]{64}", REGISTRY.digest)
