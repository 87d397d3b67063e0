"""Starting: what a command imports, what is compiled beforehand, and being stopped meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from streams.records import LogError
from streams.sqlite.file import SqliteLog
from tests.tidegauge.command import COMMAND, run
from tests.tidegauge.running import write
from tidegauge.progress import _lines
from tidegauge.stopping import SIGNALS, Stopped, stopped_at_once, stopping
from tidegauge.warm import _Note

MANY = 3000
HEAVY = ("numba", "faust", "aiokafka", "fastapi", "uvicorn", "aiohttp")
LISTED = """
import sys
from tidegauge.cli import main
try:
    main(sys.argv[1:], standalone_mode=False)
except SystemExit:
    pass
print(*(name for name in {heavy} if name in sys.modules), file=sys.stderr)
"""
WARMED = """
import sys
from numba.core.dispatcher import Dispatcher
import tests.engine.golden_run as golden
from tidegauge.warm import compile_engine

def loaded():
    modules = [m for name, m in sys.modules.items() if name.startswith("engine.")]
    kept = [f for m in modules for f in vars(m).values() if isinstance(f, Dispatcher)]
    return {(f.py_func.__module__, f.py_func.__name__, s) for f in kept for s in f.signatures}

compile_engine()
before = loaded()
golden.run()
assert before, "nothing is compiled at all"
print(sorted(str(each[:2]) for each in loaded() - before))
"""


def imports(*words: object) -> str:
    """The heavy modules that a command has imported at its end."""
    code = LISTED.format(heavy=HEAVY)
    command = [sys.executable, "-c", code, *map(str, words)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    return found.stderr.splitlines()[-1]  # above it may stand that something is compiled


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("log")
    SqliteLog(directory).close()
    return directory


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        *([name, "--help"] for name in ("define", "up", "replay", "drill", "worker")),
        ["venues"],
        ["decode", "binance", os.devnull],
        ["topics", "check", "--log", "LOG"],
        ["tap", "LOG", "alerts"],
    ],
)
def test_a_short_command_imports_nothing_heavy(words: list[str], log: Path) -> None:
    assert imports(*(str(log) if word == "LOG" else word for word in words)) == ""


def test_on_a_directory_neither_kafka_nor_the_page_is_imported(tmp_path: Path) -> None:
    indices = write(tmp_path / "i.toml", '[index.X]\nassets = ["BTC"]\n')
    prices = write(tmp_path / "p.csv", "ts,asset,price\n2024-01-01,BTC,1\n2024-01-02,BTC,2\n")
    assert imports("define", indices, "--log", tmp_path / "log") == "numba"
    assert imports("replay", prices, "--indices", indices) == "numba"


def test_nothing_is_compiled_or_loaded_once_prices_come() -> None:
    command = [sys.executable, "-c", WARMED]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert found.stdout.strip() == "[]"
    again = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert "compiling" not in again.stderr


def test_compiling_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([100.0, *(100.0 + k for k in range(1, 13))])
    note = _Note(lambda: next(times))
    for _ in range(12):
        note.on_start(None)
        note.on_end(None)
    first, *others = capsys.readouterr().err.splitlines()
    assert first.startswith("compiling the engine (once in each checkout")
    assert others == [
        "compiling: 5 functions so far, 5 s",
        "compiling: 10 functions so far, 10 s",
    ]


def many(file: Path, count: int) -> Path:
    """An index file with this many indices."""
    table = 'weights = {{ BTC = 0.5, ETH = 0.{0} }}\nbenchmarks = ["BTC"]\n'
    return write(file, "".join(f"[index.X{n}]\n" + table.format(n % 50 + 10) for n in range(count)))


def is_made(directory: Path) -> bool:
    """Whether there is a log to be read."""
    try:
        SqliteLog(directory, readonly=True).close()
    except LogError:
        return False
    return True


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_a_start(number: signal.Signals, tmp_path: Path) -> None:
    indices, directory = many(tmp_path / "i.toml", MANY), tmp_path / "log"
    words = ["up", "--venues", "kraken", "--url", "kraken=ws://127.0.0.1:9", "--indices", indices]
    command = [*COMMAND, *map(str, [*words, "--log", directory, "--port", "0"])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        # The log is there as soon as its stages start; to define these takes a second and more.
        deadline = time.monotonic() + 60
        while not is_made(directory):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(number)
        began = time.monotonic()
        output, errors = process.communicate(timeout=30)
        assert time.monotonic() - began < 2.0
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert output == ""  # no page was served, nothing counted
    assert "Traceback" not in errors
    # Where the start was quick, some or all of them are there already.
    said = run("define", indices, "--log", directory).stdout
    assert said.count("added: X") + said.count("unchanged: X") == MANY


def test_a_signal_is_heard_where_nobody_looks() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    for number in SIGNALS:
        with pytest.raises(Stopped), stopped_at_once():
            signal.raise_signal(number)
    assert [signal.getsignal(number) for number in SIGNALS] == before


class Callback:
    """Python swallows what its end raises."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_that_a_callback_swallows_is_heard_before_anything_is_served() -> None:
    async def serve() -> None:
        async with stopping():
            raise AssertionError("it goes on")

    with stopped_at_once():
        Callback()
        with pytest.raises(Stopped):
            asyncio.run(serve())
    with stopped_at_once():  # that was another start
        asyncio.run(ends_at_once())


async def ends_at_once() -> None:
    async with stopping():
        pass


def test_who_listens_otherwise_is_not_disturbed() -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        with stopped_at_once():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_without_a_terminal_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    shown = _lines(lambda: now)
    for done in range(0, 24_000, 1000):
        now = done / 2000
        shown("catching up with ticks", done, 24_000)
    assert capsys.readouterr().err.splitlines() == [
        "catching up with ticks: 10,000 of 24,000",
        "catching up with ticks: 20,000 of 24,000",
    ]
