"""`--traces`: the way of a tick frame through three processes is one trace."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource

from connectors.simulator import Simulator
from streams.passage import Hop, Passage
from tests.tidegauge.command import one_line, run
from tests.tidegauge.running import Running, write
from tests.tidegauge.test_monitors import monitored, until
from tidegauge.errors import WrongUse
from tidegauge.tracing import FrameTraces, _exporting, span_of, trace_of

NOW = 1_796_000_000_000_000_000
HOPS: list[Hop] = ["socket_to_log", "log_to_price", "price_to_snapshot", "snapshot_to_client"]


class Kept:
    """A processor that keeps spans."""

    def __init__(self) -> None:
        self.spans: list[Any] = []

    def on_end(self, span: Any) -> None:
        self.spans.append(span)


def traces(share: float) -> tuple[FrameTraces, list[Any]]:
    kept = Kept()
    processor: Any = kept
    return FrameTraces(share, processor, Resource.create({})), kept.spans


def test_the_numbers_are_those_of_every_version() -> None:
    assert f"{trace_of(NOW):032x}" == "5bd685f2c6549c13746ee8fe6fd713d6"
    assert f"{span_of(NOW, 'socket_to_log', 3):016x}" == "ebf039007a308922"
    assert span_of(NOW, "log_to_price", 3) == span_of(NOW, "log_to_price", 0)
    assert span_of(NOW, "price_to_snapshot", 3) != span_of(NOW, "price_to_snapshot", 0)


def test_every_process_takes_the_same_share_of_the_frames() -> None:
    sent, made = traces(0.1), traces(0.1)
    for n in range(5000):
        sent[0].passed(Passage("socket_to_log", NOW, NOW + 5, NOW + n))
        made[0].passed(Passage("price_to_snapshot", NOW, NOW + 5, NOW + n, n % 8))
    of_sent, of_made = ([s.context.trace_id for s in spans] for _, spans in (sent, made))
    assert of_sent == of_made
    assert 400 < len(of_sent) < 600
    none, spans = traces(0.5)
    none.passed(Passage("socket_to_log", NOW, NOW + 5))  # of no frame
    assert spans == []


def test_a_span_is_the_child_of_the_one_before_and_of_deliveries_the_first_counts() -> None:
    told, spans = traces(1.0)
    for n, hop in enumerate(HOPS):
        for late in range(3 if hop == "snapshot_to_client" else 1):
            told.passed(Passage(hop, NOW + n, NOW + n + 1 + late, NOW, 2, 7))
    assert [span.name for span in spans] == HOPS
    assert [span.parent and span.parent.span_id for span in spans] == [
        None,
        *(span.context.span_id for span in spans[:-1]),
    ]
    assert {span.context.trace_id for span in spans} == {trace_of(NOW)}
    assert [dict(span.attributes) for span in (spans[0], spans[-1])] == [
        {"tidegauge.now": NOW, "tidegauge.trades": 7},
        {"tidegauge.now": NOW, "tidegauge.partition": 2},
    ]
    assert (spans[-1].start_time, spans[-1].end_time) == (NOW + 3, NOW + 4)


class Seen(NamedTuple):
    """A span as a collector got it."""

    service: str
    span: bytes
    parent: bytes
    start: int
    end: int


@contextmanager
def collector() -> Iterator[tuple[str, dict[bytes, dict[str, Seen]]]]:
    """An OTLP collector over HTTP: its address, and the spans that came, by trace and name."""
    found: dict[bytes, dict[str, Seen]] = defaultdict(dict)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            request = ExportTraceServiceRequest.FromString(body)
            for of in request.resource_spans:
                values = {a.key: a.value.string_value for a in of.resource.attributes}
                for span in (span for scope in of.scope_spans for span in scope.spans):
                    times = span.start_time_unix_nano, span.end_time_unix_nano
                    seen = Seen(values["service.name"], span.span_id, span.parent_span_id, *times)
                    found[span.trace_id][span.name] = seen
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", found
        finally:
            server.shutdown()
            thread.join()


async def test_a_frame_is_one_trace_through_three_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collector() as (address, found):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        async with Simulator(seed=3, rate=50) as exchanges:
            await asyncio.to_thread(watch, tmp_path, exchanges.urls["binance"], found)
    whole = [spans for spans in found.values() if set(spans) == set(HOPS)]
    for spans in whole:
        way = [spans[hop] for hop in HOPS]
        services = ["tidegauge-connect", "tidegauge-worker", "tidegauge-worker", "tidegauge-serve"]
        assert [span.service for span in way] == services
        assert [span.parent for span in way] == [b"", *(span.span for span in way[:-1])]
        assert all(span.start <= span.end for span in way)
        assert [span.start for span in way] == sorted(span.start for span in way)


def watch(directory: Path, url: str, found: dict[bytes, dict[str, Seen]]) -> None:
    log = directory / "log"
    indices = write(directory / "i.toml", "[index.B]\nweights = { BTC = 1 }\n")
    assert run("define", indices, "--log", log).returncode == 0
    options = ("--log", log, "--traces", "1")
    with (
        monitored("connect", "binance", "--url", f"binance={url}", *options),
        monitored("worker", *options),
        Running("serve", *options) as serve,
        httpx.stream("GET", f"{serve.url}/v1/events", timeout=60.0) as events,
    ):
        heard = events.iter_bytes()

        def complete() -> bool:
            next(heard)
            return sum(set(spans) == set(HOPS) for spans in list(found.values())) >= 3

        until(complete)


def test_without_traces_what_makes_them_is_not_even_imported() -> None:
    modules = "tidegauge.live, tidegauge.working, tidegauge.serving, tidegauge.tracing"
    code = f"import sys, {modules}; print([m for m in sys.modules if 'opentelemetry.sdk' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_share_that_is_none_and_a_package_that_is_missing_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = one_line(run("worker", "--log", tmp_path, "--traces", "2"), 2)
    assert "'2' is not a number from 0 to 1" in said
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(WrongUse, match=r"^--traces needs OpenTelemetry .*'tidegauge\[otel\]'$"):
        _exporting("worker")
