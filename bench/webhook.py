"""From the exchange's socket to a webhook: as `bench.alerts` on the local log, and further.

All of ours is one process (`tidegauge up --routes FILE`, nothing grouped) on the measured core. The
clock stops when the webhook's server, on the other cores, has read the request.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from bench import alerts, live
from bench.programs import COMMAND, Program
from bench.rows import Row, Setting
from bench.workers import ContestantError, bound
from tests.kafka.configuration import free_ports

RATES = (1000, 5000)
"""Ticks a second."""
LOOK = 0.05
"""Seconds between looks whether all are there; the server notes the times."""


def measure(setting: Setting) -> list[Row]:
    """All rates."""
    rows = []
    for rate in RATES:
        work = f"webhook, {rate:,} ticks/s"
        folder = setting.folder / f"webhook-{rate}"
        folder.mkdir()
        seconds = alerts.TRIAL_SECONDS if setting.quick else alerts.SECONDS
        try:
            with bound(setting.cores.around):
                found, told = _drive(setting, folder, rate, seconds)
            late, note = alerts.latencies(found, told, rate)
        except ContestantError as error:
            rows.append(Row(work, "tidegauge", None, "ms", note=str(error)))
            continue
        print(f"{work}: {note}", flush=True)
        rows += [
            Row(f"{work}, p{p}", "tidegauge", float(np.percentile(late, p)), "ms", note=note)
            for p in (50, 99)
        ]
    return rows


@contextmanager
def _server(found: alerts.Found) -> Iterator[str]:
    """A webhook's server, which adds each firing to `found`; its address."""

    class Hook(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            at = time.time_ns()
            for alert in orjson.loads(body)["alerts"]:
                if alert["kind"] == "drawdown" and alert["state"] == "firing":
                    found.append(alerts.Seen(int(alert["index"][1:]), at))
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def _drive(
    setting: Setting, folder: Path, rate: int, seconds: float
) -> tuple[alerts.Found, dict[str, Any]]:
    log, found = folder / "log", alerts.Found()
    alerts.define(folder, log)
    with ExitStack() as stack:
        hook = stack.enter_context(_server(found))
        routes = folder / "routes.toml"
        routes.write_text(f'[[route]]\nwebhook = "{hook}"\n')
        exchange = stack.enter_context(live.exchange(setting, folder, rate, seconds, live.WARM))
        url = f"kraken=ws://127.0.0.1:{exchange.wait_for('port', live.STARTING)}"
        command = [COMMAND, "up", "--venues", "kraken", "--url", url, "--log", log,
                   "--routes", routes, "--port", free_ports(1)[0]]  # fmt: skip
        product = stack.enter_context(Program(command, folder, setting.cores.measured))
        exchange.wait_for("subscribed", live.STARTING)
        usage = alerts.Usage(product)
        deadline, end = time.monotonic() + 2 * (live.WARM + seconds) + alerts.LAST, inf
        while time.monotonic() < end:
            time.sleep(LOOK)
            product.check(deadline)
            end = alerts.over(found, exchange, end)
        return found, exchange.lines()[-1] | {"cpu": usage.share()}
