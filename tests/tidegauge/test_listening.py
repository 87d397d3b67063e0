"""`keys`, and where `serve` listens: as a user does it; and that no secret gets into a log."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from gateway.access.keys import KeyFile
from gateway.exposition import Exposition
from tests.certificates import make_certificate
from tests.tidegauge.command import COMMAND, one_line, run
from tests.tidegauge.running import Running, write
from tidegauge.arguments import Listen
from tidegauge.errors import WrongUse
from tidegauge.listening import Listening, door_for_this_run, door_of
from tidegauge.monitoring import monitored
from tidegauge.opening import KEYS, Directory

INDICES = '[index.B]\nname = "First"\nassets = ["BTC"]\n'


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with a definition."""
    directory = tmp_path_factory.mktemp("listening")
    indices = write(directory / "i.toml", INDICES)
    assert run("define", indices, "--log", directory / "log").returncode == 0
    return directory / "log"


def test_keys_are_made_told_and_revoked(tmp_path: Path) -> None:
    log = tmp_path / "log"
    made = run("keys", "add", "bot", "--scope", "alerts", "--expires", "90d", "--log", log)
    assert (made.returncode, made.stdout.count("\n")) == (0, 1)
    token = made.stdout.strip()
    assert "key 'bot'" in made.stderr
    assert token not in made.stderr
    assert (log / "keys.jsonl").stat().st_mode & 0o777 == 0o600
    (row,) = map(json.loads, run("keys", "list", "--log", log, "--json").stdout.splitlines())
    assert (row["name"], row["scope"], row["state"], row["used"]) == (
        "bot",
        "alerts",
        "valid",
        None,
    )
    days = (time.mktime(time.strptime(row["expires"], "%Y-%m-%dT%H:%M:%SZ")) - time.time()) / 86400
    assert 88.0 < days < 92.0
    assert token.split("_", 2)[2] not in run("keys", "list", "--log", log).stdout
    assert run("keys", "revoke", row["id"], "--log", log).returncode == 0
    (row,) = map(json.loads, run("keys", "list", "--log", log, "--json").stdout.splitlines())
    assert row["state"] == "revoked"
    for words, code, said in (
        (["add", "a b", "--log", log], 1, "no name of a key"),
        (["add", "x", "--expires", "published", "--log", log], 2, "such as 90d"),
        (["add", "x", "--scope", "root", "--log", log], 2, "read"),
        (["revoke", "x", "--log", log], 1, "no key 'x'"),
        (["list", "--log", "kafka://127.0.0.1:1"], 2, "--keys FILE"),
    ):
        assert said in one_line(run("keys", *words), code)


def test_beyond_this_machine_only_with_keys_and_where_nobody_can_read_them(
    tmp_path: Path, log: Path
) -> None:
    cert, key = make_certificate(tmp_path)
    tls: dict[str, Any] = {"certificate": cert, "private_key": key}
    for host, options, said in (
        ("0.0.0.0", {}, "--behind-proxy ADDRESS"),
        ("::", {}, "--behind-proxy ADDRESS"),
        ("0.0.0.0", tls, f"keys add NAME --scope read --log {log}"),
        ("0.0.0.0", {"proxies": ["10.0.0.7"]}, f"keys add NAME --scope read --log {log}"),
        ("127.0.0.1", {"proxies": ["10.0.0.7"]}, f"keys add NAME --scope read --log {log}"),
        ("127.0.0.1", {"proxies": ["proxy"]}, "an address or a network"),
        ("127.0.0.1", {"certificate": cert}, "go together"),
        ("127.0.0.1", {"certificate": cert, "private_key": cert}, "cannot be used"),
        ("127.0.0.1", {"certificate": tmp_path / "none", "private_key": key}, "cannot be used"),
        ("127.0.0.1", {"allowed_hosts": ["a/b"]}, "a name or an address"),
        ("127.0.0.1", {"allowed_hosts": ["a:80"]}, "without a port"),
        ("127.0.0.1", {"cors_origins": ["*"]}, "one origin, such as"),
        ("127.0.0.1", {"cors_origins": ["https://a.example/path"]}, "one origin, such as"),
    ):
        with pytest.raises(WrongUse) as raised:
            door_of(Listening(host, 0, **options), Directory(log))
        assert said in raised.value.message
    assert "--behind-proxy ADDRESS" in one_line(run("serve", "--log", log, "--host", "::"), 2)
    keys = write(tmp_path / "keys", "no key\n")
    told = run("serve", "--log", log, "--keys", keys, "--port", 0)
    assert "line 1: no key" in one_line(told, 1)


def test_what_the_options_mean(tmp_path: Path) -> None:
    directory = Directory(tmp_path / "log")
    near = door_of(Listening("127.0.0.1", 0, allowed_hosts=["Tide.example", "::1"]), directory)
    assert near.access.open_reading
    assert near.access.hosts == {"localhost", "127.0.0.1", "::1", "tide.example"}
    assert not near.access.knows_host("10.0.0.7", "10.0.0.7")
    assert near.once == ""
    assert near.url(8) == "http://127.0.0.1:8/"
    own = door_of(Listening("::1", 0), directory, once=True)
    assert own.url(8) == "http://[::1]:8/"
    assert own.access.keys.find(own.once) is not None
    assert own.once not in repr(own)
    assert KEYS not in os.listdir(tmp_path)  # it is of this run
    KeyFile(directory.path / KEYS).add("bot", "read")
    proxied = door_of(Listening("0.0.0.0", 0, proxies=["172.18.0.0/16"]), directory)
    assert not proxied.access.open_reading
    assert proxied.access.trusts("172.18.3.4")
    assert not proxied.access.trusts("172.19.0.1")
    assert "0.0.0.0" not in proxied.access.hosts
    # Whoever reaches it by its address names that: no name was rebound.
    assert proxied.access.knows_host("10.0.0.7", "10.0.0.7")
    assert not proxied.access.knows_host("10.0.0.8", "10.0.0.7")


