"""What the stream refuses, in the words in which REST does."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from gateway.snapshot_paths import near_figures
from gateway.state import State


class RefusedRequest(Exception):  # noqa: N818 - the client is wrong, nothing here is in error
    """A request that cannot be served: the HTTP status, what is wrong, names that are near."""

    def __init__(self, status: int, detail: str, near: list[str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.near = status, detail, near or []

    def problem(self) -> dict[str, Any]:
        """As problem+json (RFC 9457)."""
        title = HTTPStatus(self.status).phrase
        told = {"type": "about:blank", "title": title, "status": self.status}
        return {**told, "detail": self.detail, "near": self.near}


def unknown_index(state: State, index: str) -> RefusedRequest:
    """No index has this id."""
    near = state.near(index)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; see /v1/indices"
    return RefusedRequest(404, f"no index {index!r}{hint}", near)


def unknown_figure(path: str, snapshot: Mapping[str, Any] | None) -> RefusedRequest:
    """No snapshot has a figure at this path."""
    near = near_figures(path, snapshot)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; see /v1/definitions"
    return RefusedRequest(404, f"figures: no snapshot has {path!r}{hint}", near)
