"""Wrong use and failures: one line that says what, where and what to do; never a traceback."""

from __future__ import annotations

import gzip
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.tidegauge.command import COMMAND, one_line, run
from tests.tidegauge.running import Running, jsonl, write

PRICES = "ts,asset,price\n2024-01-01,BTC,100\n2024-01-02,BTC,110\n"
INDEX = '[index.B]\nassets = ["BTC"]\n'


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[index.B\n", 1, "not valid TOML"),
        ('[index.B]\nassets = ["BTC"]\nwieght = 1\n', 3, "unknown key"),
        ("[index.B]\nweights = { BTC = nan }\n", 2, "expected a number"),
        ("[index.B]\nweights = { BTC = -1.0 }\n", 2, "expected a number"),
        ("[index.B]\nweights = { BTC = 0.0 }\n", 2, "sum to zero"),
        ("[index.B]\nweights = { BTC = 1e308, ETH = 1e308 }\n", 2, "below 1e+18"),
        (INDEX + "[[index.B.change]]\nat = 9999-01-01T00:00:00Z\nadd = ['X']\n", 4, "to 2200"),
        ('[index.B]\nassets = ["BTC"]\nbenchmarks = ["B-TC"]\n', 3, "unknown benchmark"),
        ('[index.BTC]\nassets = ["BTC"]\n', 1, "name of an asset"),
        ('[index.b]\nassets = ["BTC"]\n', 1, "an index id is"),
        ('[index.B]\nassets = ["BTC"]\nreturn_interval = "7m"\n', 3, "divide a day"),
        ('[index.B]\nassets = ["BTC", "ETH"]\ncap_limit = 0.3\n', 3, "below 1"),
        ('[index.B]\nassets = ["BTC"]\n[index.B.alerts]\ndrawdown = [1.5]\n', 4, "between 0 and 1"),
        ('[index.B]\nassets = ["NOPE"]\n', 2, "no price of NOPE"),
    ],
)
def test_index_file(text: str, line: int, says: str, tmp_path: Path) -> None:
    indices = write(tmp_path / "indices.toml", text)
    prices = write(tmp_path / "prices.csv", PRICES)
    told = one_line(run("replay", prices, "--indices", indices), 2)
    assert says in told
    place = f"{indices}:{line}:" if "TOML" not in says else f"{indices}: "
    assert place in told
    if "TOML" in says:
        assert f"line {line}" in told


def test_bad_rows_are_named_counted_and_skipped(tmp_path: Path) -> None:
    bad = [
        "2024-01-03,BTC,-5",
        "2024-01-03,BTC,nan",
        "2024-01-03,BTC",
        "x,BTC,5",
        "2024-01-01,BTC,1",
    ]
    prices = write(tmp_path / "p.csv", PRICES + "\n".join(bad) + "\n2024-01-03,BTC,121\n")
    indices = write(tmp_path / "indices.toml", INDEX)
    result = run("replay", prices, "--indices", indices)
    assert result.returncode == 0
    [snapshot] = jsonl(result.stdout)
    assert snapshot["level"] == pytest.approx(1210.0)
    lines = [line for line in result.stderr.splitlines() if not line.startswith("compiling")]
    for number, line in enumerate(lines[:5], 4):
        assert line.startswith(f"Error: {prices}:{number}: ") or line.startswith(
            f"{prices}:{number}: "
        )
        assert line.endswith("; skipped")
    counted = "2 × price, 1 × columns, 1 × late, 1 × ts"
    assert lines[5] == f"5 rows skipped: {counted}; 3 taken"
    told = one_line(run("replay", prices, "--indices", indices, "--strict"), 2)
    assert f"{prices}:4:" in told


