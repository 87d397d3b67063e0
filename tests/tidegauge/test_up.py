"""`up` as a process, on exchanges played on loopback."""

from __future__ import annotations

import csv
import gzip
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from connectors.simulator import Playback, Simulator
from tests.shared import shared
from tests.tidegauge.command import run
from tests.tidegauge.log_checks import check_log
from tests.tidegauge.running import Running, jsonl, write

INDICES = """
[index.B]
assets = ["BTC"]
return_interval = "1s"
[index.E]
assets = ["ETH"]
benchmarks = ["BTC"]
return_interval = "1s"
"""

# file of frames -> venue, the recorder's source
RECORDED = {
    "binance_spot": ("binance", "fb-binance"),
    "coinbase_exchange": ("coinbase", "fb-coinbase"),
    "kraken_v2": ("kraken", "fb-kraken"),
}


def recorded_frames(name: str, source: str) -> list[str]:
    """The frames of one capture, in order."""
    frames = shared(f"frames/frames_{name}.jsonl").read_text().splitlines()
    meta = shared("frames") / f"frames_{name}.meta.tsv"
    packed = meta.with_name(meta.name + ".gz")
    text = gzip.decompress(packed.read_bytes()).decode() if packed.exists() else meta.read_text()
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    return [f for f, row in zip(frames, rows, strict=True) if row["src"] == source]


def trades(venue: str, frames: list[str]) -> list[tuple[str, str, float]]:
    """(symbol, id, price) of the live trades of BTC and ETH, read off the raw frames."""
    found = []
    for frame in map(json.loads, frames):
        if venue == "binance" and frame.get("data", {}).get("e") == "trade":
            rows = [(frame["data"]["s"], frame["data"]["t"], frame["data"]["p"])]
        elif venue == "coinbase" and frame.get("type") == "match":
            rows = [(frame["product_id"], frame["trade_id"], frame["price"])]
        elif venue == "kraken" and (frame.get("channel"), frame.get("type")) == ("trade", "update"):
            rows = [(t["symbol"], t["trade_id"], t["price"]) for t in frame["data"]]
        else:
            rows = []
        found += [(s, str(i), float(p)) for s, i, p in rows if s.startswith(("BTC", "ETH"))]
    return found


async def test_recorded_frames_drive_indices_end_to_end(tmp_path: Path) -> None:
    log, indices = tmp_path / "log", write(tmp_path / "indices.toml", INDICES)
    expected: dict[str, list[tuple[str, str, float]]] = {}
    urls: list[str] = []
    async with AsyncExitStack() as stack:
        for name, (venue, source) in RECORDED.items():
            frames = recorded_frames(name, source)
            expected[venue] = trades(venue, frames)
            played = await stack.enter_async_context(Playback(frames))
            urls += ["--url", f"{venue}={played.url}"]
        total = sum(map(len, expected.values()))
        assert all(expected.values())
        counts = await in_thread(follow_recorded, log, indices, urls, total)
    assert counts["ticks"] == total
    assert counts["snapshots"] >= 2
    ticks = [(r, t) for r in tap(log, "ticks") if r["type"] == "ticks" for t in rows(r["value"])]
    for venue, wanted in expected.items():
        assert [t[1:] for _, t in ticks if t[0] == venue] == wanted
    prices = [r["value"] for r in tap(log, "prices") if r["type"] == "prices"]
    last = {a: p for v in prices for a, p in zip(v["asset"], v["price"], strict=True)}
    first: dict[str, float] = {}
    for value in prices:
        for asset, price in zip(value["asset"], value["price"], strict=True):
            first.setdefault(asset, price)
    for index, asset in (("B", "BTC"), ("E", "ETH")):
        snapshot = [r["value"] for r in tap(log, "snapshots") if r["key"] == index][-1]
        assert snapshot["status"] == "live"
        level = 1000.0 * last[asset] / first[asset]
        assert snapshot["level"] == pytest.approx(level, rel=1e-12)
        assert snapshot["quality"]["sources"][asset]
    check_log(log)


def follow_recorded(log: Path, indices: Path, urls: list[str], total: int) -> dict[str, Any]:
    """Run `up` until every recorded trade has come through and been published."""
    venues = ",".join(venue for venue, _ in RECORDED.values())
    with Running("up", "--venues", venues, "--indices", indices, "--log", log, *urls) as up:
        up.until("/readyz", lambda found: found.get("ticks", 0) >= total)
        up.until("/v1/indices", lambda found: all(i["status"] == "live" for i in listed(found)))
        ready = up.get("/readyz")
        # A snapshot as of after the last trade.
        up.until("/v1/indices", lambda f: all(i["as_of"] > ready["now"] for i in listed(f)))
        return up.stop()


async def test_one_venue_alone_goes_live_on_an_assumed_peg(tmp_path: Path) -> None:
    log, indices = tmp_path / "log", write(tmp_path / "indices.toml", INDICES)
    async with Simulator(seed=3, venues=("binance",), rate=100) as exchanges:
        url = f"binance={exchanges.urls['binance']}"

        def follow() -> Any:
            args = ("up", "--venues", "binance", "--indices", indices, "--log", log, "--url", url)
            with Running(*args) as up:
                up.until("/v1/indices", lambda f: all(i["status"] == "live" for i in listed(f)))
                found = up.get("/v1/indices/B")
                assert up.get("/healthz")
                up.stop()
                return found

        found = await in_thread(follow)
    snapshot = found.get("snapshot", found)
    assert "assumed_peg" in snapshot["quality"]["flags"]
    assert snapshot["quality"]["sources"] == {"BTC": ["binance:BTCUSDT"]}
    check_log(log)


def tap(log: Path, topic: str) -> list[dict[str, Any]]:
    """All records of a topic."""
    result = run("tap", log, topic)
    assert result.returncode == 0, result.stderr
    return jsonl(result.stdout)


def rows(frame: dict[str, Any]) -> list[tuple[str, str, str, float]]:
    """(venue, symbol, id, price) of every tick of a frame."""
    places = [frame["instruments"][i] for i in frame["instrument"]]
    columns = zip(places, frame["id"], frame["price"], strict=True)
    return [(place[0], place[1], id, price) for place, id, price in columns]


def listed(found: Any) -> list[dict[str, Any]]:
    """The rows of /v1/indices."""
    return found["indices"] if isinstance(found, dict) else found


async def in_thread(function: Any, *args: Any) -> Any:
    """Run what blocks beside the simulated exchanges' event loop."""
    import asyncio

    return await asyncio.to_thread(function, *args)
