"""What a process says of its work, and `--traces`: the way of tick frames as OpenTelemetry traces.

A trace is one tick frame: a span a hop, each the child of the one before, from three processes or
more. Nothing of it stands in the log. A trace's and a span's numbers are hashes of the frame's
instant, which all that is made of the frame repeats (`streams.passage`), and the number says
whether a trace is in the sample. So every process tells of the same frames, and finds the span
before its own, without a header, and published bytes are what they are without traces.

Two frames of two connectors that were closed in the same nanosecond would be one trace. Of the
frames only those whose instant a snapshot has (one a second) go on to clients.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from gateway.exposition import Exposition
from streams.passage import Hop, Passage
from tidegauge.arguments import traces_asked_for
from tidegauge.errors import WrongUse

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
    from opentelemetry.trace import SpanContext

_BEFORE: dict[Hop, Hop] = {
    "log_to_price": "socket_to_log",
    "price_to_snapshot": "log_to_price",
    "snapshot_to_client": "price_to_snapshot",
}
_BY_PARTITION: frozenset[Hop] = frozenset({"price_to_snapshot", "snapshot_to_client"})
_DELIVERED = 1000
"""Instants of snapshots of which it is known that some client was sent them."""
_WHOLE = 2**64


@asynccontextmanager
async def watched(command: str) -> AsyncIterator[Exposition]:
    """What a process of this command says of its work; its traces are sent while it is open.

    Raises WrongUse where traces are asked for and cannot be made.
    """
    exposition = Exposition()
    share = traces_asked_for()
    if not share:
        yield exposition
        return
    processor, resource = _exporting(command)
    traces, counted = FrameTraces(share, processor, resource), exposition.passed

    def passed(passage: Passage) -> None:
        counted(passage)
        traces.passed(passage)

    exposition.passed = passed
    try:
        yield exposition
    finally:
        await asyncio.to_thread(processor.shutdown)


def _exporting(command: str) -> tuple[SpanProcessor, Any]:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise WrongUse(
            f"--traces needs OpenTelemetry ({error}): pip install 'tidegauge[otel]'"
        ) from error
    name = os.environ.get("OTEL_SERVICE_NAME") or f"tidegauge-{command}"
    return BatchSpanProcessor(OTLPSpanExporter()), Resource.create({"service.name": name})


def trace_of(now: int) -> int:
    """The number of the trace of the frame of this instant (ns)."""
    return int.from_bytes(_hash(f"{now}")[:16], "big")


def span_of(now: int, hop: Hop, partition: int) -> int:
    """The number of a span of it."""
    where = f"/{partition}" if hop in _BY_PARTITION else ""
    return int.from_bytes(_hash(f"{now} {hop}{where}")[:8], "big")


def _hash(text: str) -> bytes:
    return hashlib.sha256(f"tidegauge {text}".encode()).digest()


class FrameTraces:
    """Makes spans of passages, of a `share` of all frames, and hands them to `processor`."""

    def __init__(self, share: float, processor: SpanProcessor, resource: Any) -> None:
        self._bound, self._processor, self._resource = share * _WHOLE, processor, resource
        self._delivered = dict[tuple[int, int], None]()

    def passed(self, passage: Passage) -> None:
        """Make a span of it, if its frame is in the sample. Of deliveries the first is one."""
        if not passage.now or not self._is_sampled(trace_of(passage.now)):
            return
        if passage.hop == "snapshot_to_client" and not self._is_first(passage):
            return
        self._processor.on_end(self._span(passage))

    def _is_sampled(self, trace: int) -> bool:
        # As OpenTelemetry's own sampler does, by the lower half.
        return trace % _WHOLE < self._bound

    def _is_first(self, passage: Passage) -> bool:
        key = passage.now, passage.partition
        if key in self._delivered:
            return False
        self._delivered[key] = None
        if len(self._delivered) > _DELIVERED:
            del self._delivered[next(iter(self._delivered))]
        return True

    def _span(self, passage: Passage) -> ReadableSpan:
        from opentelemetry.sdk.trace import ReadableSpan

        before = _BEFORE.get(passage.hop)
        attributes: dict[str, int] = {"tidegauge.now": passage.now}
        if passage.hop in _BY_PARTITION:
            attributes["tidegauge.partition"] = passage.partition
        if passage.hop == "socket_to_log":
            attributes["tidegauge.trades"] = passage.rows
        return ReadableSpan(
            passage.hop,
            context=_context(passage, passage.hop),
            parent=None if before is None else _context(passage, before),
            resource=self._resource,
            attributes=attributes,
            start_time=passage.began,
            end_time=max(passage.ended, passage.began),
        )


def _context(passage: Passage, hop: Hop) -> SpanContext:
    from opentelemetry.trace import SpanContext, TraceFlags

    span = span_of(passage.now, hop, passage.partition)
    sampled = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(trace_of(passage.now), span, hop != passage.hop, sampled)
