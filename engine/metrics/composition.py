"""Composition: what an index holds, and what each asset brought to today's return."""

from __future__ import annotations

from collections.abc import Hashable

from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import Family, MovingFigures, Placed
from engine.metrics.machinery.parts import COMPOSITION
from engine.metrics.machinery.reading import Reading
from engine.readings import Column


def _numbers(reading: Reading) -> Column:
    return reading.composition.numbers()


def _place(reading: Reading, index: int, _: int | None) -> Placed:
    return reading.composition.template(reading.laid.row.item(index))


def _stamps(reading: Reading) -> list[Hashable]:
    stamp = reading.composition.stamp
    return [stamp(row) for row in reading.laid.row.tolist()]


_LOST = "unobserved: the checkpoint that it went on from did not tell; not_started"


def _asset(
    name: str, order: int, formula: str, unit: str, undefined: str, value: float, how: str
) -> Card:
    example = Example("turned", f"composition.assets.A.{name}", value, how)
    sign = "a gain is positive" if name.endswith("_today") else ""
    return Card(
        f"composition.assets.*.{name}",
        formula,
        unit,
        undefined,
        sign=sign,
        example=example,
        order=order,
        since="3",
    )


FAMILY = Family(
    "Composition",
    cards=(
        Card(
            "composition.rebalanced_at",
            "when the weights were last set: at the base, a rebalance or a change of the assets",
            "time",
            _LOST,
            example=Example("turned", "composition.rebalanced_at", "day 1", "the rebalance"),
            order=1000,
            since="3",
            label="Weights set at",
        ),
        Card(
            "composition.divisor",
            "what Σ holding · price is divided by to give the level",
            "number",
            "not_started",
            example=Example("turned", "composition.divisor", 1.0, "1,500 points for 1,500"),
            order=1010,
            since="3",
            display="money",
        ),
        Card(
            "composition.turnover_1y",
            "Σ over the rebalances and changes within the last year of ½·Σ|new weight − old "
            "weight|; "
            "the first purchase is none",
            "fraction",
            f"{_LOST}; until a year has been counted",
            reading="1: in a year as much was sold, and bought, as there is",
            example=Example(
                "turned",
                "composition.turnover_1y",
                1 / 6,
                "A from 2/3 to 1/2, C from 1/3 to 1/2: ½ · (1/6 + 1/6)",
            ),
            order=1020,
            since="3",
            label="Turnover, 1 year",
            drawn="composition.turnover_1y",
        ),
        Card(
            "composition.pending",
            "assets that the definition names and the index does not hold yet, because they wait "
            "for "
            "a price",
            "list of names",
            "not_started",
            order=1030,
            since="3",
            label="Waits for",
        ),
        _asset(
            "weight",
            1050,
            "holding · price / Σ holding · price; 0 of an asset that left the index today",
            "fraction",
            "not_started",
            0.55 / 1.025,
            "half, and 10 % more, of all, and 2.5 % more",
        ),
        _asset(
            "target",
            1051,
            "the weight that the method or the definition gave it at composition.rebalanced_at",
            "fraction",
            _LOST,
            0.5,
            "half each",
        ),
        _asset("price", 1052, "its last price", "USD", "not_started", 220.0, "the price at noon"),
        _asset(
            "return_today",
            1053,
            "price / price at 00:00 UTC − 1, or since the base where the index began today",
            "fraction",
            f"no_price: it had no price at 00:00; {_LOST}",
            0.1,
            "200 to 220",
        ),
        _asset(
            "contribution_today",
            1054,
            "holding · (price − price at 00:00 UTC) / (divisor · level at 00:00), or since the "
            "base "
            "where the index began today; summed over the spans between rebalances within the day. "
            "All assets', with those that left today, sum to the level's return since then",
            "fraction",
            _LOST,
            0.05,
            "half of 10 %; with C's half of −5 % it is 2.5 %, from 1,500 to 1,537.50",
        ),
    ),
    figures=(MovingFigures(COMPOSITION, _numbers, _place, _stamps),),
)
