"""What an index is: the parsed, checked and canonical form of one `[index.ID]` table.

A definition is data. It arrives as a mapping (from TOML or from a log record), is checked by
`parse_index`, and goes back into a mapping with `IndexDefinition.to_mapping`; the two are inverse.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, get_args

from engine.types import DAY, HOUR, MINUTE, SECOND, Kind

INDEX_ID = re.compile(r"[A-Z0-9_.-]{1,32}")
ASSET = re.compile(r"[A-Z0-9]{1,20}")
_DURATION = re.compile(r"(\d+)(s|m|h|d)")
_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}

WEIGHTINGS = ("fixed", "equal", "cap", "inverse_volatility")
NOT_BUILT = ("cap", "inverse_volatility")
"""Weightings that the file format knows and the engine does not compute yet."""
REBALANCES = ("never", "daily", "weekly", "monthly", "quarterly")


class DefinitionError(ValueError):
    """A definition that cannot be used. `path` leads to the offending key, outermost first."""

    def __init__(self, path: tuple[str, ...], message: str) -> None:
        super().__init__(f"{'.'.join(path)}: {message}")
        self.path = path
        self.message = message


@dataclass(frozen=True, slots=True)
class Change:
    """A planned change of the basket. It takes effect after the bar that ends at `at` (ns)."""

    at: int
    add: tuple[str, ...]
    remove: tuple[str, ...]


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

    @property
    def bars_per_year(self) -> float:
        """The annualisation factor A: return bars in a year of `year_days` days."""
        return self.year_days * DAY / self.return_interval

    def per_bar(self, yearly: float) -> float:
        """A yearly rate as the rate of one bar, geometrically: (1 + y)^(1/A) − 1."""
        return math.expm1(math.log1p(yearly) / self.bars_per_year)

    def all_assets(self) -> tuple[str, ...]:
        """Every asset that is or will be in the basket, first mention first."""
        added = (asset for change in self.changes for asset in change.add)
        return tuple(dict.fromkeys((*self.assets, *added)))

    def to_mapping(self) -> dict[str, Any]:
        """The canonical mapping: plain JSON types, times in ns, defaults filled in."""
        mapping = asdict(self)
        mapping["target"] = "risk_free" if self.target is None else self.target
        for table in ("supply", "targets"):
            mapping[table] = dict(mapping[table])
        mapping["weights"] = dict(zip(self.assets, self.weights, strict=True))
        mapping["alerts"] = {"drawdown": list(mapping.pop("drawdown_alerts"))}
        mapping["change"] = [
            {"at": c.at, "add": list(c.add), "remove": list(c.remove)} for c in self.changes
        ]
        for key in ("id", "assets", "changes"):
            del mapping[key]
        mapping["benchmarks"] = list(self.benchmarks)
        mapping["kinds"] = list(self.kinds)
        return mapping

    def digest(self) -> str:
        """SHA-256 of the canonical mapping, hexadecimal."""
        text = json.dumps({self.id: self.to_mapping()}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def parse_duration(text: object, path: tuple[str, ...] = ()) -> int:
    """A duration such as 30d, 48h or 1s in ns; raises DefinitionError.

    >>> parse_duration("90s")
    90000000000
    """
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[1]) == 0:
        message = f'expected a duration such as "30d", "48h" or "1s", got {text!r}'
        raise DefinitionError(path, message)
    return int(match[1]) * _UNITS[match[2]]


def price_key(asset: str, kinds: Iterable[str]) -> str:
    """The name under which the Pricer prices `asset` from instruments of these kinds.

    >>> price_key("BTC", ["spot"]), price_key("BTC", ["spot", "perpetual"])
    ('BTC', 'BTC@perpetual+spot')
    """
    names = sorted(set(kinds))
    return asset if names == ["spot"] else f"{asset}@{'+'.join(names)}"


def parse_file(document: Mapping[str, Any]) -> tuple[list[IndexDefinition], list[str]]:
    """All indices of a parsed TOML document, and warnings worth showing.

    Raises DefinitionError with the path of the offending key.
    """
    for key in document:
        if key != "index":
            raise DefinitionError((key,), "unknown key; indices stand under [index.ID]")
    tables = document.get("index", {})
    if not isinstance(tables, Mapping) or not tables:
        raise DefinitionError(("index",), "no index is defined; add a table [index.ID]")
    warnings: list[str] = []
    found = [parse_index(index, table, warnings) for index, table in tables.items()]
    check_together(found)
    return found, warnings


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
            if benchmark not in ids and not ASSET.fullmatch(benchmark):
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


class _Table:
    """One TOML table being read: typed look-ups that fail with the key's path."""

    def __init__(self, path: tuple[str, ...], table: Mapping[str, Any]) -> None:
        self.path, self.table, self.seen = path, table, set[str]()

    def fail(self, key: str, message: str) -> NoReturn:
        raise DefinitionError((*self.path, key), message)

    def get(self, key: str, default: Any = None) -> Any:
        self.seen.add(key)
        return self.table.get(key, default)

    def number(self, key: str, default: float, low: float, high: float = math.inf) -> float:
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value < high:
            bounds = f"of at least {low:g}" + ("" if high == math.inf else f" and below {high:g}")
            self.fail(key, f"expected a number {bounds}, got {value!r}")
        return float(value)

    def choice(self, key: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.get(key, default)
        if value not in choices:
            self.fail(key, f"expected one of {', '.join(choices)}, got {value!r}")
        return str(value)

    def duration(self, key: str, default: str, low: int, high: int) -> int:
        value = self.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool):
            ns = value  # the canonical form
        else:
            ns = parse_duration(value, (*self.path, key))
        if not low <= ns <= high:
            self.fail(key, f"{value!r} is out of range ({low // SECOND} s to {high // SECOND} s)")
        return ns

    def names(self, key: str, default: tuple[str, ...], pattern: re.Pattern[str]) -> list[str]:
        value = self.get(key, list(default))
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            self.fail(key, f"expected a list of names, got {value!r}")
        for name in value:
            if not pattern.fullmatch(name):
                self.fail(key, f"{name!r} is not a valid name ({pattern.pattern})")
        if len(set(value)) < len(value):
            self.fail(key, f"a name stands twice in {value!r}")
        return value

    def numbers_by_name(self, key: str, low: float) -> dict[str, float]:
        value = self.get(key, {})
        if not isinstance(value, Mapping):
            self.fail(key, f"expected a table of numbers, got {value!r}")
        table = _Table((*self.path, key), value)
        return {name: table.number(name, math.nan, low) for name in value}

    def close(self) -> None:
        for key in self.table:
            if key not in self.seen:
                self.fail(key, "unknown key")


