"""`connect` and `worker` as processes serve what they say of themselves; on a directory's log."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.tidegauge.command import COMMAND, run
from tests.tidegauge.running import write

INDEX = "[index.B]\nweights = { BTC = 1 }\n"


@contextmanager
def monitored(*args: object) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A running command: the URL that it serves its figures at, and its process."""
    words = [*COMMAND, *map(str, args)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = []
            for line in process.stderr:
                said.append(line)
                if match := re.search(r"(http://\S+)/metrics$", line.strip()):
                    yield match[1], process
                    break
            else:
                raise AssertionError("".join(said))
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for it."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def figure(url: str, name: str) -> float:
    """One figure of `/metrics`."""
    text = httpx.get(f"{url}/metrics", timeout=20.0).text
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_both_halves_of_up_tell_their_lag_queues_and_drops(tmp_path: Path) -> None:
    log, indices = tmp_path / "log", write(tmp_path / "i.toml", INDEX)
    assert run("define", indices, "--log", log).returncode == 0
    connect = ("connect", "binance", "--url", "binance=ws://127.0.0.1:9", "--log", log)
    with monitored(*connect) as (connector, _):
        assert httpx.get(f"{connector}/healthz", timeout=20.0).json() == {"alive": True}
        until(lambda: figure(connector, "tidegauge_frames_sent_total") > 20)
        answer = httpx.get(f"{connector}/readyz", timeout=20.0)
        assert answer.status_code == 503
        [reason] = answer.json()["reasons"]
        assert reason.startswith("binance: no trade, ")
        assert figure(connector, "tidegauge_ingest_overflowed_total") == 0.0
        assert figure(connector, 'tidegauge_queue_age_seconds{queue="log"}') < 2.0
        with monitored("worker", "--log", log) as (worker, _):
            # Clock frames of the connector: they are taken as they come.
            until(lambda: figure(worker, 'tidegauge_stage_offset{partition="ticks/0"}') > 20)
            ready = httpx.get(f"{worker}/readyz", timeout=20.0)
            assert (ready.status_code, ready.json()) == (
                200,
                {"ready": True, "reasons": [], "rejected": {}},
            )
            assert figure(worker, 'tidegauge_lag_seconds{partition="ticks/0"}') < 2.0
            assert figure(worker, 'tidegauge_stage_offset{partition="prices/0"}') > 0.0
