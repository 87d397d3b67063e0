"""What the stream refuses, in the words in which REST does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.api.problems import KINDS, ApiProblem
from gateway.snapshot_paths import near_figures
from gateway.state import State

DESCRIBED = "`detail` names the part; /v1/schemas/stream.subscribe describes what may be asked"
"""What to do about a request that is malformed."""


class RefusedRequest(Exception):  # noqa: N818 - the client is wrong, nothing here is in error
    """A request that cannot be served: the kind of problem (`gateway.api.problems`), what is wrong,
    names that are near, what to do where more can be said than of the kind."""

    def __init__(
        self, kind: str, detail: str, near: list[str] | None = None, do: str | None = None
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.near = kind, detail, near or []
        self.do = do or (DESCRIBED if kind == "malformed" else KINDS[kind].do)

    @property
    def status(self) -> int:
        """That of HTTP."""
        return KINDS[self.kind].status

    def problem(self) -> ApiProblem:
        """The answer over HTTP."""
        headers = {"Retry-After": "5"} if self.status == 503 else None
        return ApiProblem(self.kind, self.detail, do=self.do, headers=headers, near=self.near)


def unknown_index(state: State, index: str) -> RefusedRequest:
    """No index has this id."""
    near = state.near(index)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; see /v1/indices"
    return RefusedRequest("unknown-index", f"no index {index!r}{hint}", near)


def unknown_figure(path: str, snapshot: Mapping[str, Any] | None) -> RefusedRequest:
    """No snapshot has a figure at this path."""
    near = near_figures(path, snapshot)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; see /v1/definitions"
    return RefusedRequest("unknown-figure", f"figures: no snapshot has {path!r}{hint}", near)
