"""What the processes of a log serve under `/metrics` is what the catalogue declares, all of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from connectors.simulator import Simulator
from gateway.catalogue import CATALOGUE
from tests.promtool import promtool
from tests.tidegauge.command import run
from tests.tidegauge.running import Running, write
from tests.tidegauge.test_monitors import figure, monitored, until

INDICES = "[index.B]\nweights = { BTC = 1 }\n[index.E]\nweights = { ETH = 1 }\n"
ROUTES = '[[route]]\nname = "none"\nwebhook = "http://127.0.0.1:9/"\n'
HOP = "tidegauge_hop_seconds"


def served(url: str, more: str = "") -> str:
    return httpx.get(f"{url}/metrics{more}", timeout=20.0).text


def declared_for(command: str) -> set[str]:
    return {declared.name for declared in CATALOGUE.values() if command in declared.commands}


def named_in(text: str) -> set[str]:
    return set(re.findall(r"^# TYPE (tidegauge_\w+) ", text, re.MULTILINE))


def checked(text: str) -> None:
    """Prometheus takes it, and finds nothing to say about it."""
    said = promtool("check", "metrics", text=text)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


@contextmanager
def at_work(worker: str) -> Iterator[None]:
    """Go on once it has compiled, if it had to: meanwhile it holds the log."""
    until(lambda: figure(worker, f'{HOP}_count{{hop="price_to_snapshot"}}') > 0, 180.0)
    yield


async def test_each_process_serves_what_is_declared_for_it(tmp_path: Path) -> None:
    log, indices = tmp_path / "log", write(tmp_path / "i.toml", INDICES)
    routes = write(tmp_path / "r.toml", ROUTES)
    async with Simulator(seed=3, rate=50) as exchanges:
        await asyncio.to_thread(watch, log, indices, routes, exchanges.urls["binance"])


def watch(log: Path, indices: Path, routes: Path, url: str) -> None:
    assert run("define", indices, "--log", log).returncode == 0
    texts = {}
    with (
        monitored("connect", "binance", "--url", f"binance={url}", "--log", log) as (connect, _),
        monitored("worker", "--log", log) as (worker, _),
        at_work(worker),
        monitored("notify", "--routes", routes, "--log", log) as (notify, _),
        Running("serve", "--log", log) as serve,
        httpx.stream("GET", f"{serve.url}/v1/events", timeout=60.0) as events,
    ):
        heard = events.iter_bytes()
        for _ in range(20):
            next(heard)
        hops = {
            "socket_to_log": connect,
            "log_to_price": worker,
            "price_to_snapshot": worker,
            "snapshot_to_client": serve.url,
        }
        for hop, where in hops.items():
            counted = f'{HOP}_count{{hop="{hop}"}}'
            until(lambda name=counted, at=where: figure(at, name) > 3)  # type: ignore[misc]
            total = figure(where, f'{HOP}_sum{{hop="{hop}"}}')
            # Of a machine that has other work: none takes as much as a second on the whole.
            assert 0.0 <= total / figure(where, counted) < 1.0, hop
            seen = set(re.findall(rf'{HOP}_count{{hop="(\w+)"}}', served(where)))
            assert seen == {name for name, at in hops.items() if at == where}
        until(lambda: figure(serve.url, 'tidegauge_gateway_records_total{topic="levels"}') > 3)
        ends = {"connect": connect, "worker": worker, "notify": notify}
        texts = {command: served(at) for command, at in ends.items()}
        texts["serve"] = served(serve.url, "?indices=1")
        assert named_in(served(serve.url)) == {
            name for name in declared_for("serve") if "_index_" not in name and "_cut" not in name
        }
        assert httpx.get(f"{serve.url}/metrics?indices=maybe", timeout=20.0).status_code == 422
    for command, text in texts.items():
        assert named_in(text) == declared_for(command), command
        checked(text)
    assert re.search(r'^tidegauge_index_level\{index="B"\} \d+\.\d+$', texts["serve"], re.M)
    assert 'tidegauge_index_status{index="E",status="live"}' in texts["serve"]
    assert "tidegauge_indices_cut 0.0" in texts["serve"]
