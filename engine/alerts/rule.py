"""One `[[index.X.rule]]`: a figure of the snapshot, its limit, and the clocks about it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from engine.alerts.lifecycle import BETWEEN, CLEARS, HOLDS, Timing
from engine.toml_table import DefinitionError, TomlTable, dotted
from engine.types import DAY

ABOVE, BELOW, EQUALS, HAS = "above", "below", "equals", "has"
SIDES: Final = (ABOVE, BELOW, EQUALS, HAS)
SIGNS = {ABOVE: ">=", BELOW: "<=", EQUALS: "=", HAS: " has "}

SEVERITIES: Final = ("info", "warning", "critical")

ROUNDING = 1e-12
"""A figure that misses its limit by less has reached it: (7 − 6.3) / 7 is below 0.1 in floats."""
LONGEST_WAIT = 3660 * DAY
LONGEST_NAME = 60
_TAKEN = (">", "<", "=", "@", ":")
"""Signs that names of our own making have: no given name may be one of those."""


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """A rule as it is defined. Durations are ns; `clear` is None where the limit itself clears."""

    given_name: str
    figure: str
    side: str
    limit: float | str
    clear: float | None = None
    hold: int = 0
    clear_hold: int = 0
    cooldown: int = 0
    severity: str = "warning"
    no_data: int = 0

    @property
    def name(self) -> str:
        """What alerts call it: the name given, else figure, side and limit."""
        return self.given_name or f"{self.figure}{SIGNS[self.side]}{self._limit_in_words()}"

    def _limit_in_words(self) -> str:
        return self.limit if isinstance(self.limit, str) else f"{self.limit:.12g}"

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What must stay so that an episode goes on."""
        return self.name, self.figure, self.side, repr(self.limit)

    @property
    def timing(self) -> Timing:
        """Its clocks."""
        return Timing(self.hold, self.clear_hold, self.cooldown, self.no_data)

    def sight(self, value: Any) -> str:
        """What the rule sees of a figure that is defined."""
        if self.side == EQUALS:
            return HOLDS if value == self.limit else CLEARS
        if self.side == HAS:
            return HOLDS if any(_said(entry) == self.limit for entry in value) else CLEARS
        assert isinstance(self.limit, float)
        clear = self.limit if self.clear is None else self.clear
        sign = 1.0 if self.side == ABOVE else -1.0
        if _reaches(sign * value, sign * self.limit):
            return HOLDS
        return CLEARS if _reaches(-sign * value, -sign * clear) else BETWEEN

    def to_mapping(self) -> dict[str, Any]:
        """The canonical mapping, without what is not given."""
        found: dict[str, Any] = {"name": self.given_name} if self.given_name else {}
        found |= {"figure": self.figure, self.side: self.limit}
        if self.clear is not None:
            found["clear"] = self.clear
        times = {"for": self.hold, "clear_for": self.clear_hold, "cooldown": self.cooldown}
        found |= {key: ns for key, ns in (times | {"no_data": self.no_data}).items() if ns}
        return found | {"severity": self.severity}


def _said(entry: Any) -> Any:
    """An entry of a list of words; of sources left out, the source."""
    return entry.get("source") if isinstance(entry, Mapping) else entry


def _reaches(value: float, limit: float) -> bool:
    return value >= limit or math.isclose(value, limit, rel_tol=ROUNDING, abs_tol=ROUNDING)


def wait(t: TomlTable, key: str) -> int:
    """A duration that may be none, in ns."""
    if t.get(key) in (None, 0, "0s", "0m", "0h", "0d"):
        return 0
    return t.duration(key, "0s", 1, LONGEST_WAIT)


def parse_rule(t: TomlTable, benchmarks: Sequence[str], assets: Sequence[str]) -> RuleSetting:
    """Check one table of a rule of an index with these benchmarks and assets; raises
    DefinitionError."""
    # Here, for it loads all metrics: most definitions have no rule.
    from engine.alerts.figures import NUMBER, WORDS, figure_of, problem

    path = t.get("figure")
    if not isinstance(path, str):
        t.fail("figure", 'needs the path of a figure, such as "returns.1h" or "risk.volatility"')
    figure = figure_of(path, benchmarks, assets)
    if figure is None:
        t.fail("figure", problem(path, benchmarks, assets))
    usable = {NUMBER: (ABOVE, BELOW), WORDS: (HAS,)}.get(figure.form, (EQUALS,))
    given = [side for side in SIDES if side in t.table]
    if len(given) != 1 or given[0] not in usable:
        t.fail(given[0] if given else "figure", f"give {' or '.join(usable)}, and one alone")
    side, limit = given[0], _limit(t, given[0])
    if path == "status" and limit not in STATUSES:
        near = get_close_matches(str(limit), STATUSES, n=1, cutoff=0.5)
        t.fail(side, f"no status is {limit!r}; {f'did you mean {near[0]}? ' if near else ''}known "
               f"are {', '.join(STATUSES)}")  # fmt: skip
    setting = RuleSetting(
        given_name=_name(t),
        figure=path,
        side=side,
        limit=limit,
        clear=_clear(t, side, limit),
        hold=wait(t, "for"),
        clear_hold=wait(t, "clear_for"),
        cooldown=wait(t, "cooldown"),
        severity=t.choice("severity", "warning", SEVERITIES),
        no_data=wait(t, "no_data"),
    )
    t.close()
    return setting


