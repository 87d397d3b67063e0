"""Everything at once on a gateway as users start it: it lives, serves others, and grows little."""

from __future__ import annotations

import asyncio
import os
import struct
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.tidegauge.command import run
from tests.tidegauge.running import Running, write

SECONDS = 5.0
UPGRADE = (
    b"GET /v1/stream?view=levels HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
PINGS = (bytes((0x89, 0x80 | 100)) + b"\0\0\0\0" + b"x" * 100) * 200


def resident(pid: int) -> int:
    """Bytes of a process that are in memory."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


async def attack(port: int, source: str, sent: list[bytes], pause: float) -> None:
    """Connect, say this again and again, read nothing; and from the start once that is cut off."""
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
            try:
                for part in sent:
                    writer.write(part)
                while True:
                    await asyncio.sleep(pause)
                    writer.write(sent[-1])
                    await writer.drain()
            finally:
                writer.transport.abort()
        await asyncio.sleep(pause)


POST = b"POST /v1/what-if HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n"
ATTACKS = [
    (60, [b""], 1.0),  # says nothing
    (60, [b"GET / HTTP/1.1\r\n", b"X: y\r\n"], 0.5),
    (20, [POST, b" "], 0.5),
    (20, [b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000], 0.2),
    (20, [b"GET /v1/indices HTTP/1.1\r\nHost: evil.example\r\n\r\n" * 20], 0.2),
    (20, [b"GET /v1/indices HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20], 0.2),
    (20, [struct.pack("!BHH", 22, 769, 512) * 50], 0.2),
    (20, [UPGRADE, PINGS], 0.2),
    (20, [UPGRADE, b"\x81\x82\0\0\0\0{}" * 200], 0.2),
]  # fmt: skip


async def flooded(url: str, pid: int) -> tuple[list[float], int]:
    """How long a healthy client waited for its answers meanwhile (s), and what memory grew by."""
    port = int(url.rsplit(":", 1)[1])
    waited = []
    async with httpx.AsyncClient(base_url=url, timeout=20.0, trust_env=False) as http:
        await http.get("/v1/indices")
        before = resident(pid)
        attackers = [
            asyncio.create_task(attack(port, f"127.0.{kind + 1}.{n + 1}", sent, pause))
            for kind, (many, sent, pause) in enumerate(ATTACKS)
            for n in range(many)
        ]
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            began = time.monotonic()
            answer = await http.get("/v1/indices")
            assert answer.status_code == 200
            waited.append(time.monotonic() - began)
            await asyncio.sleep(0.1)
        grown = resident(pid) - before
        figures = (await http.get("/metrics")).text
        for task in attackers:
            task.cancel()
        await asyncio.gather(*attackers, return_exceptions=True)
    for kind in ("request", "frames", "unknown-host"):
        assert f'tidegauge_gateway_refused_total{{kind="{kind}"}}' in figures
    return waited, grown


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_everything_at_once(tmp_path: Path) -> None:
    indices = write(tmp_path / "i.toml", '[index.B]\nassets = ["BTC"]\n')
    assert run("define", indices, "--log", tmp_path / "log").returncode == 0
    with Running("serve", "--log", tmp_path / "log") as served:
        waited, grown = asyncio.run(flooded(served.url, served.process.pid))
        assert served.get("/healthz") == {"alive": True}
        served.end()
    assert len(waited) >= 5
    assert sorted(waited)[len(waited) // 2] < 2.0, waited  # two cores, all of them attacked
    assert grown < 100 * 2**20, f"{grown >> 20} MB"
    assert len(served.errors.splitlines()) < 200  # it is told, and floods no log
    assert "Traceback" not in served.errors