def test_prices_of_which_no_level_can_be_made_are_bad_rows(tmp_path: Path) -> None:
    text = "ts,asset,price\n2024-01-01,BTC,1\n2024-01-02,BTC,1e308\n2024-01-03,BTC,1e-310\n"
    prices = write(tmp_path / "p.csv", text + "2024-01-04,BTC,2\n")
    indices = write(tmp_path / "indices.toml", INDEX)
    result = run("replay", prices, "--indices", indices)
    assert result.returncode == 0, result.stderr
    assert [s["level"] for s in jsonl(result.stdout)] == [2000.0]
    told = f"{prices}:3: price '1e308' is not a positive number from 1e-30 to 1e+30; skipped"
    assert told in result.stderr
    assert "2 rows skipped: 2 × price; 2 taken" in result.stderr


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["up", "--venues", "binanse"], 2, "did you mean binance"),
        (["up", "--venues", "binance", "--url", "binance=http://x"], 2, "expected VENUE=ws://"),
        (["up", "--venues", "binance", "--url", "binance.rest=ws://x"], 2, "VENUE.rest=http://"),
        (["up", "--venues", "binance", "--url", "binanse.rest=http://x"], 2, "mean binance"),
        (
            ["record", "kraken", "--assets", "BTC", "--to", "x", "--url", "kraken.rest=http://x"],
            2,
            "kraken.rest: recording asks nothing over REST",
        ),
        (["decode", "krakn"], 2, "did you mean kraken? Known are: binance,"),
        (["decode", "zzz"], 2, "unknown venue 'zzz'; known are: binance,"),
        (["record", "kraken", "--assets", ",", "--to", "x"], 2, "no asset is named"),
        (["record", "kraken", "--assets", "btc", "--to", "x"], 2, "not an asset's name"),
        (["backfill", "nowhere.csv"], 2, "nowhere.csv: cannot be read"),
        (["topics", "check", "--log", "kafka:/localhost:1"], 2, "expected kafka://"),
        (["replay", "x", "--indices", "y", "--out", "none/o"], 2, "there is no directory none"),
        (["replay"], 2, "replay needs either"),
        (["rank", "--profile", "balanced", "--from", "x", "--log", "y"], 2, "not both"),
        (["replay", "nowhere.csv", "--indices", "nowhere.toml"], 2, "nowhere.toml"),
        (["tap", "nowhere", "prices"], 1, "nowhere"),
        (["tap", ".", "nonsense"], 2, "unknown topic"),
        (["serve", "--log", "nowhere"], 1, "nowhere"),
        (["replay", "x", "--indices", "y", "--every", "1x"], 2, "duration"),
    ],
)
def test_arguments(args: list[str], code: int, says: str, tmp_path: Path) -> None:
    assert says in one_line(run(*args, cwd=tmp_path), code)


def test_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = one_line(run("demo", "--seconds", "5", "--port", port), 1)
    assert f"port {port} is in use" in told
    assert "--port" in told


def test_address_that_is_not_here(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert run("topics", "create", "--log", log).returncode == 0
    assert run("keys", "add", "me", "--log", log).returncode == 0
    # RFC 5737: 192.0.2.0/24 is for documentation, so no machine has it.
    where = ["--host", "192.0.2.1", "--port", 0, "--behind-proxy", "192.0.2.2"]
    told = one_line(run("serve", "--log", log, *where), 1)
    assert "cannot listen on 192.0.2.1:0" in told
    assert "--host" in told


@pytest.mark.parametrize("args", [["venues"], ["decode", "kraken", "frames"]])
def test_output_that_cannot_be_written(args: list[str], tmp_path: Path) -> None:
    """`/dev/full` says of every write that the disk is full."""
    frame = '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy",'
    frame += '"price":1.5,"qty":2.0,"ord_type":"limit","trade_id":7,'
    frame += '"timestamp":"2024-01-01T00:00:00.000000Z"}]}\n'
    write(tmp_path / "frames", frame)
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [*COMMAND, *args], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True,
            timeout=300, check=False,
        )  # fmt: skip
    assert (result.returncode, result.stderr) == (1, "Error: No space left on device\n")


def test_no_output_replaces_an_input(tmp_path: Path) -> None:
    prices, indices = write(tmp_path / "p.csv", PRICES), write(tmp_path / "i.toml", INDEX)
    told = one_line(run("replay", prices, "--indices", indices, "--out", prices), 2)
    assert f"{prices}: is read by this very run" in told
    assert prices.read_text() == PRICES


def test_times_that_cannot_be_meant_are_told(tmp_path: Path) -> None:
    """Seconds taken for nanoseconds would put a price into 1970 without a word."""
    bad = {
        "99999999999999999999999": "is not a time from 1970 to 2200",
        "9" * 5000: "is not a time from 1970 to 2200",
        "9999-12-31": "is not a time from 1970 to 2200",
        "1960-01-01": "is not a time from 1970 to 2200",
        "1704067200": "looks like seconds",
        "1704067200000": "looks like milliseconds",
        "1704067200000000": "looks like microseconds",
    }
    rows = "".join(f"{ts},BTC,5\n" for ts in bad)
    prices = write(tmp_path / "p.csv", f"ts,asset,price\n{rows}1704067200000000000,BTC,6\n")
    result = run("replay", prices, "--indices", write(tmp_path / "i.toml", INDEX))
    assert result.returncode == 0, result.stderr
    [snapshot] = jsonl(result.stdout)
    assert (snapshot["as_of"], snapshot["level"]) == (1_704_067_200 * 10**9, 1000.0)
    lines = [line for line in result.stderr.splitlines() if not line.startswith("compiling")]
    for number, (line, says) in enumerate(zip(lines, bad.values(), strict=False), 2):
        assert line.startswith(f"{prices}:{number}: ts ")
        assert says in line
    assert lines[-1] == "7 rows skipped: 7 × ts; 1 taken"


