"""A process that may open few files: it raises its limit, and where it cannot, it lives with it."""

from __future__ import annotations

import re
import resource
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.tidegauge.running import Running, write
from tidegauge import open_files
from tidegauge.open_files import raise_limit

INDEX = "[index.B]\nweights = { BTC = 1 }\n"
FEW = 256
"""Open files a process may have on macOS, if nobody raises it."""


class RunningWithFewFiles(Running):
    """The same with a hard limit."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.args = ["sh", "-c", f'ulimit -n {FEW}; exec "$@"', "sh", *self.args]


def test_400_idle_connections_at_256_files_stop_nothing(tmp_path: Path) -> None:
    """They once ended the process: the log, and code not yet loaded, found no file free."""
    indices, log = write(tmp_path / "i.toml", INDEX), tmp_path / "log"
    args = ("up", "--venues", "binance", "--url", "binance=ws://127.0.0.1:9")
    with RunningWithFewFiles(*args, "--indices", indices, "--log", log) as up, ExitStack() as stack:
        port = int(up.url.rsplit(":", 1)[1])
        idle = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 20.0))
            for _ in range(400)
        ]
        for connection in idle[200:]:
            connection.settimeout(20.0)
            assert connection.recv(100).startswith(b"HTTP/1.1 503 "), "told, not left alone"
        for connection in idle:
            connection.close()

        def frames(_: Any = None) -> float:
            text = httpx.get(up.url + "/metrics", timeout=20.0).text
            found = re.search(r"^tidegauge_ingest_frames_total (\S+)$", text, re.MULTILINE)
            assert found is not None
            return float(found[1])

        up.until("/healthz", lambda found: found == {"alive": True})
        before = frames()
        up.until("/healthz", lambda _: frames() > before + 5)  # clock frames: the log goes on
        up.stop()
    assert "Traceback" not in up.errors


def test_the_soft_limit_is_raised_as_far_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[int, int]] = []
    infinity = resource.RLIM_INFINITY
    cases: dict[tuple[int, int], list[int]] = {
        (256, 1000): [1000],
        (1024, 10**6): [16_384],
        (256, infinity): [16_384],
        (20_000, 10**6): [],
        (infinity, infinity): [],
        (4096, 4096): [],
    }
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: tried.append(limits))
    for limits, expected in cases.items():
        tried.clear()
        monkeypatch.setattr(resource, "getrlimit", lambda _, limits=limits: limits)
        raise_limit()
        assert tried == [(soft, limits[1]) for soft in expected], limits

    def refuse(_: int, limits: tuple[int, int]) -> None:
        tried.append(limits)
        if limits[0] > 10_240:
            raise ValueError

    tried.clear()
    monkeypatch.setattr(resource, "setrlimit", refuse)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, infinity))
    open_files.raise_limit()
    assert [soft for soft, _ in tried] == [16_384, 10_240]


def test_a_command_that_lasts_raises_it() -> None:
    program = (
        "import resource, click\n"
        "from tidegauge.commands import lasting\n"
        "@lasting\n"
        "def command(): print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])\n"
        "command()\n"
    )
    text = f'ulimit -S -n {FEW}; exec "$@"'
    command = ["sh", "-c", text, "sh", sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert int(result.stdout) == min(hard, 16_384)


def test_after_the_start_nothing_compiled_has_to_be_loaded() -> None:
    """A market runs through the stages in a process that may open no file at all any more."""
    program = (
        "import os, random, resource\n"
        "from tests.engine import golden_run\n"
        "from tests.engine.market import START, define\n"
        "from engine.index.shard import Shard\n"
        "from engine.pricing.pricer import Pricer\n"
        "from engine.records import Receipt\n"
        "from tidegauge.warm import compile_engine\n"
        "compile_engine()\n"
        "table = golden_run.TABLE | {'weights': {}, 'assets': ['BTC', 'ETH', 'SOL']}\n"
        "del table['weights']\n"
        "ways = ['equal', 'inverse_volatility', 'cap']\n"
        "more = {'cap': {'supply': {'BTC': 2e7, 'ETH': 1e8, 'SOL': 5e8}}}\n"
        "records = [define('MIX', golden_run.TABLE, START - 1),\n"
        "           define('PAIR', golden_run.PAIR, START - 1)]\n"
        "records += [define(w.upper(), table | {'weighting': w} | more.get(w, {}), START - 1)\n"
        "            for w in ways]\n"
        "records += golden_run.frames(random.Random(4), 300)\n"
        "last = os.open(os.devnull, os.O_RDONLY)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (last + 1, last + 1))\n"
        "try:\n"
        "    open(os.devnull)\n"
        "except OSError:\n"
        "    pass\n"
        "else:\n"
        "    raise SystemExit('files can still be opened')\n"
        "pricer, shard, count = Pricer(), Shard(), 0\n"
        "for offset, record in enumerate(records):\n"
        "    for made in pricer.apply(record):\n"
        "        count += len(shard.apply(made.body, Receipt('prices', 'log', 0, offset)))\n"
        "Pricer().load(pricer.dump()), Shard().load(shard.dump())\n"
        "print(count)\n"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", program]
    result = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) > 500
