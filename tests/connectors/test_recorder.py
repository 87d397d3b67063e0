"""Recording real sessions on real sockets, and playing back what they heard."""

import asyncio
import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from connectors.feed.connect import Connect, VenueSessions
from connectors.feed.decode import decode
from connectors.feed.health import StallRule
from connectors.feed.player import Player
from connectors.feed.recorder import Recorder
from connectors.feed.recording import Recording, RecordingError
from connectors.feed.transport import SYSTEM_CLOCK, Clock
from connectors.simulator.faults import Fault, strike
from connectors.simulator.playback import Playback, RecordedVenue, recorded_connections
from connectors.simulator.server import Simulator
from connectors.venues.base import Venue
from engine.records import Gap, Instrument, Tick
from tests.waiting import wait_until

Heard = list[tuple[int, list[Tick | Gap]]]
QUICK = StallRule(check=0.05)


class Rig:
    """Sessions that are recorded into a folder, and what they told their sink."""

    def __init__(self, folder: Path, venues: Sequence[str], urls: dict[str, str]) -> None:
        self.heard: Heard = []
        self.recorder = Recorder(folder)
        self.sessions = VenueSessions(
            venues,
            ["BTC", "ETH"],
            lambda at, events: self.heard.append((at, events)),
            urls,
            stall=QUICK,
            transport=self._transport,
        )

    def _transport(
        self, name: str, place: Venue, url: str, asked: Sequence[Instrument]
    ) -> tuple[Clock, Connect]:
        kept = self.recorder.session(name, place, url, asked, stall=QUICK)
        return kept.clock, kept.connect

    async def __aenter__(self) -> "Rig":
        self.tasks = [
            asyncio.create_task(self.sessions.run()),
            asyncio.create_task(self.recorder.run()),
        ]
        return self

    async def __aexit__(self, *error: object) -> None:
        self.sessions.stop()
        await self.tasks[0]
        self.tasks[1].cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.recorder.close()

    def gaps(self, reason: str) -> int:
        return sum(isinstance(e, Gap) and e.reason == reason for _, es in self.heard for e in es)


def no_complaint(text: str) -> None:
    raise AssertionError(text)


def played(folder: Path) -> Heard:
    heard: Heard = []
    player = Player(
        Recording(folder, no_complaint), lambda at, events: heard.append((at, list(events)))
    )
    for _ in player.play():
        pass
    return heard


def lines(folder: Path) -> list[dict[str, object]]:
    return [
        json.loads(x) for f in sorted(folder.glob("*.jsonl")) for x in f.read_text().splitlines()
    ]


def test_playback_tells_what_the_live_sessions_told(tmp_path: Path) -> None:
    """With a cut, a refused attempt, and a stall, found by looking at the clock."""

    async def live() -> Rig:
        async with (
            Simulator(seed=3, venues=("kraken", "coinbase"), rate=400.0) as sim,
            Rig(tmp_path, ("kraken", "coinbase"), sim.urls) as rig,
        ):
            await wait_until(lambda: len(rig.heard) > 300)
            sim.exchanges["kraken"].refusing = 1
            assert sim.drop("kraken") == 1
            await wait_until(lambda: rig.sessions.stats[0].reconnects == 1)
            assert rig.sessions.stats[0].failed_attempts == 1
            before = len(rig.heard)
            await wait_until(lambda: len(rig.heard) > before + 600)
            sim.mute("coinbase", "BTC-USD")
            await wait_until(lambda: rig.gaps("stall") > 0)
            sim.mute("coinbase", "BTC-USD", muted=False)
            await wait_until(lambda: rig.sessions.stats[1].reconnects >= 1)
            after = len(rig.heard)
            await wait_until(lambda: len(rig.heard) > after + 300)
        return rig

    rig = asyncio.run(live())
    assert rig.gaps("session") >= 6  # two symbols of each venue, and both of the one that was cut
    assert rig.gaps("stall") >= 1
    assert rig.sessions.stats[1].overlapped > 0  # the other symbol was handed over
    heard = played(tmp_path)
    assert heard == rig.heard  # every event, in order over both venues, with its receive time
    assert played(tmp_path) == heard
    sent = [line for line in lines(tmp_path) if "out" in line]
    assert any('"subscribe"' in str(line["out"]) for line in sent)


def test_a_hand_over_is_recorded_with_both_connections(tmp_path: Path) -> None:
    """OKX says that it will cut; its parser finds missing ids, so each needs its own connection."""

    async def live() -> Rig:
        async with (
            Simulator(seed=7, venues=("okx",), assets=("BTC", "ETH"), rate=300.0) as sim,
            Rig(tmp_path, ("okx",), sim.urls) as rig,
        ):
            [stats] = rig.sessions.stats
            await wait_until(lambda: stats.ticks > 100)
            strike(sim.exchanges["okx"], Fault("cut_24h_notice", "BTC-USDT", 0.0, "seed"))
            await wait_until(lambda: stats.reconnects == 1)
            await wait_until(lambda: sim.connections("okx") == 1)
            before = stats.ticks
            await wait_until(lambda: stats.ticks > before + 300)
            assert stats.overlapped > 0
        return rig

    rig = asyncio.run(live())
    assert [e.reason for _, es in rig.heard for e in es if isinstance(e, Gap)] == ["session"] * 2
    assert played(tmp_path) == rig.heard
    first, second = recorded_connections(tmp_path, "okx", no_complaint)
    assert second[0].at < first[-1].at, "they overlap"
    assert (first[-1].kind, {e.connection for e in first[1:]}) == ("end", {1})
    (file,) = tmp_path.glob("*.jsonl")
    decoded = [e for _, e in decode("okx", file.read_bytes().splitlines())]
    assert all(isinstance(e, Tick) for e in decoded), "neither a Gap nor Malformed"
    told = [e for _, es in rig.heard for e in es if isinstance(e, Tick)]
    assert {e for e in decoded if isinstance(e, Tick)} == set(told)
    assert len(decoded) > len(told) == len(set(told))


