"""What an index is: the parsed, checked and canonical form of one `[index.ID]` table.

A definition is data. It arrives as a mapping (from TOML or from a log record), is checked by
`parse_index`, and goes back into a mapping with `IndexDefinition.to_mapping`; the two are inverse.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from engine.alerts.rule import PLAIN, FallSetting, RuleSetting, parse_drawdowns, parse_rules
from engine.index.planned_changes import HIGHEST_WEIGHT, Change, Renames, parse_changes
from engine.index.weighting.registry import METHODS
from engine.names import ASSET_RULE, INDEX_ID, is_asset_name
from engine.records import Kind
from engine.toml_table import DefinitionError as DefinitionError
from engine.toml_table import TomlTable
from engine.toml_table import parse_duration as parse_duration
from engine.types import DAY, SECOND

REBALANCES = ("never", "daily", "weekly", "monthly", "quarterly")


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """One index. Times are ns, rates are per year, `weights` sum to one in the order of `assets`.

    `target` None means the risk-free rate.
    """

    id: str
    name: str
    assets: tuple[str, ...]
    weights: tuple[float, ...]
    weighting: str
    rebalance: str
    base_level: float
    benchmarks: tuple[str, ...]
    return_interval: int
    risk_free: float
    target: float | None
    omega_threshold: float
    year_days: float
    ewma_half_life: int
    supply: tuple[tuple[str, float], ...]
    cap_limit: float | None
    vol_window: int
    max_price_age: int
    kinds: tuple[Kind, ...]
    drawdown_alerts: tuple[float, ...]
    targets: tuple[tuple[str, float], ...]
    changes: tuple[Change, ...]
    falls: FallSetting = PLAIN
    """What goes for all of `drawdown_alerts`."""
    rules: tuple[RuleSetting, ...] = ()
    _digest: list[str] = field(default_factory=list, init=False, repr=False, compare=False)
    """Room for `digest`."""

    @property
    def compiled_depths(self) -> tuple[float, ...]:
        """The depths of drawdown that the tick kernel decides by itself."""
        return self.drawdown_alerts if self.falls.is_plain else ()

    @property
    def bars_per_year(self) -> float:
        """The annualisation factor A: return bars in a year of `year_days` days."""
        return self.year_days * DAY / self.return_interval

    def per_bar(self, yearly: float, interval: int | None = None) -> float:
        """A yearly rate as the rate of one bar, geometrically: (1 + y)^(1/A) − 1.

        Of a bar of `interval` ns, where that is not the return interval.
        """
        bars = self.year_days * DAY / interval if interval else self.bars_per_year
        return math.expm1(math.log1p(yearly) / bars)

    def all_assets(self) -> tuple[str, ...]:
        """Every asset that is or will be in the basket, first mention first."""
        added = (asset for change in self.changes for asset in change.add)
        return tuple(dict.fromkeys((*self.assets, *added)))

    def to_mapping(self) -> dict[str, Any]:
        """The canonical mapping: plain JSON types, times in ns, defaults filled in."""
        names = (name for name in self.__slots__ if name != "_digest")
        mapping: dict[str, Any] = {name: getattr(self, name) for name in names}
        mapping["target"] = "risk_free" if self.target is None else self.target
        for table in ("supply", "targets"):
            mapping[table] = dict(mapping[table])
        mapping["weights"] = dict(zip(self.assets, self.weights, strict=True))
        depths = list(mapping.pop("drawdown_alerts"))
        mapping["alerts"] = {"drawdown": depths, **self.falls.to_mapping()}
        mapping["change"] = [change.to_mapping() for change in self.changes]
        if self.rules:  # definitions without any are written as before there were rules
            mapping["rule"] = [rule.to_mapping() for rule in self.rules]
        for key in ("id", "assets", "changes", "falls", "rules"):
            del mapping[key]
        mapping["benchmarks"] = list(self.benchmarks)
        mapping["kinds"] = list(self.kinds)
        return mapping

    def digest(self) -> str:
        """SHA-256 of the canonical mapping, hexadecimal; made once."""
        if not self._digest:
            text = json.dumps({self.id: self.to_mapping()}, sort_keys=True, separators=(",", ":"))
            self._digest.append(hashlib.sha256(text.encode()).hexdigest())
        return self._digest[0]


def price_key(asset: str, kinds: Iterable[str]) -> str:
    """The name under which the Pricer prices `asset` from instruments of these kinds.

    >>> price_key("BTC", ["spot"]), price_key("BTC", ["spot", "perpetual"])
    ('BTC', 'BTC@perpetual+spot')
    """
    names = sorted(set(kinds))
    return asset if names == ["spot"] else f"{asset}@{'+'.join(names)}"


def check_together(definitions: Iterable[IndexDefinition]) -> None:
    """Check what one definition alone cannot tell: ids against assets, benchmarks against both."""
    definitions = list(definitions)
    ids = {d.id for d in definitions}
    assets = {a for d in definitions for a in d.all_assets()}
    for d in definitions:
        path = ("index", d.id)
        if d.id in assets:
            raise DefinitionError(path, f"{d.id} is the name of an asset; choose another id")
        for benchmark in d.benchmarks:
            where = (*path, "benchmarks")
            if benchmark == d.id:
                raise DefinitionError(where, "an index cannot be its own benchmark")
            if benchmark not in ids and not is_asset_name(benchmark):
                raise DefinitionError(
                    where, f"unknown benchmark {benchmark!r}: neither an asset nor an index here"
                )


def check_change(old: IndexDefinition | None, new: IndexDefinition) -> None:
    """Check what may not change while an index runs; raises DefinitionError."""
    if old is None:
        return
    for key in ("base_level", "return_interval"):
        if getattr(old, key) != getattr(new, key):
            message = "cannot change while the index runs, its history rests on it; use a new id"
            raise DefinitionError(("index", new.id, key), message)


def parse_index(
    index: str, table: Any, warnings: list[str] | None = None, renames: Renames = ()
) -> IndexDefinition:
    """Check one `[index.ID]` table (from TOML or canonical); raises DefinitionError.

    `renames` are the assets' own, so that it is known what is in the index when it changes.
    """
    path = ("index", index)
    if not INDEX_ID.fullmatch(index):
        raise DefinitionError(path, f"an index id is {INDEX_ID.pattern}, got {index!r}")
    if not isinstance(table, Mapping):
        raise DefinitionError(path, "expected a table")
    t = TomlTable(path, table)
    assets, weights = _composition(t)
    weighting = t.choice("weighting", "fixed" if "weights" in table else "equal", METHODS)
    if not METHODS[weighting].given:
        weights = [1.0 / len(assets)] * len(assets)
    depths, falls = parse_drawdowns(TomlTable((*path, "alerts"), t.get("alerts", {})))
    definition = IndexDefinition(
        id=index,
        name=_name(t, index),
        assets=tuple(assets),
        weights=tuple(weights),
        weighting=weighting,
        rebalance=t.choice("rebalance", "never", REBALANCES),
        base_level=t.number("base_level", 1000.0, 1e-12, 1e15),
        benchmarks=tuple(
            t.names("benchmarks", (), _may_be_benchmark, f"{INDEX_ID.pattern} or an asset")
        ),
        return_interval=_return_interval(t),
        risk_free=t.number("risk_free", 0.0, -0.99, 100.0),
        target=_target(t),
        omega_threshold=t.number("omega_threshold", 0.0, -0.99, 100.0),
        year_days=t.number("year_days", 365, 1, 367),
        ewma_half_life=t.duration("ewma_half_life", "30d", SECOND, 3660 * DAY),
        supply=_supply(t),
        cap_limit=_cap_limit(t, len(assets)),
        vol_window=t.duration("vol_window", "90d", 30 * DAY, 3660 * DAY),
        max_price_age=t.duration("max_price_age", "48h", SECOND, 3660 * DAY),
        kinds=_kinds(t),
        drawdown_alerts=depths,
        targets=_targets(t),
        changes=parse_changes(
            t, assets, weighting, warnings if warnings is not None else [], renames
        ),
        falls=falls,
    )
    if tables := t.get("rule", []):
        about = definition.benchmarks, definition.all_assets()
        definition = replace(definition, rules=parse_rules((*path, "rule"), tables, *about))
    t.close()
    if warnings is not None:
        warnings += [
            f"{'.'.join(path)}.{key}: weighting = {weighting!r} does not use it"
            for key in _unused_keys(weighting)
            if table.get(key)
        ]
    return definition


def _unused_keys(weighting: str) -> list[str]:
    """The keys that other weighting methods look at, and this one does not."""
    methods = METHODS.values()
    known = dict.fromkeys(("weights", *(key for method in methods for key in method.keys)))
    own = METHODS[weighting]
    used = {"weights", *own.keys} if own.given else set(own.keys)
    return [key for key in known if key not in used]


def _composition(t: TomlTable) -> tuple[list[str], list[float]]:
    if ("weights" in t.table) == ("assets" in t.table):
        t.fail("weights", "give either weights = { BTC = 0.5, … } or assets = [ … ]")
    assets = t.names("assets", (), is_asset_name, ASSET_RULE)
    if assets:
        return assets, [1.0 / len(assets)] * len(assets)
    table = t.get("weights")
    if not isinstance(table, Mapping) or not table:
        t.fail("weights" if "weights" in t.table else "assets", "an index needs at least one asset")
    weights = t.numbers_by_name("weights", 0.0, HIGHEST_WEIGHT)
    for asset in weights:
        if not is_asset_name(asset):
            t.fail("weights", f"{asset!r} is not an asset name ({ASSET_RULE})")
    total = math.fsum(weights.values())
    if not 0.0 < total < math.inf:
        t.fail("weights", "the weights sum to zero or are not finite")
    # Weights that already sum to one but for rounding stay as they are: scaling is idempotent.
    scale = 1.0 if abs(total - 1.0) < 1e-12 else total
    return list(weights), [w / scale for w in weights.values()]


def _name(t: TomlTable, index: str) -> str:
    value = t.get("name", index)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        t.fail("name", f"expected a text of 1 to 200 characters, got {value!r}")
    return value


def _return_interval(t: TomlTable) -> int:
    ns = t.duration("return_interval", "1d", SECOND, DAY)
    if DAY % ns:
        t.fail("return_interval", "must divide a day evenly, so that bars end at 00:00 UTC")
    return ns


def _target(t: TomlTable) -> float | None:
    if t.get("target", "risk_free") == "risk_free":
        return None
    return t.number("target", 0.0, -0.99, 100.0)


def _cap_limit(t: TomlTable, assets: int) -> float | None:
    if t.get("cap_limit") is None:
        return None
    limit = t.number("cap_limit", 1.0, 1e-6, 1.0 + 1e-12)
    if limit * assets < 1.0:
        t.fail("cap_limit", f"{limit:g} × {assets} assets is below 1: no weights can satisfy it")
    return limit


def _supply(t: TomlTable) -> tuple[tuple[str, float], ...]:
    found = t.numbers_by_name("supply", 0.0)
    for asset, coins in found.items():
        if coins == 0.0:
            where = (*t.path, "supply", asset)
            raise DefinitionError(where, "a supply is above 0; leave out one that is not known")
    return tuple(sorted(found.items()))


def _kinds(t: TomlTable) -> tuple[Kind, ...]:
    value = t.names("kinds", ("spot",), get_args(Kind).__contains__, "|".join(get_args(Kind)))
    if not value:
        t.fail("kinds", "needs at least one instrument kind")
    return tuple(sorted(value))  # type: ignore[arg-type]


def _targets(t: TomlTable) -> tuple[tuple[str, float], ...]:
    found = t.numbers_by_name("targets", -math.inf)
    if found:
        # Here, for it knows all metrics and loads their compiled code: most definitions have none.
        from engine.alerts.targets import problem as target_problem
    for name in found:
        if problem := target_problem(name, bool(t.get("benchmarks"))):
            raise DefinitionError((*t.path, "targets", name), problem)
    return tuple(sorted(found.items()))


def _may_be_benchmark(name: str) -> bool:
    return INDEX_ID.fullmatch(name) is not None or is_asset_name(name)


def check_added_weights(definition: IndexDefinition) -> None:
    """A fixed-weight index says what an added asset gets; only old definitions leave it open."""
    if not METHODS[definition.weighting].given:
        return
    for number, change in enumerate(definition.changes):
        if change.add and not change.weights:
            given = ", ".join(f"{asset} = …" for asset in change.add)
            event = "if a coin of the index became it, write the event instead: [[asset.X.event]]"
            if change.remove:
                old, new = change.remove[0], change.add[0]
                event = (
                    f"or, if {old} became {new}, write that event instead of the change: "
                    f'[[asset.{old}.event]] with becomes = "{new}"'
                )
            raise DefinitionError(
                ("index", definition.id, "change", f"[{number}]", "add"),
                f"weights of a fixed index are given: add weights = {{ {given} }}; {event}",
            )
