"""One client's place in the changes: conflated figures, and every alert."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Iterator
from itertools import chain

import orjson

from gateway.cursor import StreamPosition, parse_cursor
from gateway.messages import MOST_FIGURES, Subscribe, Unsubscribe, View
from gateway.open_episodes import VIEW, OpenEpisodes
from gateway.outgoing import Outgoing
from gateway.refusal import RefusedRequest, unknown_figure, unknown_index
from gateway.signal import Waiter, wake
from gateway.snapshot_paths import is_figure
from gateway.state import State
from gateway.views import MessagePart, Scope, changes, resumed, resync, whole
from gateway.wire import encode

INTERVAL = 0.2
"""Seconds between two updates of one client, unless it says otherwise: five a second is what an eye
follows, and keeps a browser's main thread free. Alerts do not wait for it."""
MANY, MANY_INTERVAL = 500, 1.0
"""Who follows more indices than this is sent them once a second, on the beat of all who do: so
their messages are made once for all of them."""
RECENT_ALERTS = 100
"""Alerts in the first message; older ones are at `/v1/alerts`."""
_NOTHING: frozenset[str] = frozenset()


class TooSlow(Exception):  # noqa: N818 - the client is slow, nothing here is in error
    """The client fell so far behind that an alert it has not seen is kept no more."""


class TooManyClients(Exception):  # noqa: N818 - it is a refusal, not a fault
    """`MAX_CLIENTS` subscriptions are open; the client may try again later or elsewhere."""


def subscribe(state: State) -> Subscription:
    """A client's place in the changes; close it when the client goes. Raises TooManyClients."""
    if state.clients >= state.max_clients:
        state.evicted["too_many_clients"] += 1
        raise TooManyClients(f"{state.max_clients} clients are connected, which is the limit")
    return Subscription(state)