def test_an_open_quotation_mark_costs_its_own_row_only(tmp_path: Path) -> None:
    rows = '2024-01-01,"BTC,90\n2024-01-01,BTC,100\n2024-01-02,"BTC",110\n'
    prices = write(tmp_path / "p.csv", "ts,asset,price\n" + rows)
    result = run("replay", prices, "--indices", write(tmp_path / "i.toml", INDEX))
    assert jsonl(result.stdout)[0]["level"] == pytest.approx(1100.0)
    assert f"{prices}:2: a quotation mark in it is not closed" in result.stderr
    assert "1 row skipped: 1 × quotes; 2 taken" in result.stderr


def test_damaged_archives_are_named(tmp_path: Path) -> None:
    whole = gzip.compress(("ts,asset,price\n" + "2024-01-01,BTC,1\n" * 50).encode())
    header = whole[:10]  # of RFC 1952; what follows is no deflate stream
    damaged = tmp_path / "d.csv.gz"
    damaged.write_bytes(header + b"\xff" * 40)
    indices = write(tmp_path / "i.toml", INDEX)
    for args in (["replay", damaged, "--indices", indices], ["decode", "kraken", damaged]):
        assert f"{damaged}: cannot be unpacked" in one_line(run(*args), 2)


@pytest.mark.parametrize("command", ["replay", "backfill"])
def test_files_without_a_usable_price(command: str, tmp_path: Path) -> None:
    prices = write(tmp_path / "p.csv", "ts,asset,price\n2024-01-01,BTC,x\n")
    target = ["--indices", write(tmp_path / "i.toml", INDEX)]
    if command == "backfill":
        target = ["--log", tmp_path / "log"]
    result = run(command, prices, *target)
    assert result.returncode == 1
    assert f"{prices}:2: price 'x' is not a number; skipped" in result.stderr
    assert result.stderr.endswith(f"Error: {prices}: no usable price\n")


def test_market_caps_that_no_row_tells(tmp_path: Path) -> None:
    indices = write(tmp_path / "i.toml", INDEX + 'weighting = "cap"\n')
    prices = write(tmp_path / "p.csv", PRICES)
    result = run("replay", prices, "--indices", indices)
    assert f"{indices}:3: index B: supply lacks BTC; no row tells a market cap" in result.stderr
    rows = PRICES.replace("price\n", "price,market_cap\n").replace("100\n", "100,5000\n")
    told = write(tmp_path / "q.csv", rows.replace("110\n", "110,5500\n"))
    result = run("replay", told, "--indices", indices)
    assert "supply" not in result.stderr
    assert jsonl(result.stdout)[0]["level"] == pytest.approx(1100.0)


def test_what_a_frame_holds_does_not_steer_the_terminal(tmp_path: Path) -> None:
    frames = write(tmp_path / "f.jsonl", "\x1b[2Jred\x07\n")
    told = run("decode", "kraken", frames).stderr
    assert r"\x1b[2Jred" in told
    assert "\x1b" not in told


def test_log_held_by_another_process(tmp_path: Path) -> None:
    indices, log = write(tmp_path / "i.toml", INDEX), tmp_path / "log"
    args = ("up", "--venues", "binance", "--url", "binance=ws://127.0.0.1:9")
    with Running(*args, "--indices", indices, "--log", log) as up:
        for words, role in (
            (args, "connectors"),
            (("connect", "binance"), "connectors"),
            (("backfill", write(tmp_path / "p.csv", PRICES)), "connectors"),
            (("worker",), "stages"),
        ):
            told = one_line(run(*words, "--log", log), 1)
            assert f"{log}: the {role} of this log are in process {up.process.pid}" in told
        # Readers and those who write a little need no role.
        assert run("tap", log, "definitions").returncode == 0
        write(indices, INDEX.replace("index.B", "index.C"))
        assert run("define", indices, "--log", log).stdout == "added: C\n"
        up.until("/v1/indices", lambda found: len(found["indices"]) == 2)
        up.stop()
    assert run("define", indices, "--log", log).stdout == "unchanged: C\n"


def test_directory_that_cannot_be_written(tmp_path: Path) -> None:
    file = write(tmp_path / "file", "")
    indices = write(tmp_path / "i.toml", INDEX)
    told = one_line(run("define", indices, "--log", file / "log"), 1)
    assert str(file / "log") in told
    told = one_line(run("define", indices, "--log", file), 1)
    assert str(file) in told


