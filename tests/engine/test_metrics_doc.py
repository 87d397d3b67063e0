"""docs/metrics.md is made of the definition cards. `python -m tests.engine.test_metrics_doc` renews
it."""

from __future__ import annotations

from pathlib import Path

from engine.metrics.machinery.card import Card
from engine.metrics.machinery.examples import SERIES
from engine.metrics.registry import REGISTRY
from engine.profiles import PROFILES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
HEAD = """# Metrics

What each figure of a snapshot is. Made of the definition cards in `engine/metrics`, which
`/v1/definitions` serves too; every worked example runs through the engine in
`tests/engine/test_cards.py`. `python -m tests.engine.test_metrics_doc` renews this page.

r are simple returns of the observed bars (`return_interval`), f those of the benchmark, n their
number, A the bars a year, rf the risk-free rate of one bar; sd has ddof 1. A rate a year
(risk_free, target, omega_threshold) is (1 + rate)^(1/A) − 1 for one bar. Losses are positive
magnitudes. A return or a fall of a magnitude below 1e-14 is rounding and counts as 0. What is
undefined is null, with one of the reasons named here (or `overflow`, beyond any float). `*` stands
for any name. The cards' digest is in each snapshot's `definition`.

"""
SERIES_HEAD = """## The series of the examples

Daily closes from 2024-01-01 00:00 UTC (day 0) on; the index X holds A unless said otherwise.

"""
PROFILES_HEAD = """## Profiles

`tidegauge rank --profile P` and `/v1/rank?profile=P` order all indices at hand. Each metric is
scaled to the share of the other indices that are worse, equal ones counting half; a score is the
sum of weight times scaled metric, to twelve decimals. What an index lacks contributes nothing and
is named; with less than half of the weights known it is not ranked. The weights are a stated
starting point.

"""
FIELDS = (
    ("sign", "sign"),
    ("ddof", "ddof"),
    ("annualisation", "annualised"),
    ("minimum", "at least"),
    ("undefined", "null"),
    ("otherwise", "otherwise"),
    ("reading", "commonly read"),
    ("reference", "after"),
)


def number(value: object) -> str:
    """A figure as people write it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list):
        return ", ".join(map(number, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def entry(card: Card) -> str:
    """A card in words."""
    lines = [f"### `{card.path}`", "", f"{card.formula}. Unit: {card.unit}.", ""]
    told = {field: getattr(card, field, "") for field, _ in FIELDS}
    if card.path.startswith("method"):
        told["undefined"], told["otherwise"] = "", told["undefined"]
    lines += [f"- {label}: {told[field]}" for field, label in FIELDS if told.get(field)]
    if card.example is not None:
        example = card.example
        worked = f" ({example.worked})" if example.worked else ""
        value = "raised" if example.path.startswith("flags.") else number(example.value)
        lines.append(f"- example: *{example.series}* gives `{example.path}` = {value}{worked}")
    return "\n".join(lines) + "\n"


def text() -> str:
    """The whole page."""
    parts = [HEAD + "".join(f"- [{group}](#{anchor(group)})\n" for group in REGISTRY.groups)]
    parts.append("- [Profiles](#profiles)\n- [The series](#the-series-of-the-examples)\n")
    for group, cards in REGISTRY.groups.items():
        parts += [f"\n## {group}\n", *("\n" + entry(card) for card in cards)]
    parts.append("\n" + PROFILES_HEAD + "".join(map(profile, PROFILES)))
    told = "".join(f"- *{name}*: {series.about}\n" for name, series in SERIES.items())
    return "".join(parts) + "\n" + SERIES_HEAD + told


def anchor(title: str) -> str:
    return title.lower().replace(",", "").replace(" ", "-")


def profile(name: str) -> str:
    found = PROFILES[name]
    rows = "".join(
        f"| `{w.path}` | {w.weight:.0%} | {'lower' if w.lower else 'higher'} |\n"
        for w in found.weights
    )
    return (
        f"**{name}**: {found.aim}\n\n| metric | weight | better |\n| --- | ---: | --- |\n{rows}\n"
    )


def test_the_page_says_what_the_cards_say() -> None:
    assert DOCUMENT.read_text() == text(), "run python -m tests.engine.test_metrics_doc"


if __name__ == "__main__":
    DOCUMENT.write_text(text())