class Subscription:
    """What a client has not been sent yet. `await next(…)` gives its next messages.

    Memory: the ids that it named and some integers, however slow the client is. Messages are made
    as they are taken; those of clients that follow all indices are made once for all of them. Use
    as a context manager.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._views: dict[View, set[str] | None] = {}
        self._paths: tuple[str, ...] = ()
        self._asked: float | None = None
        self._seen = state.version
        self._sent: dict[View, dict[str, int]] = {}
        """Of what was made whole since, the version of that."""
        self._alerts = state.alerts.total
        self._cursor = state.figures_text(), state.alerts_text()
        self._looked = -math.inf
        self._waiter: Waiter | None = None
        self._called = False
        state.clients += 1

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self._state.clients -= 1

    # What the client asks for

    def take(self, *requests: Subscribe | Unsubscribe) -> Iterator[Outgoing]:
        """The answer to what is asked together: first what was due before it; then of each that it
        is taken, and the whole of what is new, or what changed since its cursor.

        Raises RefusedRequest, before anything is changed, and TooSlow.
        """
        parts = [
            self._subscribe(request) if isinstance(request, Subscribe) else self._leave(request)
            for request in requests
        ]
        return self._answer(parts)

    def _answer(self, parts: list[Iterator[MessagePart]]) -> Iterator[Outgoing]:
        yield from self.collect()
        yield from self._finished(*parts)

    def _subscribe(self, request: Subscribe) -> Iterator[MessagePart]:
        indices = None if request.indices is None else set(request.indices)
        self._check(request.view, indices, request.figures)
        position = None if request.cursor is None else parse_cursor(request.cursor)
        if request.cursor is not None and position is None:
            raise RefusedRequest(
                "bad-cursor", "cursor: none of this stream; without it comes the whole"
            )
        return self._subscribed(request, indices, position)

    def _check(self, view: View, indices: set[str] | None, figures: list[str]) -> None:
        state = self._state
        for index in sorted(indices or ()):
            if state.held(index) is None and not (
                view in ("alerts", VIEW) and index in state.alerts.indices
            ):
                raise unknown_index(state, index)
        if view != "figures":
            if figures:
                raise RefusedRequest(
                    "unfit", "figures: they go with the view figures", do="ask for view figures"
                )
            return
        if not figures and not self._paths:
            detail = "figures: paths of a snapshot, as risk.sharpe; none is given"
            raise RefusedRequest("unfit", detail, do="give some; all are at /v1/definitions")
        if len({*self._paths, *figures}) > MOST_FIGURES:
            raise RefusedRequest("too-much", f"figures: at most {MOST_FIGURES} at once")
        named = min(indices) if indices else next((e.index for e in state.entries()), None)
        entry = None if named is None else state.held(named)
        snapshot = None if entry is None else entry.snapshot
        for path in figures:
            if not is_figure(path, snapshot):
                raise unknown_figure(path, snapshot)

    def _subscribed(
        self, request: Subscribe, indices: set[str] | None, position: StreamPosition | None
    ) -> Iterator[MessagePart]:
        view = request.view
        due = list(self._alert_parts())  # of those followed before; from now on, others too
        had = self._views.get(view, set())
        self._views[view] = None if had is None or indices is None else had | indices
        if set(request.figures) - set(self._paths):
            self._paths = tuple(dict.fromkeys((*self._paths, *request.figures)))
            indices = self._views[view]  # the new figures of those followed before, too
        if request.every is not None:
            self._asked = request.every
        first = self._first(view, indices, position)
        if view == "alerts":
            first = iter(list(first))  # now: what comes while they are sent is told behind them
        yield from due
        yield self._taken(request)
        yield from first

    def _first(
        self, view: View, indices: set[str] | None, position: StreamPosition | None
    ) -> Iterator[MessagePart]:
        if view == "alerts":
            yield from self._first_alerts(indices, position)
            return
        if view == VIEW:  # whatever the client has: it is short
            yield from self._open_episodes().whole(indices)
            return
        sent = self._sent.setdefault(view, {})
        scope = Scope(self._state, indices, self._paths, sent)
        yield from whole(view, scope) if position is None else resumed(view, scope, position)

    def _first_alerts(
        self, indices: set[str] | None, position: StreamPosition | None
    ) -> Iterator[MessagePart]:
        alerts, log = self._state.alerts, self._state.log
        if position is not None:
            same = not (position.log and log) or position.log == log
            missed = alerts.behind(position.alerts) if same else None
            if missed is not None:
                wanted = [a.json for a in missed if indices is None or a.head.index in indices]
                if wanted:
                    yield self._alerts_part(wanted, whole=False)
                return
            yield resync("alerts", "too_old" if same else "other_log", None)
        recent = [alert.json for alert in alerts.recent(RECENT_ALERTS, indices)]
        yield self._alerts_part(recent, whole=True)

    def _leave(self, request: Unsubscribe) -> Iterator[MessagePart]:
        if request.indices is not None and self._views.get(request.view, _NOTHING) is None:
            said = f"{request.view} of all indices are followed: leave all, then take some"
            raise RefusedRequest("unfit", said, do="unsubscribe without `indices` first")
        return self._left(request)

    def _left(self, request: Unsubscribe) -> Iterator[MessagePart]:
        view, had = request.view, self._views.get(request.view)
        left = set(had or ()) - set(request.indices or had or ())
        self._views.pop(view, None)
        if left:
            self._views[view] = left
        if "figures" not in self._views:
            self._paths = ()
        yield self._taken(request)

    def _taken(self, request: Subscribe | Unsubscribe) -> MessagePart:
        view = request.view
        indices = self._views.get(view, _NOTHING)
        told = {
            "view": view,
            "indices": None if indices is None else sorted(indices),
            "figures": list(self._paths) if view == "figures" else [],
            "every": self.every,
            "request": request.request,
        }
        return MessagePart("subscribed", encode(told)[1:-1])

    @property
    def every(self) -> float:
        """Seconds between two updates."""
        if self._asked is not None:
            return self._asked
        total = len(self._state.changes["rows"])
        followed = [total if ids is None else len(ids) for ids in self._views.values()]
        return MANY_INTERVAL if max(followed, default=0) > MANY else INTERVAL

    # What it is sent

    async def next(self, timeout: float) -> Iterator[Outgoing]:  # noqa: ASYNC109 - it is no failure
        """Wait for something to send: at once for alerts, else `every` after the last time.

        Gives nothing after `timeout` seconds, or once it is called. Raises TooSlow.
        """
        state, loop = self._state, asyncio.get_running_loop()
        end = state.clock() + timeout
        while (now := state.clock()) < end and not self._called:
            due = self._due()
            news = self.collect() if due <= now else self._finished(list(self._alert_parts()))
            if (first := next(news, None)) is not None:
                return chain((first,), news)
            self._waiter = loop.create_future()
            if self._due() <= now:
                await state.changed.wait(end - now, self._waiter)
            else:
                await state.alerted.wait(min(end, self._due()) - now, self._waiter)
        self._called = False
        return iter(())

    def call(self) -> None:
        """End the wait of `next`: there is a request to take."""
        self._called = True
        if self._waiter is not None:
            wake(self._waiter)

    def _due(self) -> float:
        """When figures may be looked at again."""
        every = self.every
        if every < MANY_INTERVAL or self._looked == -math.inf:
            return self._looked + every
        return (self._looked // every + 1.0) * every

    def collect(self) -> Iterator[Outgoing]:
        """What is to be sent now: alerts, then what changed since the last time. Raises TooSlow.

        All of it is made before the first is given: records that come in between are of the next.
        """
        state = self._state
        state.age()
        alerts = list(self._alert_parts())
        since, self._seen = self._seen, state.version
        if since == state.version:
            yield from self._finished(alerts)
            return
        self._looked = state.clock()
        self._cursor = state.figures_text(), self._cursor[1]
        moved = any(version > since for sent in self._sent.values() for version in sent.values())
        figures = [view for view in self._views if view != "alerts"]
        if figures and not moved and all(self._views[view] is None for view in figures):
            key = (since, *figures, self._paths, self._cursor)
            if key not in state.shared:
                state.shared[key] = list(self._finished(self._changes(since), shared=True))
            shared = state.shared[key]  # the next record clears that
            self._sent.clear()
            yield from self._finished(alerts, last=not shared)
            yield from shared
        else:
            made = list(self._changes(since))
            self._sent.clear()
            yield from self._finished(alerts, made)

    def _changes(self, since: int) -> Iterator[MessagePart]:
        gone = self._state.changed_since("retired", since)
        if gone := [index for index in gone if self._follows(index)]:
            yield MessagePart("retired", b'"indices":' + encode(gone))
        for view, indices in self._views.items():
            if view == VIEW:
                yield from self._open_episodes().changes(indices, since)
            elif view != "alerts":
                sent = {i: max(at, since) for i, at in self._sent.get(view, {}).items()}
                yield from changes(view, Scope(self._state, indices, self._paths, sent), since)

    def _open_episodes(self) -> OpenEpisodes:
        """Those of the state, made once for all clients."""
        made: OpenEpisodes | None = self._state.firing
        if made is None:
            made = self._state.firing = OpenEpisodes(self._state)
        return made

    def _follows(self, index: str) -> bool:
        return any(indices is None or index in indices for indices in self._views.values())

    def _alert_parts(self) -> Iterator[MessagePart]:
        state, wanted = self._state, self._views.get("alerts", _NOTHING)
        if self._alerts == state.alerts.total:
            return
        pending = state.alerts.since(self._alerts)
        if pending is None and "alerts" in self._views:
            raise TooSlow("too slow: alerts were missed; connect again, or read /v1/alerts")
        self._alerts = state.alerts.total
        self._cursor = self._cursor[0], state.alerts_text()
        alerts = [a.json for a in pending or () if wanted is None or a.head.index in wanted]
        if alerts:
            yield self._alerts_part(alerts, whole=False)

    def _alerts_part(self, alerts: list[orjson.Fragment], *, whole: bool) -> MessagePart:
        firing = self._state.alerts.firing(self._views.get("alerts", _NOTHING))
        told = encode({"alerts": alerts, "firing": firing, "whole": whole})
        return MessagePart("alerts", told[1:-1])

    def _finished(
        self, *parts: Iterable[MessagePart], last: bool = True, shared: bool = False
    ) -> Iterator[Outgoing]:
        """Messages of these parts; the last of them says where the stream stands then. Alerts are
        taken before: what they are moves the cursor."""
        held: MessagePart | None = None
        for part in chain(*parts):
            if held is not None:
                yield _outgoing(held, None, shared)
            held = part
        if held is not None:
            yield _outgoing(held, "".join(self._cursor) if last else None, shared)


def _outgoing(part: MessagePart, cursor: str | None, shared: bool) -> Outgoing:
    made = Outgoing(part.kind, part.fields, cursor, shared)
    made.provenance = part.provenance
    return made
