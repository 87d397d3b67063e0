"""`record`, and what `replay` and `decode` make of its directory, as a user runs them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from connectors.feed.recording import Recording
from connectors.simulator.desks import Fill
from connectors.simulator.server import Simulator
from connectors.venues.fields import iso_ns
from tests.tidegauge.command import COMMAND, one_line, run
from tests.tidegauge.running import jsonl, write
from tests.waiting import wait_until

INDICES = "[index.TWO]\nweights = { BTC = 0.6, ETH = 0.4 }\n"


async def recorded(sim: Simulator, folder: Path, *more: object) -> asyncio.subprocess.Process:
    urls = [word for name, url in sim.urls.items() for word in ("--url", f"{name}={url}")]
    words = [*COMMAND, "record", *sim.urls, "--to", folder, "--assets", "BTC,ETH", *urls, *more]
    return await asyncio.create_subprocess_exec(
        *map(str, words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


def record_some(folder: Path) -> dict[str, Any]:
    """Some seconds of two venues with a cut; the command's counts."""

    async def live() -> dict[str, Any]:
        async with Simulator(seed=7, venues=("kraken", "coinbase"), rate=300.0) as sim:
            process = await recorded(sim, folder, "--seconds", 5)
            await wait_until(lambda: sim.exchanges["kraken"].sent >= 100, 30)
            assert sim.drop("kraken") == 1
            out, errors = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, errors.decode()
        counts: dict[str, Any] = json.loads(out.decode().splitlines()[-1])
        return counts

    return asyncio.run(live())


def test_record_replay_decode(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    counts = record_some(folder)
    assert set(counts["venues"]) == {"kraken", "coinbase"}
    assert counts["venues"]["kraken"]["reconnects"] == 1
    assert counts["venues"]["kraken"]["gaps"] >= 4
    assert counts["ticks"] > 200
    assert counts["frames"] >= counts["ticks"] * 0.9

    indices = write(tmp_path / "two.toml", INDICES)
    runs = [run("replay", folder, "--indices", indices, "--every", "1s") for _ in range(2)]
    assert [r.returncode for r in runs] == [0, 0], runs[0].stderr
    assert runs[0].stdout == runs[1].stdout
    # The cut was then, not now: nobody is to think that a replay connects to an exchange.
    warnings = [line for line in runs[0].stderr.splitlines() if "connectors." in line]
    assert any("kraken: connection ended" in line for line in warnings)
    assert all("in the recording, 20" in line for line in warnings)
    snapshots = jsonl(runs[0].stdout)
    assert len(snapshots) >= 3
    assert {s["index"] for s in snapshots} == {"TWO"}
    assert {s["origin"] for s in snapshots} == {"replay"}

    total = 0
    for file in sorted(folder.iterdir()):
        result = run("decode", file.name.split(".")[0], file)
        assert result.returncode == 0, result.stderr
        total += sum("price" in line for line in jsonl(result.stdout))
    told = one_line(run("decode", "binance", file), 2)
    assert f"{file}: line 1: this is a recording of kraken, not of binance" in told
    assert total == counts["ticks"]  # decode says every trade that the live sessions counted

    again = record_some(folder)  # a second run adds its files
    assert again["ticks"] > 0
    assert len(Recording(folder, pytest.fail).sessions) == 4


def test_killed(tmp_path: Path) -> None:
    """SIGKILL: what was received until a second before is there."""
    truth: list[tuple[str, Fill]] = []

    async def live() -> int:
        async with Simulator(seed=7, venues=("kraken",), rate=300.0, truth=truth) as sim:
            process = await recorded(sim, tmp_path / "kept")
            await wait_until(lambda: sim.exchanges["kraken"].sent >= 600, 30)
            killed = time.time_ns()
            process.kill()
            await asyncio.wait_for(process.communicate(), 30)
        return killed

    killed = asyncio.run(live())
    found: dict[str, set[int]] = {}
    begun: dict[str, int] = {}
    for _, entry in Recording(tmp_path / "kept", lambda _: None).entries():
        if entry.kind == "in":
            body = json.loads(entry.value)
            for trade in body["data"] if body.get("channel") == "trade" else ():
                if body["type"] == "update":
                    begun.setdefault(trade["symbol"], iso_ns(trade["timestamp"]))
                found.setdefault(trade["symbol"], set()).add(trade["trade_id"])
    wanted = [
        (fill.symbol, fill.id)
        for _, fill in truth
        if fill.symbol in begun and begun[fill.symbol] <= fill.ts < killed - 10**9
    ]
    assert len(wanted) > 100
    assert [w for w in wanted if w[1] not in found[w[0]]] == []


def test_what_a_user_can_get_wrong(tmp_path: Path) -> None:
    record = ["record", "kraken", "--to"]
    (tmp_path / "foreign").mkdir()
    write(tmp_path / "foreign" / "notes.txt", "mine")
    line = one_line(run(*record, tmp_path / "foreign", "--assets", "BTC"), 2)
    assert "holds notes.txt, which is no recording" in line
    (tmp_path / "prices").mkdir()
    write(tmp_path / "prices" / "a.jsonl", '{"ts":1,"asset":"BTC","price":2}\n')
    line = one_line(run(*record, tmp_path / "prices", "--assets", "BTC"), 2)
    assert "a.jsonl: the first line is no header of a recording" in line
    assert "either --assets" in one_line(run(*record, tmp_path / "new"), 2)
    line = one_line(run("record", "krakn", "--to", tmp_path / "x", "--assets", "BTC"), 2)
    assert "did you mean kraken" in line
    indices = write(tmp_path / "two.toml", INDICES)
    (tmp_path / "empty").mkdir()
    line = one_line(run("replay", tmp_path / "empty", "--indices", indices), 2)
    assert "no recording is in it" in line
    line = one_line(run(*record, tmp_path / "two.toml", "--assets", "BTC"), 1)
    assert "cannot be used" in line


def test_full_disk(tmp_path: Path) -> None:
    """A file-size limit stands for the full disk: the write fails with an error of the system."""

    async def live() -> tuple[int | None, str]:
        async with Simulator(seed=7, venues=("kraken",), rate=300.0) as sim:
            words = [*COMMAND, "record", "kraken", "--to", str(tmp_path / "kept")]
            words += ["--assets", "BTC", "--url", f"kraken={sim.urls['kraken']}", "--seconds", "20"]
            shell = 'ulimit -f 8; trap "" XFSZ; exec "$@"'
            process = await asyncio.create_subprocess_exec(
                "bash",
                "-c",
                shell,
                "bash",
                *words,
                stderr=asyncio.subprocess.PIPE,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            )
            _, errors = await asyncio.wait_for(process.communicate(), 60)
            return process.returncode, errors.decode()

    code, errors = asyncio.run(live())
    assert code == 1, errors
    assert "cannot write: File too large" in errors.splitlines()[-1]
    assert "Traceback" not in errors


def test_ends_well_on_a_signal(tmp_path: Path) -> None:
    async def live() -> tuple[int | None, bytes]:
        async with Simulator(seed=7, venues=("kraken",), rate=300.0) as sim:
            process = await recorded(sim, tmp_path / "kept")
            await wait_until(lambda: sim.exchanges["kraken"].sent >= 50, 30)
            process.send_signal(signal.SIGTERM)
            out, _ = await asyncio.wait_for(process.communicate(), 30)
        return process.returncode, out

    code, out = asyncio.run(live())
    assert code == 0
    assert json.loads(out)["ticks"] > 0
