"""The figures that a rule may be about: their paths, what is seen of them, and when they change.

All of it comes from the registry of metrics; a metric more is a figure more. The names that stand
for a `*` of a card's path are the index's own (benchmarks, assets) or a section's (windows …).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

from engine.metrics.machinery.card import Card
from engine.metrics.machinery.family import BAR, INSTANT, Family, Part
from engine.metrics.machinery.parts import DRAWDOWN, RETURNS
from engine.metrics.machinery.plan import BENCHMARKS
from engine.metrics.machinery.regimes import REGIMES
from engine.metrics.machinery.windows import WINDOWS
from engine.metrics.registry import REGISTRY
from engine.metrics.rolling import LENGTHS
from engine.periods import PERIODS

NUMBER: Final = "number"
WORD: Final = "word"
WORDS: Final = "words"
"""What a figure is: a number, one of some words, or a list of words."""

RECORD: Final = "record"
"""Beside the words of `engine.metrics.machinery.family`: judged at the end of each record."""

LEVEL, STATUS, QUALITY = "level", "status", "quality"
"""What stands in a snapshot beside the sections of the registry."""
DRAWDOWN_NOW = f"{DRAWDOWN.section}.current"

_AT_BARS = ("risk",)
"""Sections whose figures are judged at the index's bars, also where they move with every price."""
_LISTS = ("calendar", "drawdown.episodes")
"""Here a path leads to a place in a list, which is another figure with each entry."""
_NO_FIGURE = ("time", "date")
_NEAR = 3


class FigurePath(NamedTuple):
    """One figure of an index: its steps in the snapshot, what it is, when it changes, and the parts
    of the registry among which it is found; none of what stands beside them."""

    path: str
    steps: tuple[str, ...]
    form: str
    changes: str
    parts: tuple[Part, ...] = ()

    @property
    def benchmark(self) -> str | None:
        """The benchmark that it is against, of those in the section of that name."""
        return self.steps[1] if self.steps[0] == BENCHMARKS else None


def figure_of(path: str, benchmarks: Sequence[str], assets: Sequence[str]) -> FigurePath | None:
    """The figure at this path of an index, None where it has none."""
    return _figures(tuple(benchmarks), tuple(assets), path).get(path)


def problem(path: str, benchmarks: Sequence[str], assets: Sequence[str]) -> str:
    """What is wrong with a path that leads to no figure of an index, in words."""
    known = _figures(tuple(benchmarks), tuple(assets))
    section = path.split(".")[0]
    if section in ("flags", "targets"):
        return "flags and targets are alerts of their own kind: no rule is needed"
    if path.startswith(_LISTS):
        return "lies in a list, whose entries change; a rule is about one figure"
    if section == BENCHMARKS and not benchmarks:
        return "is a figure against a benchmark, and the index has none; add `benchmarks`"
    near = get_close_matches(path, known, n=_NEAR, cutoff=0.5)
    if not near:
        last = path.split(".")[-1]
        near = [other for other in known if other.split(".")[-1] == last][:_NEAR]
    hint = f"did you mean {' or '.join(near)}?" if near else "/v1/definitions lists all figures"
    return f"the index can have no figure {path!r}; {hint}"


@lru_cache(maxsize=1024)  # indices of one file mostly ask for the same
def _figures(
    benchmarks: tuple[str, ...], assets: tuple[str, ...], path: str | None = None
) -> Mapping[str, FigurePath]:
    """Every figure of an index with these benchmarks and assets; with a path those of the cards
    that may have it, a hundredth of all."""
    names = {BENCHMARKS: benchmarks, "composition": assets, "windows": tuple(WINDOWS)}
    names |= {"rolling": LENGTHS, "excess": (*PERIODS, "inception"), "regime": REGIMES}
    found: dict[str, FigurePath] = {}
    for family in REGISTRY.families:
        for card in family.cards:
            if path is not None and not _may_have(card.path, path):
                continue
            for figure in _of_card(family, card, names):
                found[figure.path] = figure
    return found


def _may_have(pattern: str, path: str) -> bool:
    """Whether a path begins and ends as a card's does; names in its place of stars have dots."""
    begin, star, _ = pattern.partition("*")
    if not star:
        return path == pattern
    return path.startswith(begin) and path.endswith(pattern.rpartition("*")[2])


def _of_card(
    family: Family, card: Card, names: Mapping[str, Sequence[str]]
) -> Iterator[FigurePath]:
    steps = tuple(card.path.split("."))
    section = steps[0]
    beside = section in (LEVEL, STATUS, QUALITY)
    if not beside and section not in REGISTRY.sections:
        return
    if card.path.startswith(_LISTS) or card.display in _NO_FIGURE or ("*" in steps and beside):
        return
    form = NUMBER
    if card.display == "text":
        form = WORDS if card.unit.startswith("list") else WORD
    stars = [steps[k - 1] for k, step in enumerate(steps) if step == "*"]
    within = ["composition" if star == "assets" else star for star in stars]
    for chosen in product(*(names.get(star, ()) for star in within)):
        left = iter(chosen)
        taken = tuple(next(left) if step == "*" else step for step in steps)
        parts = _parts(family, taken)
        changes = RECORD if beside and section != LEVEL else _changes(taken, parts)
        yield FigurePath(".".join(taken), taken, form, changes, parts)


def _parts(family: Family, steps: tuple[str, ...]) -> tuple[Part, ...]:
    """Where a family's figure is found: the part of its name, or else those of its section."""
    parts = [f.part for f in family.figures if f.part.section == steps[0]]
    named = [part for part in parts if part.name == ".".join(steps[:2])]
    return tuple(dict.fromkeys(named or parts))


def _changes(steps: tuple[str, ...], parts: Sequence[Part]) -> str:
    """When a figure is judged: with every price where compiled code can tell that it matters."""
    if steps == (LEVEL,) or RETURNS in parts or ".".join(steps) == DRAWDOWN_NOW:
        return INSTANT
    if steps[0] in _AT_BARS:
        return BAR
    changes = parts[0].changes
    return RECORD if changes == INSTANT else changes
