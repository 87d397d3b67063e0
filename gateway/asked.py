"""What a client asks of the stream in the query of its address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from gateway.messages import Subscribe, View
from gateway.refusal import RefusedRequest

PARAMETERS = ("indices", "view", "figures", "every", "cursor")
SUMMARY: tuple[View, ...] = ("rows", "levels", "alerts")
_ALL: tuple[View, ...] = ("snapshots", "levels", "alerts")


def requests_in(query: Mapping[str, str], last: str | None = None) -> list[Subscribe]:
    """The subscriptions that a query asks for; `last` is a cursor that goes before its own.

    `indices=A,B` keeps to these. `view` is one or more of the views, or `summary` (rows, levels,
    alerts), or `none` for one who subscribes by messages; without it these are snapshots, levels
    and alerts, or figures and alerts where `figures` are given. Raises RefusedRequest.
    """
    for name in query:
        if name not in PARAMETERS:
            raise RefusedRequest(
                422, f"{name}: unknown parameter; known are {', '.join(PARAMETERS)}"
            )
    indices, figures = _names(query.get("indices")), _names(query.get("figures")) or []
    found = []
    for view in _views(query.get("view"), bool(figures)):
        request: dict[str, Any] = {
            **{"type": "subscribe", "view": view, "indices": indices},
            **{"cursor": last or query.get("cursor") or None, "every": query.get("every")},
            "figures": figures if view == "figures" else [],
        }
        try:
            found.append(msgspec.convert(request, Subscribe, strict=False))
        except msgspec.ValidationError as error:
            raise RefusedRequest(422, _told(error)) from None
    if figures and "figures" not in (request.view for request in found):
        raise RefusedRequest(422, "figures: they go with view=figures")
    return found


def _names(text: str | None) -> list[str] | None:
    if text is None:
        return None
    return list(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))


def _views(text: str | None, figures: bool) -> list[View]:
    if text is None:
        return ["figures", "alerts"] if figures else list(_ALL)
    if text == "none":
        return []
    views: list[View] = []
    for name in text.split(","):
        if name == "summary":
            views += SUMMARY
        elif name in get_args(View):
            views.append(name)  # type: ignore[arg-type]
        else:
            known = ", ".join((*get_args(View), "summary", "none"))
            raise RefusedRequest(422, f"view: one or more of {known}, not {name[:40]!r}")
    return list(dict.fromkeys(views))


def _told(error: msgspec.ValidationError) -> str:
    """`every: expected float >= 0.1` from msgspec's words."""
    text, _, place = str(error).partition(" - at `$.")
    said = f"{text[:1].lower()}{text[1:]}"
    return f"{place.rstrip('`')}: {said}" if place else said