def test_bad_frames_are_named_and_skipped(tmp_path: Path) -> None:
    good = (
        '{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":7,"p":"10.5","q":"2",'
        '"T":1723161255342,"m":true,"M":true}'
    )
    cut = good[:30]
    foreign = '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD"}]}'
    frames = write(
        tmp_path / "f.jsonl", "\n".join([cut, good, foreign, good.replace("10.5", "NaN")])
    )
    result = run("decode", "binance", frames)
    assert result.returncode == 0
    expected: dict[str, Any] = {
        "venue": "binance",
        "symbol": "BTCUSDT",
        "base": "BTC",
        "quote": "USDT",
        "kind": "spot",
        "price": 10.5,
        "size": 2.0,
        "side": "sell",
        "id": "7",
        "ts": 1_723_161_255_342_000_000,
    }
    assert jsonl(result.stdout) == [expected]
    assert f"{frames}:1: " in result.stderr
    assert f"{frames}:4: " in result.stderr
    assert "Traceback" not in result.stderr
    told = run("decode", "binance", frames, "--strict")
    assert told.returncode == 1
    assert f"{frames}:1: " in one_line(told, 1)


def test_base_level_cannot_change(tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = write(tmp_path / "a.toml", INDEX)
    assert run("define", first, "--log", log).stdout == "added: B\n"
    assert run("define", first, "--log", log).stdout == "unchanged: B\n"
    second = write(tmp_path / "b.toml", INDEX + "base_level = 5.0\n")
    told = one_line(run("define", second, "--log", log), 2)
    assert f"{second}:3:" in told
    assert "use a new id" in told


def test_a_backfill_without_an_index_leaves_nothing(tmp_path: Path) -> None:
    log, prices = tmp_path / "log", write(tmp_path / "p.csv", PRICES)
    told = one_line(run("backfill", prices, "--log", log), 2)
    assert "no index is defined yet" in told
    assert f"tidegauge define FILE --log {log}" in told
    assert run("define", write(tmp_path / "i.toml", INDEX), "--log", log).returncode == 0
    result = run("backfill", prices, "--log", log)
    assert result.stdout.startswith("appended "), result.stderr
    assert ", 0 were there already: " in result.stdout
    assert run("tap", log, "snapshots", "--values").stdout.count('"index":"B"') >= 1


def test_backfill_ahead_of_live_only(tmp_path: Path) -> None:
    log = tmp_path / "log"
    prices = write(tmp_path / "p.csv", PRICES)
    assert run("define", write(tmp_path / "i.toml", INDEX), "--log", log).returncode == 0
    assert run("backfill", prices, "--log", log).returncode == 0
    # The same file again appends nothing.
    assert run("backfill", prices, "--log", log).stdout.startswith("appended 0 frames")
    told = one_line(
        run("backfill", write(tmp_path / "q.csv", PRICES.replace("100", "101")), "--log", log), 1
    )
    assert "already goes up to 2024-" in told
    found = run("tap", log, "snapshots", "--values").stdout
    snapshot = json.loads(found.splitlines()[-1])
    assert snapshot["level"] == pytest.approx(1100.0)
    # The definition was written today; the history is warm all the same.
    assert snapshot["as_of"] == 1_704_240_000 * 10**9
    assert snapshot["returns"]["1d"] == pytest.approx(0.1)
    assert snapshot["origin"] == "backfill"


def test_an_asset_that_joins_later_may_have_no_price_yet() -> None:
    """The example files as they are: the change is told, and both indices have levels."""
    examples = Path(__file__).parents[2] / "examples"
    indices = examples / "methods.toml"
    result = run("replay", examples / "closes.csv", "--indices", indices)
    assert result.returncode == 0, result.stderr
    assert f"{indices}:22: index CALM: no price of SOL in" in result.stderr
    assert "quality.flags has pending:SOL\n" in result.stderr
    levels = {s["index"]: s["level"] for s in jsonl(result.stdout)}
    # Of 42,000 and 2,300 to the last closes: 0.6 and 0.4 at the limit, and a half each.
    assert levels["CAPPED"] == pytest.approx(929.503105590062)
    assert levels["CALM"] == pytest.approx(926.759834368530)


def test_interrupted_while_it_is_still_loading() -> None:
    """The moment is certain: the import of the commands itself sends the signal."""
    program = (
        "import importlib.abc, os, signal, sys\n"
        "class Finder(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'tidegauge.cli':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from tidegauge.__main__ import run\n"
        "run()\n"
    )
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (-signal.SIGINT, "", "")