def parse_index(index: str, table: Any, warnings: list[str] | None = None) -> IndexDefinition:
    """Check one `[index.ID]` table (from TOML or canonical); raises DefinitionError."""
    path = ("index", index)
    if not INDEX_ID.fullmatch(index):
        raise DefinitionError(path, f"an index id is {INDEX_ID.pattern}, got {index!r}")
    if not isinstance(table, Mapping):
        raise DefinitionError(path, "expected a table")
    t = _Table(path, table)
    assets, weights = _composition(t)
    weighting = t.choice("weighting", "fixed" if "weights" in table else "equal", WEIGHTINGS)
    if weighting in NOT_BUILT:
        t.fail("weighting", f"{weighting!r} is not built yet; use fixed or equal")
    if weighting == "equal":
        weights = [1.0 / len(assets)] * len(assets)
    definition = IndexDefinition(
        id=index,
        name=_name(t, index),
        assets=tuple(assets),
        weights=tuple(weights),
        weighting=weighting,
        rebalance=t.choice("rebalance", "never", REBALANCES),
        base_level=t.number("base_level", 1000.0, 1e-12, 1e15),
        benchmarks=tuple(t.names("benchmarks", (), INDEX_ID)),
        return_interval=_return_interval(t),
        risk_free=t.number("risk_free", 0.0, -0.99, 100.0),
        target=_target(t),
        omega_threshold=t.number("omega_threshold", 0.0, -0.99, 100.0),
        year_days=t.number("year_days", 365, 1, 367),
        ewma_half_life=t.duration("ewma_half_life", "30d", SECOND, 3660 * DAY),
        supply=tuple(sorted(t.numbers_by_name("supply", 0.0).items())),
        cap_limit=_cap_limit(t, len(assets)),
        vol_window=t.duration("vol_window", "90d", 30 * DAY, 3660 * DAY),
        max_price_age=t.duration("max_price_age", "48h", SECOND, 3660 * DAY),
        kinds=_kinds(t),
        drawdown_alerts=_drawdown_alerts(t),
        targets=tuple(sorted(t.numbers_by_name("targets", -math.inf).items())),
        changes=_changes(t, assets, warnings if warnings is not None else []),
    )
    t.close()
    return definition