def parse_rules(
    path: tuple[str, ...], tables: Any, benchmarks: Sequence[str], assets: Sequence[str]
) -> tuple[RuleSetting, ...]:
    """Check a list of such tables, each of another name; raises DefinitionError."""
    if not isinstance(tables, list):
        raise DefinitionError(path, f"expected tables [[{dotted(path)}]]")
    found: dict[str, RuleSetting] = {}
    for number, table in enumerate(tables):
        t = TomlTable((*path, f"[{number}]"), table)
        rule = parse_rule(t, benchmarks, assets)
        if rule.name in found:
            t.fail("name" if rule.given_name else "figure", f"the rule {rule.name} stands twice")
        found[rule.name] = rule
    return tuple(found.values())


STATUSES = ("warming", "live", "degraded", "stale")


def _limit(t: TomlTable, side: str) -> float | str:
    if side in (ABOVE, BELOW):
        return t.number(side, math.nan, -math.inf)
    value = t.get(side)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
        t.fail(side, f"expected a text of 1 to {LONGEST_NAME} characters, got {value!r}")
    return value


def _clear(t: TomlTable, side: str, limit: float | str) -> float | None:
    if t.get("clear") is None:
        return None
    if isinstance(limit, str):
        t.fail("clear", "is for numbers: a word clears when it is another")
    clear = t.number("clear", math.nan, -math.inf)
    if (clear > limit) if side == ABOVE else (clear < limit):
        t.fail("clear", f"lies beyond the limit: with {side} = {limit:g} it is on the other side")
    return None if clear == limit else clear


def _name(t: TomlTable) -> str:
    name = t.get("name", "")
    if not isinstance(name, str) or len(name) > LONGEST_NAME or not name.isprintable():
        t.fail("name", f"expected a text of at most {LONGEST_NAME} characters, got {name!r}")
    if any(sign in name for sign in _TAKEN) or name != name.strip():
        t.fail("name", f"{name!r} has one of {' '.join(_TAKEN)} in it, or blanks about it")
    if name and not name.strip("."):  # of an address such a part means another place
        t.fail("name", f"{name!r} has nothing but dots; give it a letter or a digit")
    return name


@dataclass(frozen=True, slots=True)
class FallSetting:
    """What `[index.X.alerts]` says beside the depths. `clear` is the share of a depth at which it
    clears; `severity` "" goes by the depth. Durations are ns."""

    hold: int = 0
    clear_hold: int = 0
    cooldown: int = 0
    clear: float = 0.5
    severity: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether the tick kernel alone decides: at the depth at once, and at half of it."""
        return not (self.hold or self.clear_hold or self.cooldown) and self.clear == PLAIN.clear

    def rule(self, depth: float, name: str, severity: str) -> RuleSetting:
        """The rule of one depth, for those that are not plain."""
        from engine.alerts.figures import DRAWDOWN_NOW

        clocks = (self.hold, self.clear_hold, self.cooldown)
        return RuleSetting(name, DRAWDOWN_NOW, ABOVE, depth, depth * self.clear, *clocks, severity)

    def to_mapping(self) -> dict[str, Any]:
        """What differs from the usual, in canonical form."""
        found: dict[str, Any] = {}
        times = {"for": self.hold, "clear_for": self.clear_hold, "cooldown": self.cooldown}
        found |= {key: ns for key, ns in times.items() if ns}
        if self.clear != PLAIN.clear:
            found["clear"] = self.clear
        return found | ({"severity": self.severity} if self.severity else {})


PLAIN = FallSetting()
"""Where nothing but depths is given."""


def parse_drawdowns(t: TomlTable) -> tuple[tuple[float, ...], FallSetting]:
    """The depths of `[index.X.alerts]`, and what goes for all of them; raises DefinitionError."""
    depths = t.get("drawdown", [])
    if not isinstance(depths, list):
        t.fail("drawdown", f"expected a list of depths, got {depths!r}")
    for depth in depths:
        if not isinstance(depth, int | float) or not 0.0 < depth < 1.0:
            t.fail("drawdown", f"a depth lies between 0 and 1, got {depth!r}")
    if len(set(depths)) < len(depths):
        t.fail("drawdown", f"a depth stands twice in {depths!r}")
    severity = t.get("severity", "")
    setting = FallSetting(
        hold=wait(t, "for"),
        clear_hold=wait(t, "clear_for"),
        cooldown=wait(t, "cooldown"),
        clear=t.number("clear", PLAIN.clear, 0.0, 1.0 + ROUNDING),
        severity=t.choice("severity", "warning", SEVERITIES) if severity != "" else "",
    )
    t.close()
    return tuple(sorted(float(d) for d in depths)), setting
