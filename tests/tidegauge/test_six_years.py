"""Six years of daily closes of 16 assets as eight differently built indices: every leaf of every
snapshot of `tidegauge replay --every 30d` against the batch oracle."""

from __future__ import annotations

import hashlib
import json
import math
from re import sub
from typing import Any

import numpy as np
import pytest

from engine.alerts.targets import GOALS
from engine.index.definition import IndexDefinition
from engine.periods import years_before
from engine.types import DAY
from tests.reference import basket, series
from tests.tidegauge import six_years_figures as figures
from tests.tidegauge import six_years_ratios as ratios
from tests.tidegauge.six_years import Ran, follow, replayed
from tests.tidegauge.six_years_leaves import Leaf, Leaves, as_leaves, compare, null, under, walk
from tests.tidegauge.six_years_past import Past
from tests.tidegauge.six_years_watched import FLAGS, Flagged, falls, regime, targets

EVERY = 30 * DAY
TARGETS = {**dict.fromkeys(GOALS, 0.5), "sharpe": 1.0, "max_drawdown": 0.8}
NOT_COMPARED = {
    "definition": "a digest of the cards and the index definition: no figure",
    "receipt.engine": "the engine's version: a name, not a figure",
    "composition.divisor": "holdings and divisor may be of any size together: the level tells",
}
# Of daily prices no two hours or minutes in a row have one, nor does the hour before an anchor.
SHORT = ("volatility", "sharpe", "sortino", "max_drawdown", "var_95")
PAIRED = ("beta", "correlation", "alpha", "information_ratio")
BETWEEN_CLOSES = {f"windows.{w}.{name}" for w in ("1d", "7d", "30d") for name in SHORT}
BETWEEN_CLOSES |= {f"windows.{w}.benchmarks.*.{p}" for w in ("1d", "7d", "30d") for p in PAIRED}
BETWEEN_CLOSES |= {"returns.1h", "targets.return_1h.value", "targets.return_1h.met"}
# Recorded prices have no gaps that trades could fill.
BETWEEN_CLOSES |= {"quality.gap_drawdown"}
REASONS = {"not_started", "too_few", "too_short", "no_price", "not_recovered"}
REASONS |= {"no_rise", "no_fall", "no_gain", "no_loss", "cf_domain", "nothing_filled"}
PERFORMANCE = ("returns", "annualised", "cagr", "calendar", "months", "risk")
PERFORMANCE += ("drawdown", "benchmarks")
GROUPS = ("composition", *PERFORMANCE, "rolling", "windows", "regime", "flags", "targets")


