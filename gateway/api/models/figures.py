"""The snapshot as a type, made of the registry's cards: a metric more documents itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, create_model

from engine.metrics.machinery.card import Card
from engine.metrics.registry import REGISTRY
from gateway.api.models.common import (
    Answer,
    IndexId,
    Moment,
    Origin,
    ReceiptModel,
    Seq,
    StatusNow,
    Undefined,
)
from gateway.figures import ANY, tree

_LISTS = frozenset({"calendar.months", "calendar.years", "drawdown.episodes"})
"""Where `*` is a place in a list: in the other groups it is a name."""


class LeftOutModel(Answer):
    """A source that makes no price, and why."""

    source: str = Field(examples=["okx:BTC-USDT"])
    reason: str = Field(examples=["outlier"])


class Flag(Answer):
    """A warning sign that is up."""

    flag: str = Field(examples=["weight_drift"])
    since: Moment
    evidence: dict[str, str | float | list[dict[str, str | float | None]] | None] = Field(
        description="The numbers that say so."
    )


class TargetModel(Answer):
    """What the owner expects of a figure, and what it is."""

    target: float | None = Field(examples=[1.5])
    value: float | None = Field(examples=[1.27])
    met: bool | None


_TEXTS: Mapping[str, Any] = {
    "composition.pending": list[str],
    "regime.reference": str | None,
    "regime.trend": str | None,
    "regime.volatility": str | None,
    "quality.sources": dict[str, list[str]],
    "quality.excluded": list[LeftOutModel],
    "quality.flags": list[str],
    "quality.approximate": list[str],
    "flags": list[Flag],
    "targets": dict[str, TargetModel],
}
"""What cards show as text, as far as it has a form of its own; the rest is one word or none."""
_NAMES = {
    "regime": ("bull", "bear", "sideways", "high_volatility", "low_volatility"),
}
"""What `*` stands for where a group has other names as well."""
_Typed = tuple[Any, dict[str, Any]]
"""A type, and what describes it."""
_FIRST = ("level", "status")
"""Stand in the head of the snapshot."""


def described(card: Card) -> str:
    """A card in a few lines."""
    lines = [f"{card.label}: {card.formula}", f"Unit: {card.unit}"]
    lines += [f"Sign: {card.sign}"] if card.sign else []
    lines += [f"Annualised: {card.annualisation}"] if card.annualisation else []
    lines += [f"Null where: {card.undefined}"] if card.undefined else []
    return ". ".join(line.rstrip(".") for line in lines) + "."


def _of_card(card: Card) -> _Typed:
    """Type and description of a figure."""
    kind = {"time": Moment | None, "text": str | None, "date": str | None}.get(
        card.display, float | None
    )
    told: dict[str, Any] = {"title": card.label, "description": described(card)}
    if card.example is not None and isinstance(card.example.value, int | float):
        told["examples"] = [card.example.value]
    return _TEXTS.get(card.path, kind), told


def _of_node(path: tuple[str, ...], node: Any) -> _Typed:
    """Type and description of what stands at a path."""
    dotted = ".".join(path)
    if isinstance(node, Card):
        return _of_card(node)
    if dotted in _TEXTS:
        words = [described(card) for card in node.values() if isinstance(card, Card)]
        return _TEXTS[dotted], {"description": "\n\n".join(words)} if words else {}
    if set(node) == {ANY}:
        inner, told = _of_node((*path, ANY), node[ANY])
        kind: Any = list[inner] if dotted in _LISTS else dict[str, inner]  # type: ignore[valid-type]
        return kind | None, {"description": told["description"]} if told else {}
    fields = {name: _of_node((*path, name), inner) for name, inner in node.items() if name != ANY}
    if path[:1] == ("calendar",) and path[-1] == ANY:
        fields["period"] = str, {"description": "A month or a year.", "examples": ["2026-11"]}
    if ANY in node:
        inner, _ = _of_node((*path, ANY), node[ANY])
        fields |= {name: (inner, {}) for name in _NAMES.get(dotted, ())}
    return _model(path, fields) | None, {}


def _model(path: tuple[str, ...], fields: Mapping[str, _Typed]) -> Any:
    """A model whose fields may have names that Python has not (`1d`, `return`)."""
    steps = (step.replace(ANY, "each").replace("_", " ").title() for step in path)
    safe: dict[str, Any] = {
        f"f{k}": (kind, Field(None, alias=name, **told))
        for k, (name, (kind, told)) in enumerate(fields.items())
    }
    name = "".join(("Snapshot", *steps)).replace(" ", "")
    return create_model(name, __base__=Answer, __module__=__name__, **safe)


def snapshot_model(cards: Iterable[Card] = REGISTRY.cards) -> type[Answer]:
    """The type of a snapshot with the figures of these cards."""
    cards = list(cards)
    level = next((described(card) for card in cards if card.path == "level"), None)
    head: dict[str, Any] = {
        "index": (IndexId, ...),
        "seq": (Seq, ...),
        "as_of": (Moment, Field(description="The instant that the figures are of.")),
        "level": (float | None, Field(None, description=level, examples=[1003.2])),
        "status": (StatusNow, ...),
        "origin": (Origin | None, None),
        "definition": (
            str | None,
            Field(None, description="SHA-256 of the definitions of figures and index."),
        ),
        "undefined": (Undefined, {}),
        "receipt": (ReceiptModel | None, None),
    }
    for name, node in tree(card for card in cards if card.path not in _FIRST).items():
        kind, told = _of_node((name,), node)
        head[name] = kind, Field(None, **told)
    found: type[Answer] = create_model("Snapshot", __base__=Answer, __module__=__name__, **head)
    found.__doc__ = "Every figure of an index, and the reason for every null."
    return found


def row_groups(cards: Iterable[Card] = REGISTRY.cards) -> dict[str, Any]:
    """The groups of figures of a row of the list of indices, as fields of its model."""
    found: dict[str, dict[str, _Typed]] = {}
    for card in cards:
        if card.column:
            group, name = card.path.split(".")
            found.setdefault(group, {})[name] = _of_card(card)
    return {group: (_model(("row", group), fields), ...) for group, fields in found.items()}


Snapshot: Any = snapshot_model()
"""Of this program's figures."""
