"""Whether the gateway can be trusted to show what is going on now, and if not, why."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from engine.types import SECOND
from gateway.ageing import LATE
from gateway.outgoing import Outgoing
from gateway.state import State
from gateway.wire import encode, rendered

Health = Callable[[], Mapping[str, Any]]
"""What the rest of the process says of itself: `reasons`, a list of texts for what is wrong, and
any other figures worth showing, such as `notes` (texts), `ticks` (int) and `now` (int ns)."""

SILENCE = 30.0
"""Seconds without a record after which the log does not move: snapshots come every few seconds."""


class HealthMessage:
    """The stream's message of type `health`, made at most once a second for all clients."""

    def __init__(self, state: State, health: Health | None) -> None:
        self._state, self._health = state, health
        self._made = -math.inf
        self._message = Outgoing.plain("health", b"")

    def message(self) -> Outgoing:
        """The message, at most a second old."""
        now = self._state.clock()
        if now >= self._made + 1.0:
            self._made = now
            told = encode({"type": "health", **readiness(self._state, self._health)})
            self._message = Outgoing.plain("health", told)
        return self._message


def readiness(state: State, health: Health | None) -> dict[str, Any]:
    """`{"ready": bool, "reasons": [text…], "notes": [text…], "indices": {status: n},
    "lag_seconds": s, "left_out": {topic: {reason: n}}, **health}`.

    A note is worth showing and no reason not to be ready: a record of somebody else, say.
    """
    said = dict(health()) if health is not None else {}
    reasons = [*said.pop("reasons", ())]
    statuses = Counter(entry.status or "no_data" for entry in state.entries())
    if not statuses:
        reasons.append("no index is defined yet")
    elif not statuses["live"] + statuses["degraded"]:
        counted = ", ".join(
            f"{n} {status}".replace("_", " ") for status, n in sorted(statuses.items())
        )
        reasons.append(f"no index is live yet ({counted})")
    silence = state.silence()
    if silence is None:
        reasons.append("nothing has been read from the log yet")
    elif (age := _age(state, said.get("now"))) > SILENCE:  # the more, where nothing is read
        reasons.append(f"the newest figure is {_told(age)} old")
    elif silence > SILENCE:
        reasons.append(f"nothing has been read from the log for {silence:.0f} s")
    elif state.lag > LATE:
        reasons.append(f"figures come {state.lag / SECOND:.1f} s late: more comes in than is taken")
    stepped = any("clock_stepped" in entry.flags for entry in state.entries())
    if stepped and not any(reason.startswith("clock_stepped") for reason in reasons):
        reasons.append("clock_stepped: the clock behind the log's time is not right")
    refused = sum(n for (_, why), n in state.dropped.items() if why == "too_many_indices")
    if refused:
        reasons.append(
            f"{refused} records were left out: more than {state.max_indices} indices are in the log"
        )
    found = {
        "ready": not reasons,
        "reasons": reasons,
        "notes": [*said.pop("notes", ()), *state.left_out.notes(state.clock())],
        "indices": dict(statuses),
        "lag_seconds": round(max(state.lag, 0) / SECOND, 3),
        "left_out": state.left_out.by_topic(),
    }
    return found | {key: value for key, value in rendered(said).items() if key not in found}


def _age(state: State, now: int | None) -> float:
    """Seconds from the newest figure to `now` (int ns); 0 where either is not known."""
    newest = max((entry.newest for entry in state.entries()), default=0)
    return (now - newest) / SECOND if now and newest else 0.0


def _told(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"