class World:
    """All paths, as computed here from the file's prices."""

    def __init__(self, ran: Ran) -> None:
        self.ran = ran
        self.last = ran.rows[-1][0]
        self.followed = {i: follow(d, ran.rows) for i, d in ran.definitions.items()}
        self.past = {i: Past(told.path) for i, told in self.followed.items()}
        for asset in {b for d in ran.definitions.values() for b in d.benchmarks} - self.past.keys():
            self.past[asset] = Past(series.asset_path(ran.rows, asset))
        self.log = hashlib.sha256(hashlib.sha256(ran.prices.read_bytes()).digest()).hexdigest()[:32]
        self.flagged = {i: self._flagged(d) for i, d in ran.definitions.items()}

    def _flagged(self, definition: IndexDefinition) -> Flagged:
        first = self.past[definition.benchmarks[0]]
        return Flagged(self.past[definition.id], first, self.followed[definition.id], definition)

    def instants(self) -> list[int]:
        """The last instant of every slot of 30 days."""
        ends = {(at - 1) // EVERY: at for at, _ in self.ran.rows}
        return list(ends.values())

    def expected(self, index: str, as_of: int) -> Leaves:
        """Every leaf of a snapshot."""
        definition, own = self.ran.definitions[index], self.past[index]
        seq = self.instants().index(as_of) + len(self.ran.definitions)
        found: Leaves = {"index": Leaf(index), "seq": Leaf(seq), "as_of": Leaf(as_of)}
        found |= {"origin": Leaf("replay")}
        receipt = {"topic": "prices", "log": self.log, "partition": 0, "offset": seq}
        found |= as_leaves(receipt, "receipt")
        found |= self.quality(definition, as_of)
        if own.base_at > as_of:
            found |= {name: null("not_started") for name in ("level", *GROUPS)}
            return {**found, "status": Leaf("warming")}
        level = own.level_at(as_of)
        found |= {"status": Leaf("live"), "level": Leaf(level)}
        return {**found, **self.figures(definition, own, as_of)}

    def figures(self, definition: IndexDefinition, own: Past, as_of: int) -> Leaves:
        """The figures of a started index."""
        others = {name: self.past[name] for name in definition.benchmarks}
        annual = figures.annualised(own, as_of)
        found = {**figures.returns(own, as_of), **annual}
        found |= figures.calendar(own, others, as_of)
        found |= figures.risk(own, as_of, definition, annual)
        found |= figures.drawdown(own, as_of)
        found |= ratios.bar_figures(own, as_of, definition, found)
        found |= ratios.fall_figures(own, as_of, definition, found)
        found |= ratios.month_figures(own, as_of, definition)
        for name, other in others.items():
            told = figures.against(own, other, as_of, definition)
            told |= ratios.line_figures(own, other, as_of, definition)
            found |= under(f"benchmarks.{name}", told)
        found |= figures.rolling(own, as_of)
        found |= figures.windows(own, others, as_of, definition)
        first = definition.benchmarks[0]
        found |= regime(own, first, others[first], as_of, definition)
        found |= self.flagged[definition.id].read(as_of)
        found |= self.composition(definition, as_of)
        return {**found, **targets(definition, found)}

    def composition(self, definition: IndexDefinition, as_of: int) -> Leaves:
        """`composition`: each close is at 00:00, so that today has just begun."""
        bought = self.followed[definition.id].bought[as_of]
        told = {"rebalanced_at": bought.at, "pending": bought.pending}
        year_ago = years_before(as_of, 1)
        turned = math.fsum(moved for at, moved in bought.moved if at > year_ago)
        found = as_leaves(told, "composition")
        found["composition.turnover_1y"] = Leaf(turned, 1.0)
        for asset, weight in bought.weights.items():
            figures = {"return_today": 0.0, "contribution_today": 0.0}
            figures |= {"weight": weight, "target": bought.targets[asset]}
            figures |= {"price": bought.prices[asset]}
            found |= as_leaves(figures, f"composition.assets.{asset}")
        return found

    def quality(self, definition: IndexDefinition, as_of: int) -> Leaves:
        """`quality`: these are asset prices, complete from each asset's first day on."""
        begun = self.past[definition.id].base_at <= as_of
        known = {a for at, prices in self.ran.rows if at <= as_of for a in prices}
        lacking = [] if begun else sorted(set(definition.assets) - known)
        told = {"sources": {}, "excluded": [], "approximate": [], "gap_seconds_24h": 0.0}
        flags = [f"no_price:{asset}" for asset in lacking]
        if begun:
            flags += [f"pending:{a}" for a in self.followed[definition.id].bought[as_of].pending]
        told |= {"flags": flags, "unobserved_bars": 0}
        told |= {"backfilled": {"trades_24h": 0, "gaps_24h": 0}}
        found = as_leaves(told, "quality")
        age = Leaf(0.0) if begun else null("not_started")
        fall = null("nothing_filled" if begun else "not_started")
        return {**found, "quality.oldest_price_seconds": age, "quality.gap_drawdown": fall}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(replayed(tmp_path_factory.mktemp("six_years"), EVERY, TARGETS))


def test_every_leaf_of_every_snapshot_is_what_the_oracle_finds(world: World) -> None:
    indices = world.ran.definitions
    told = [(s["index"], s["as_of"]) for s in world.ran.snapshots]
    assert told == [(index, at) for at in world.instants() for index in indices]
    assert (len(world.instants()), len(indices)) == (74, 8)
    worst, leaves = (0.0, ""), 0
    for snapshot in world.ran.snapshots:
        expected = world.expected(snapshot["index"], snapshot["as_of"])
        expected |= not_compared(snapshot)
        worst = max(worst, compare(snapshot, expected))
        leaves += len(expected)
    print(f"{leaves} leaves of {len(told)} snapshots; the largest deviation is {worst}")
    assert leaves > 200_000


def test_the_comparison_sees_what_is_wrong(world: World) -> None:
    """A leaf that is off by 2e-9, one too few, one too many, another reason: none gets through."""
    right = world.ran.snapshots[-1]
    expected = world.expected(right["index"], right["as_of"])
    expected |= not_compared(right)
    compare(right, expected)
    for path, leaf in expected.items():
        if path.startswith("calendar.") or "." not in path:
            continue
        *steps, last = path.split(".")
        for wrong in spoiled(leaf.value, leaf.scale):
            copy: Any = json.loads(json.dumps(right))
            place = copy
            for step in steps:
                place = place[int(step) if isinstance(place, list) else step]
            if wrong is GONE:
                del place[last]
            else:
                place[last] = wrong
            with pytest.raises(AssertionError):
                compare(copy, expected)
    other = {**right, "undefined": {**right["undefined"], "returns.1h": "too_short"}}
    with pytest.raises(AssertionError):
        compare(other, expected)


GONE = object()


def spoiled(value: Any, scale: float | None) -> list[Any]:
    """Values that are wrong where this one is right."""
    if isinstance(value, bool):
        return [not value, None, GONE]
    if isinstance(value, float):
        step = 2e-9 * (abs(value) if scale is None else scale)
        return [math.nextafter(value + step, math.inf), None, GONE]
    return [value + 1, None, GONE] if isinstance(value, int) else [0, GONE]


def test_the_six_years_reach_every_case(world: World) -> None:
    """Every figure is defined somewhere, every reason given somewhere, every flag up somewhere."""
    snapshots = [s for s in world.ran.snapshots if s["level"] is not None]
    names = "|".join(world.past)
    seen = [(sub(rf"\.({names})(?=\.|$)", ".*", p), v) for s in snapshots for p, v in walk(s)]
    defined = {path for path, value in seen if value is not None}
    never = {path for path, _ in seen if path.split(".")[0] != "undefined"} - defined
    assert never == BETWEEN_CLOSES
    reasons = {why for s in world.ran.snapshots for why in s["undefined"].values()}
    assert reasons == REASONS
    raised = {flag["flag"] for s in snapshots for flag in s["flags"]}
    assert raised == set(FLAGS)
    met = {told["met"] for s in snapshots for told in s["targets"].values()}
    assert met == {True, False, None}


@pytest.mark.parametrize("index", ["EQUAL16", "CAP25", "CALM", "CHANGING"])
def test_the_path_followed_here_is_the_oracles(world: World, index: str) -> None:
    path = basket.index_path(world.ran.rows, world.ran.definitions[index])
    assert [at for at, _ in path] == world.past[index].ats
    assert [level for _, level in path] == pytest.approx(world.past[index].levels, rel=1e-12)


def test_three_figures_by_hand(world: World) -> None:
    """Growth, volatility and the deepest fall of a basket that is bought once, in six lines."""
    (found,) = (
        s for s in world.ran.snapshots if s["index"] == "FIXED_N" and s["as_of"] == world.last
    )
    prices = np.array([[p["BTC"], p["ETH"], p["LTC"]] for _, p in world.ran.rows])
    level = prices / prices[0] @ np.array([3.0, 2.0, 1.0]) / 6.0
    cagr = level[-1] ** (365.0 / (len(level) - 1)) - 1.0
    volatility = np.std(level[1:] / level[:-1] - 1.0, ddof=1) * np.sqrt(365.25)
    assert found["level"] == pytest.approx(250.0 * level[-1], rel=1e-12)
    assert found["cagr"] == pytest.approx(cagr, rel=1e-11)
    assert found["risk"]["volatility"] == pytest.approx(volatility, rel=1e-11)
    deepest = np.max(1.0 - level / np.maximum.accumulate(level))
    assert found["drawdown"]["max"] == pytest.approx(deepest, rel=1e-11)


def test_the_alerts_are_those_of_a_plain_loop(world: World) -> None:
    """Falls and flags exactly; targets by what is open at each snapshot."""
    for index, definition in world.ran.definitions.items():
        alerts = [a for a in world.ran.alerts if a["index"] == index]
        assert [a["seq"] for a in alerts] == list(range(1, len(alerts) + 1))
        own = world.past[index]
        for alert in alerts:
            assert alert["level"] == pytest.approx(own.level_at(alert["at"]), rel=1e-9)
            assert alert["id"] == f"{alert['episode']}:{alert['state']}"
        told = {
            kind: [
                (a["at"], a["rule"], a["state"] == "firing") for a in alerts if a["kind"] in kind
            ]
            for kind in (("drawdown",), FLAGS)
        }
        expected = falls(own, definition)
        assert told["drawdown",] == [fall[:3] for fall in expected]
        depths = [(a["drawdown"], a["peak_at"]) for a in alerts if a["kind"] == "drawdown"]
        assert depths == [(pytest.approx(depth, rel=1e-9), at) for *_, depth, at in expected]
        assert sorted(told[FLAGS]) == world.flagged[index].changes


def test_the_open_targets_are_those_not_met(world: World) -> None:
    judged = 0
    for snapshot in world.ran.snapshots:
        index, now = snapshot["index"], snapshot["as_of"]
        for name, told in (snapshot["targets"] or {}).items():
            group = GOALS[name].path[0]
            early = now < world.past[index].base_at + 30 * DAY
            if told["met"] is None or (early and group in ("risk", "benchmarks")):
                continue
            alerts = [
                a
                for a in world.ran.alerts
                if a["index"] == index and a["at"] <= now and a["kind"] == "target"
                if a["evidence"]["figure"] == name
            ]
            is_open = bool(alerts) and alerts[-1]["state"] == "firing"
            assert is_open is not told["met"], (now, name)
            judged += 1
    assert judged > 2000


def not_compared(snapshot: dict[str, Any]) -> Leaves:
    """What is taken as it is."""
    there = [p for p in NOT_COMPARED if snapshot[p.split(".")[0]] is not None]
    return {path: Leaf(value_at(snapshot, path)) for path in there}


def value_at(snapshot: dict[str, Any], path: str) -> Any:
    value: Any = snapshot
    for key in path.split("."):
        value = value[key]
    return value
