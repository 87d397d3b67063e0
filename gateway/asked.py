"""What a client asks of the stream in the query of its address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from gateway.messages import Subscribe, View
from gateway.refusal import RefusedRequest

PARAMETERS = ("indices", "view", "figures", "every", "cursor")
SUMMARY: tuple[View, ...] = ("rows", "levels", "alerts")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_ALL: tuple[View, ...] = ("snapshots", "levels", "alerts")


def requests_in(query: Mapping[str, str], last: str | None = None) -> list[Subscribe]:
    """The subscriptions that a query asks for; `last` is a cursor that goes before its own.

    `indices=A,B` keeps to these. `view` is one or more of the views, or `summary` (rows, levels,
    alerts), or `none` for one who subscribes by messages; without it these are snapshots, levels
    and alerts, or figures and alerts where `figures` are given. Raises RefusedRequest.
    """
    for name in query:
        if name not in PARAMETERS:
            detail = f"{name[:40]}: unknown parameter; known are {', '.join(PARAMETERS)}"
            raise RefusedRequest("malformed", detail)
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
            raise RefusedRequest("malformed", in_words(error)) from None
    if figures and "figures" not in (request.view for request in found):
        raise RefusedRequest(
            "unfit", "figures: they go with view=figures", do="ask for view=figures"
        )
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
            raise RefusedRequest("malformed", f"view: one or more of {known}, not {name[:40]!r}")
    return list(dict.fromkeys(views))


def in_words(error: Exception) -> str:
    """What is wrong with a request, from msgspec's words: `every: expected float >= 0.1`."""
    if not isinstance(error, msgspec.ValidationError):
        return f"it is not JSON in UTF-8: {str(error).removeprefix('JSON is malformed: ')}"[:400]
    text, _, place = str(error).partition(" - at `$")
    place = place.rstrip("`").removeprefix(".")
    given = re.search(r"'(.{0,40})", text)
    if place == "type" or "`type`" in text:
        return "type: subscribe or unsubscribe"
    if place == "view":
        wrong = f", not {given[1].rstrip(chr(39))!r}" if given else ""
        return f"view: one of {', '.join(get_args(View))}{wrong}"
    if (unknown := _UNKNOWN.fullmatch(text)) is not None:
        known = ", ".join(("type", *Subscribe.__struct_fields__))
        return f"{unknown[1][:40]}: unknown; known are {known}"
    said = f"{text[:1].lower()}{text[1:]}".replace("`", "")
    return f"{place or 'the message'}: {said}"