def htx_frames(count: int) -> list[bytes]:
    found = []
    for k in range(count):
        trade = {
            "id": 10**20 + k,
            "ts": 1_800_000_000_000 + k,
            "tradeId": 100 + k,
            "amount": 0.5,
            "price": 100.0 + k,
            "direction": "buy",
        }
        ts = 1_800_000_000_000 + k
        tick = {"id": k, "ts": ts, "data": [trade]}
        body = {"ch": "market.btcusdt.trade.detail", "ts": ts, "tick": tick}
        found.append(gzip.compress(json.dumps(body).encode(), mtime=0))
    return found


def test_binary_frames(tmp_path: Path) -> None:
    frames = htx_frames(50)

    async def live() -> Rig:
        async with (
            Playback(frames) as venue,
            Rig(tmp_path, ("htx",), {"htx": venue.url}) as rig,
        ):
            await wait_until(lambda: rig.sessions.stats[0].ticks == 50)
        return rig

    rig = asyncio.run(live())
    prices = [e.price for _, es in rig.heard for e in es if isinstance(e, Tick)]
    assert prices == [100.0 + k for k in range(50)]
    assert played(tmp_path) == rig.heard
    (file,) = tmp_path.glob("*.jsonl")
    ticks = [e for _, e in decode("htx", file.read_bytes().splitlines()) if isinstance(e, Tick)]
    assert [t.price for t in ticks] == prices
    with pytest.raises(RecordingError, match="a recording of htx, not of kraken"):
        list(decode("kraken", file.read_bytes().splitlines()))
    kept = recorded_connections(tmp_path, "htx", no_complaint)
    assert [e.value for e in kept[0] if e.kind == "in"] == frames


def test_a_recording_is_served_and_recorded_again(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()

    async def live() -> tuple[Rig, Rig]:
        async with (
            Simulator(seed=5, venues=("kraken",), rate=400.0) as sim,
            Rig(first, ("kraken",), sim.urls) as one,
        ):
            await wait_until(lambda: one.sessions.stats[0].ticks > 100)
            sim.drop("kraken")
            await wait_until(lambda: one.sessions.stats[0].reconnects == 1)
            begun = one.sessions.stats[0].ticks
            await wait_until(lambda: one.sessions.stats[0].ticks > begun + 100)
        kept = recorded_connections(first, "kraken", no_complaint)
        assert len(kept) == 2
        async with (
            RecordedVenue(kept, speed=20.0) as venue,
            Rig(second, ("kraken",), {"kraken": venue.url}) as two,
        ):
            await wait_until(lambda: venue.played == 2)
            await wait_until(lambda: two.sessions.stats[0].ticks >= one.sessions.stats[0].ticks)
        return one, two

    one, two = asyncio.run(live())
    assert [es for _, es in one.heard] == [es for _, es in two.heard]


def test_torn_last_line(tmp_path: Path) -> None:
    test_binary_frames(tmp_path)
    (file,) = tmp_path.glob("*.jsonl")
    whole = played(tmp_path)
    data = file.read_bytes()
    # Cut within the last frame: all before it is played.
    place = data.rindex(b'"in"')
    file.write_bytes(data[: place + 20])
    told: list[str] = []
    recording = Recording(tmp_path, told.append)
    heard: Heard = []
    for _ in Player(recording, lambda at, events: heard.append((at, list(events)))).play():
        pass
    assert heard == whole[:-1]
    assert recording.torn == 1
    number = data[:place].count(b"\n") + 1
    assert told == [f"{file}:{number}: the line is torn or no entry of a recording; skipped"]


def test_full_parts_are_compressed_and_read_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.feed.recorder.PART_BYTES", 20_000)

    async def live() -> Rig:
        async with (
            Simulator(seed=3, venues=("kraken",), rate=900.0) as sim,
            Rig(tmp_path, ("kraken",), sim.urls) as rig,
        ):
            await wait_until(lambda: len(list(tmp_path.glob("*.gz"))) >= 2)
        return rig

    rig = asyncio.run(live())
    assert len(list(tmp_path.glob("*.jsonl"))) == 1
    assert played(tmp_path) == rig.heard
    digest = Recording(tmp_path, no_complaint).digest()
    for file in tmp_path.glob("*.gz"):
        file.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
    assert Recording(tmp_path, no_complaint).digest() == digest  # there plain, too: counted once
    assert played(tmp_path) == rig.heard


def test_time_never_goes_back(tmp_path: Path) -> None:
    times = iter([100, 200, 150, 150, 300])
    recorder = Recorder(tmp_path, SYSTEM_CLOCK._replace(now_ns=lambda: next(times)))
    assert [recorder.stamp() for _ in range(4)] == [200, 201, 202, 300]


def test_what_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no recording is in it"):
        Recording(tmp_path, no_complaint)
    file = tmp_path / "x.jsonl"
    file.write_text('{"ts":1,"asset":"BTC","price":2}\n')
    with pytest.raises(RecordingError, match=r"x\.jsonl: the first line is no header"):
        Recording(tmp_path, no_complaint)
    file.write_bytes(orjson.dumps({"tidegauge_recording": 9}) + b"\n")
    with pytest.raises(RecordingError, match="format 9 is not 1"):
        Recording(tmp_path, no_complaint)