def _composition(t: _Table) -> tuple[list[str], list[float]]:
    if ("weights" in t.table) == ("assets" in t.table):
        t.fail("weights", "give either weights = { BTC = 0.5, … } or assets = [ … ]")
    assets = t.names("assets", (), ASSET)
    if assets:
        return assets, [1.0 / len(assets)] * len(assets)
    table = t.get("weights")
    if not isinstance(table, Mapping) or not table:
        t.fail("weights" if "weights" in t.table else "assets", "an index needs at least one asset")
    weights = t.numbers_by_name("weights", 0.0)
    for asset in weights:
        if not ASSET.fullmatch(asset):
            t.fail("weights", f"{asset!r} is not an asset name ({ASSET.pattern})")
    total = math.fsum(weights.values())
    if not 0.0 < total < math.inf:
        t.fail("weights", "the weights sum to zero or are not finite")
    # Weights that already sum to one but for rounding stay as they are: scaling is idempotent.
    scale = 1.0 if abs(total - 1.0) < 1e-12 else total
    return list(weights), [w / scale for w in weights.values()]


def _name(t: _Table, index: str) -> str:
    value = t.get("name", index)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        t.fail("name", f"expected a text of 1 to 200 characters, got {value!r}")
    return value


def _return_interval(t: _Table) -> int:
    ns = t.duration("return_interval", "1d", SECOND, DAY)
    if DAY % ns:
        t.fail("return_interval", "must divide a day evenly, so that bars end at 00:00 UTC")
    return ns


def _target(t: _Table) -> float | None:
    if t.get("target", "risk_free") == "risk_free":
        return None
    return t.number("target", 0.0, -0.99, 100.0)


def _cap_limit(t: _Table, assets: int) -> float | None:
    if t.get("cap_limit") is None:
        return None
    limit = t.number("cap_limit", 1.0, 1e-6, 1.0 + 1e-12)
    if limit * assets < 1.0:
        t.fail("cap_limit", f"{limit:g} × {assets} assets is below 1: no weights can satisfy it")
    return limit


def _kinds(t: _Table) -> tuple[Kind, ...]:
    value = t.names("kinds", ("spot",), re.compile("|".join(get_args(Kind))))
    if not value:
        t.fail("kinds", "needs at least one instrument kind")
    return tuple(sorted(value))  # type: ignore[arg-type]


def _drawdown_alerts(t: _Table) -> tuple[float, ...]:
    alerts = _Table((*t.path, "alerts"), t.get("alerts", {}))
    depths = alerts.get("drawdown", [])
    if not isinstance(depths, list):
        alerts.fail("drawdown", f"expected a list of depths, got {depths!r}")
    for depth in depths:
        if not isinstance(depth, int | float) or not 0.0 < depth < 1.0:
            alerts.fail("drawdown", f"a depth lies between 0 and 1, got {depth!r}")
    if len(set(depths)) < len(depths):
        alerts.fail("drawdown", f"a depth stands twice in {depths!r}")
    alerts.close()
    return tuple(sorted(float(d) for d in depths))


def _changes(t: _Table, assets: list[str], warnings: list[str]) -> tuple[Change, ...]:
    tables = t.get("change", [])
    if not isinstance(tables, list):
        t.fail("change", "expected [[index.ID.change]] tables")
    present, found = set(assets), list[Change]()
    for table in tables:
        change = _Table((*t.path, "change"), table)
        at, add = _instant(change), change.names("add", (), ASSET)
        remove = change.names("remove", (), ASSET)
        change.close()
        if found and at <= found[-1].at:
            change.fail("at", "changes stand in order of time, one an instant")
        for asset in (a for a in add if a in present):
            change.fail("add", f"{asset} is already in the index then")
        where = ".".join(change.path)
        warnings += [f"{where}: {a} is not in the index then" for a in remove if a not in present]
        present = (present | set(add)) - set(remove)
        if not present:
            change.fail("remove", "no asset would be left")
        found.append(Change(at, tuple(add), tuple(remove)))
    return tuple(found)


def _instant(t: _Table) -> int:
    value = t.get("at")
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, datetime):
        t.fail("at", f"expected a time such as 2026-01-01T00:00:00Z, got {value!r}")
    utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    whole = utc.replace(microsecond=0)
    return int(whole.timestamp()) * SECOND + utc.microsecond * 1000
