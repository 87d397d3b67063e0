"""Real receivers on loopback: webhooks that fail in every way, a mail server, an Alertmanager."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from aiohttp import web

from engine.types import SECOND
from notify import line as lines
from notify import service as notifiers
from notify.channels import base
from notify.channels.alertmanager import Alertmanager
from notify.channels.apprise import Apprise
from notify.channels.base import Channel
from notify.channels.webhook import SIGNATURE, Webhook, is_signed
from notify.routes import Route, RouteFile
from notify.service import Service
from notify.wording import Wording
from streams.log import Log as AnyLog
from streams.sqlite.file import SqliteLog
from streams.sqlite.log import DirectoryLog
from tests.notify.receivers import Hook, Mail
from tests.notify.world import Log, alert, webhook
from tests.waiting import wait_until


@asynccontextmanager
async def at_work(log: AnyLog, route: Route, channel: Channel) -> AsyncIterator[Service]:
    """A notifier of one route in real time."""
    chance = random.Random(2).random
    stop = asyncio.Event()
    service = Service(log, RouteFile((route,)), {route.name: channel}, chance=chance)
    task = asyncio.create_task(service.run(stop))
    try:
        yield service
    finally:
        stop.set()
        await task


async def ring(log: Log, n: int, state: str, **more: Any) -> str:
    """An alert of now."""
    body = await log.ring(n, state, **more)
    return str(body["id"])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "FIRST_PAUSE", SECOND // 20)
    monkeypatch.setattr(lines, "LONGEST_PAUSE", SECOND // 5)
    monkeypatch.setattr(base, "TIMEOUT", 1.0)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    import tests.notify.world as world

    monkeypatch.setattr(world, "clock", time.time_ns)
    return Log(random.Random(1))


async def test_a_webhook_is_signed_and_has_a_key(log: Log) -> None:
    async with Hook() as hook, at_work(log, webhook("a"), Webhook(hook.url, "s3cret")):
        key = await ring(log, 1, "firing", because={"status": "live"})
        await wait_until(lambda: hook.taken)
    ((headers, body),) = hook.requests
    assert headers["Idempotency-Key"] == key
    now = int(time.time())
    assert is_signed(body, headers[SIGNATURE], "s3cret", now)
    assert not is_signed(body + b" ", headers[SIGNATURE], "s3cret", now)
    assert not is_signed(body, headers[SIGNATURE], "other", now)
    assert not is_signed(body, headers[SIGNATURE], "s3cret", now + 301)
    said = orjson.loads(body)
    assert said["alerts"] == log.order
    assert (said["reason"], said["retry"], said["tries"]) == ("alert", False, 0)
    assert said["title"] == "WARNING IX1: drawdown>=0.20 firing"
    assert b"s3cret" not in body


@pytest.mark.usefixtures("quick")
async def test_a_webhook_that_fails_in_every_way_gets_each_alert_once(log: Log) -> None:
    hook = Hook(random.Random(4), faults=0.5)
    async with hook, at_work(log, webhook("a"), Webhook(hook.url, None)) as service:
        due = {await ring(log, n, "firing") for n in range(30)}
        due |= {await ring(log, n, "resolved") for n in range(0, 30, 2)}
        await wait_until(lambda: due <= hook.taken.keys(), 60)
        await wait_until(lambda: service.figures()["tidegauge_notify_sent_total"] == 45, 60)
    assert hook.problems(due) == []
    assert len(hook.fates) == 6, hook.fates


@pytest.mark.usefixtures("quick")
async def test_a_log_that_cannot_be_read_for_a_moment_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifiers, "AGAIN_SECONDS", 0.01)
    real, left = SqliteLog.read, [0, 1, 1]

    def read(self: SqliteLog, *args: Any) -> Any:
        if args[0] == "alerts" and left and left.pop():
            raise sqlite3.OperationalError("database is locked")
        return real(self, *args)

    monkeypatch.setattr(SqliteLog, "read", read)
    with SqliteLog(tmp_path / "log", role=None) as file:
        async with Hook() as hook, at_work(DirectoryLog(file), webhook("a"), Webhook(hook.url, "")):
            body = alert(1, "firing", 1, time.time_ns())
            known = orjson.dumps(body), "shard:0", 1, time.time_ns()
            file.append("alerts", 0, "IX1", "alert", *known)
            await wait_until(lambda: hook.taken, 30)
    assert hook.taken.keys() == {body["id"]}
    assert left == []


@pytest.mark.usefixtures("quick")
async def test_a_fault_of_a_channel_costs_no_alert(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = Webhook.send, [KeyError("a"), ValueError("b")]

    async def send(self: Webhook, letter: Any) -> Any:
        if left:
            raise left.pop()
        return await real(self, letter)

    monkeypatch.setattr(Webhook, "send", send)
    async with Hook() as hook, at_work(log, webhook("a"), Webhook(hook.url, None)):
        key = await ring(log, 1, "firing")
        await wait_until(lambda: hook.taken)
    ((headers, _),) = hook.requests
    assert (headers["Idempotency-Key"], headers["X-Tidegauge-Retry"]) == (key, "2")


async def test_an_answer_that_quotes_the_address_is_kept_without_it(log: Log) -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=404, text=f"no hook {request.path_qs}")

    app = web.Application()
    app.router.add_post("/t0k3n", refuse)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/t0k3n?key=s3cret"
    async with at_work(log, webhook("a"), Webhook(url, None)) as service:
        await ring(log, 1, "firing")
        await wait_until(lambda: service.figures()["tidegauge_notify_failed_total"])
    await runner.cleanup()
    (note,) = [note for key, note in log.notes().items() if key.endswith(":firing")]
    assert note["routes"]["a"]["answer"] == "404: no hook …?…"


async def test_an_alert_that_no_template_fits_is_told_in_our_words(log: Log) -> None:
    words = Wording(text="{level:.2f}")
    async with Hook() as hook:
        route = webhook("a", template=words)
        async with at_work(log, route, Webhook(hook.url, None)) as service:
            await ring(log, 1, "firing", level=None, because={"level": "high"})
            await ring(log, 2, "firing")
            await wait_until(lambda: len(hook.taken) == 2)
        assert service.figures()["tidegauge_notify_failed_total"] == 0
    ours, fitting = [said["text"] for said in hook.taken.values()]
    assert ours.startswith("IX1 ")
    assert fitting == "900.00"


@pytest.mark.usefixtures("quick")
async def test_a_server_that_is_not_there_yet(log: Log, free_port: int) -> None:
    url = f"http://127.0.0.1:{free_port}/hook"
    async with at_work(log, webhook("a"), Webhook(url, None)) as service:
        await ring(log, 1, "firing")
        await wait_until(service.reasons)
        (reason,) = service.reasons()
    assert reason.startswith("route a: 1 alerts wait, last answer: no connection: ")


async def test_mail_through_apprise(log: Log) -> None:
    async with Mail() as mail:
        mail.refuse = 1
        url = f"mailto://127.0.0.1:{mail.port}?from=tide@example.com&to=ada@example.com&format=text"
        async with at_work(log, webhook("a"), Apprise(url)) as service:
            await ring(log, 1, "firing")
            await wait_until(lambda: service.figures()["tidegauge_notify_sent_total"], 30)
            await ring(log, 1, "resolved")
            await wait_until(lambda: service.figures()["tidegauge_notify_sent_total"] == 2, 30)
    first, second = mail.mails
    assert first["subject"] == "WARNING IX1: drawdown>=0.20 firing"
    text = first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "IX1 is 10.0 % below its peak of 1000.00, at 900.00" in text
    assert "Sent again: whether it arrived before is not known." in text
    assert second["subject"] == "WARNING IX1: drawdown>=0.20 resolved"
    assert "Sent again" not in second.get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.fixture
def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def alertmanager(tmp_path: Path, free_port: int) -> Any:
    """Debian's own, without others of its kind."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must test on a real Alertmanager", pytrace=False)
        pytest.skip("needs an Alertmanager: apt-get install prometheus-alertmanager")
    config = tmp_path / "alertmanager.yml"
    config.write_text("route:\n  receiver: none\nreceivers:\n- name: none\n")
    process = subprocess.Popen(
        [
            program,
            f"--config.file={config}",
            f"--storage.path={tmp_path}",
            f"--web.listen-address=127.0.0.1:{free_port}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{free_port}"
        deadline = time.monotonic() + 30
        while True:
            try:
                if httpx.get(f"{url}/-/ready").status_code == 200:
                    break
            except httpx.TransportError:
                assert time.monotonic() < deadline, "it does not start"
            time.sleep(0.1)
        yield url
    finally:
        process.kill()
        process.wait()


async def test_alertmanager(log: Log, alertmanager: str) -> None:
    route = webhook("a")._replace(channel="alertmanager")

    def alerts() -> list[Any]:
        found: list[Any] = httpx.get(f"{alertmanager}/api/v2/alerts").json()
        return sorted(found, key=lambda each: str(each["labels"]["index"]))

    channel = Alertmanager(alertmanager)
    async with at_work(log, route, channel) as service:
        await ring(log, 1, "firing")
        await ring(log, 2, "firing")
        await wait_until(lambda: len(alerts()) == 2)
        assert service.notifier is not None
        told = [t.alert for t in service.notifier.lines["a"].told.values()]
        await channel.refresh(told, "", time.time_ns())
        one, two = alerts()
        assert one["labels"] == {
            "alertname": "drawdown",
            "episode": f"{1:032x}",
            "index": "IX1",
            "kind": "drawdown",
            "rule": "drawdown>=0.20",
            "severity": "warning",
        }
        assert one["annotations"]["summary"].startswith("IX1 is 10.0 % below its peak")
        assert one["startsAt"][:19] == two["startsAt"][:19] or one["startsAt"] < two["startsAt"]
        assert one["endsAt"] > one["startsAt"]
        await ring(log, 1, "resolved")
        await wait_until(lambda: [a["labels"]["index"] for a in alerts()] == ["IX2"])