def test_who_started_it_at_a_terminal_is_told_a_key_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = Directory(tmp_path / "log")
    assert door_for_this_run(Listening("127.0.0.1", 0), directory).once == ""
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    door = door_for_this_run(Listening("127.0.0.1", 0), directory)
    assert capsys.readouterr().err.endswith(f"log in there: {door.once}\n")
    key = door.access.keys.find(door.once)
    assert key is not None
    assert (key.scope, door.access.open_reading) == ("alerts", True)
    other = door_for_this_run(Listening("127.0.0.1", 0), directory)
    assert other.access.keys.find(door.once) is None
    assert not directory.path.exists()


async def test_a_process_without_a_page_is_not_led_to_by_foreign_names() -> None:
    serving = monitored(Listen("127.0.0.1", 0), "test", lambda: {}, Exposition())
    async with serving as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        for host, status in (("localhost", 200), ("evil.example", 421), ("10.0.0.1", 421)):
            for path in ("/metrics", "/readyz", "/healthz"):
                answer = await http.get(path, headers={"Host": host})
                assert answer.status_code == status, (host, path)


def test_no_secret_gets_into_a_log(tmp_path: Path, log: Path) -> None:
    """Every secret that there is, in its place and where it does not belong."""
    cert, private = make_certificate(tmp_path)
    keys = tmp_path / "keys.jsonl"
    token = run("keys", "add", "bot", "--scope", "alerts", "--keys", keys).stdout.strip()
    other = run("keys", "add", "other", "--keys", keys).stdout.strip()
    assert run("keys", "revoke", "other", "--keys", keys).returncode == 0
    secrets = [token.split("_", 2)[2], other.split("_", 2)[2]]
    with Running("--verbose", "serve", "--log", log, "--keys", keys) as served:
        url = served.url
        with httpx.Client(base_url=url, timeout=20.0) as http:
            for shown in (token, other):
                headers = {"Authorization": f"Bearer {shown}"}
                http.get("/v1/indices", headers=headers)
                http.get(f"/v1/indices/{shown}?key={shown}")
                http.get("/v1/indices", headers={"Authorization": shown, "Origin": shown})
                http.post("/v1/what-if", json={"index": shown}, headers=headers)
                http.post("/v1/session", content=shown.encode())
                answer = http.post("/v1/session", json={"key": shown})
                secrets += [v for n, v in answer.cookies.items()]
                http.get("/v1/indices", headers={"Host": shown})
            assert len(secrets) == 3
        address = url.replace("http", "ws")
        bearer = {"Authorization": f"Bearer {token}"}
        with connect(f"{address}/v1/stream?view=rows", additional_headers=bearer) as stream:
            stream.send(token)
            stream.recv()
        port = int(url.rsplit(":", 1)[1])
        for head in (
            f"GET / HTTP/1.1\r\nAuthorization : Bearer {token}\r\n\r\n",
            f"{token}\r\n\r\n",
            f"GET /v1/stream?key={token} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", port)) as raw:
                raw.sendall(head.encode())
                raw.settimeout(20.0)
                assert b" 4" in raw.recv(65536)
        served.end()
    said = "\n".join(served.output) + served.errors
    assert "refused" in said  # it is told that, and not with what
    for secret in secrets:
        assert secret not in said
    used = json.loads(run("keys", "list", "--keys", keys, "--json").stdout.splitlines()[0])["used"]
    assert used is not None  # kept when the gateway ends

    password = "hunter2-of-the-broker"
    environment = {
        **os.environ,
        "TIDEGAUGE_KAFKA_USER": "me",
        "TIDEGAUGE_KAFKA_PASSWORD": password,
        "TIDEGAUGE_KAFKA_KEY_PASSWORD": password,
        "TIDEGAUGE_KAFKA_CERTIFICATE": str(cert),
        "TIDEGAUGE_KAFKA_KEY": str(private),
    }
    for address, code in (
        ("kafka://127.0.0.1:1", 2),
        ("kafkas://127.0.0.1:1", 1),
        (f"kafka://me:{password}@127.0.0.1:1", 2),
    ):
        words = [*COMMAND, "--verbose", "tap", address, "prices"]
        told = run(*words[1:], env=environment)
        assert told.returncode == code, told.stderr
        assert password not in told.stdout + told.stderr
    routes = write(
        tmp_path / "routes.toml",
        f'[[route]]\nname = "a"\nwebhook = "http://127.0.0.1:1/{password}"\n'
        'secret_env = "HOOK"\n[[route]]\nname = "b"\n'
        f'apprise = "json://user:{password}@127.0.0.1:1"\n',
    )
    words = ["--verbose", "notify", "--log", str(log), "--routes", str(routes), "--seconds", "1"]
    told = run(*words, env={**os.environ, "HOOK": password})
    assert password not in told.stdout + told.stderr
