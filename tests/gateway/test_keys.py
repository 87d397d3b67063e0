"""Keys at rest, and in the hands of others: stolen, expired, revoked, guessed, misplaced."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import multiprocessing
import os
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gateway.access import keys as keys_module
from gateway.access.keys import BadKeys, KeyFile, KeyRing, digest_of, new_key
from gateway.access.names import IPNetwork
from gateway.access.policy import Access
from gateway.access.rates import MOST_CALLERS, Rates, caller_of
from tests.gateway.attacks import DEADLINE, SOON, attacked, state
from tests.gateway.serving import served

DAY = 86_400 * 10**9


def test_only_a_hash_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "log" / "keys.jsonl", clock=lambda: 5)
    key, token = file.add("bot", "alerts", DAY)
    secret = token.split("_", 2)[2]
    assert len(secret) == 43  # 256 bits in base64
    told = json.loads(file.path.read_text())
    assert told == {
        **{"id": key.id, "name": "bot", "scope": "alerts", "sha256": digest_of(token)},
        **{"made": 5, "expires": 5 + DAY, "revoked": None},
    }
    for found in (tmp_path / "log").iterdir():
        assert secret not in found.read_text()
        assert found.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o700
    assert file.read() == [key]
    with pytest.raises(BadKeys, match="a key 'bot' already"):
        file.add("bot", "read")
    ended = file.revoke("bot")
    assert (ended.id, ended.revoked) == (key.id, 5)
    with pytest.raises(BadKeys, match="no key 'bot' is there"):
        file.revoke("bot")
    assert file.add("bot", "read")[0].id != key.id  # the name is free again
    for wrong in ("", "a b", "-x", "x" * 61, "a\n", "../x"):
        with pytest.raises(BadKeys, match="no name of a key"):
            file.add(wrong, "read")
    assert len(file.read()) == 2


def test_a_key_that_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.jsonl")
    kept = file.add("bot", "read", keys_module.LONGEST)[0]
    for lasts in (100_000 * DAY, keys_module.LONGEST + 1, 0):
        with pytest.raises(BadKeys, match="at most 3660 days"):
            file.add("long", "read", lasts)
    late = KeyFile(file.path, clock=lambda: 2**63 - 1)
    with pytest.raises(BadKeys, match="left as it was"):
        late.add("late", "read", DAY)
    assert file.read() == [kept]


def test_the_valid_key_of_a_name_is_the_one_that_ends(tmp_path: Path) -> None:
    now = [0]
    file = KeyFile(tmp_path / "keys.jsonl", clock=lambda: now[0])
    old, _ = file.add("bot", "read", DAY)
    now[0] = 2 * DAY
    new, _ = file.add("bot", "admin")
    assert file.revoke("bot").id == new.id
    assert [key.state(now[0]) for key in file.read()] == ["expired", "revoked"]
    assert file.revoke(old.id).id == old.id
    with pytest.raises(BadKeys, match="reads like the id of a key"):
        file.add(new.id, "read")


def _add_ten(path: Path, who: int) -> None:
    for n in range(10):
        KeyFile(path).add(f"key-{who}-{n}", "read")


def test_two_who_make_keys_at_once_lose_none(tmp_path: Path) -> None:
    path = tmp_path / "keys.jsonl"
    makers = [
        multiprocessing.get_context("fork").Process(target=_add_ten, args=(path, who))
        for who in range(4)
    ]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join(DEADLINE)
    assert {key.name for key in KeyFile(path).read()} == {
        f"key-{who}-{n}" for who in range(4) for n in range(10)
    }


def test_a_file_that_cannot_be_trusted_lets_nobody_in(tmp_path: Path) -> None:
    now = [0.0]
    file = KeyFile(tmp_path / "keys.jsonl")
    ring = KeyRing(file, monotonic=lambda: now[0])
    _, token = file.add("bot", "read")
    whole = file.path.read_text()
    assert ring.find(token) is not None
    for broken, said in (
        ("{", "line 1: no key"),
        (whole.replace('"read"', '"root"'), "line 1: no key"),
        (whole + "\nx\n", "line 3: no key"),
    ):
        file.path.write_text(broken)
        now[0] += 1.0
        assert ring.find(token) is None
        assert said in ring.wrong
    file.path.write_text(whole)
    file.path.chmod(0o666)
    now[0] += 1.0
    assert ring.find(token) is None
    assert "chmod 600" in ring.wrong
    file.path.chmod(0o600)
    now[0] += 1.0
    assert ring.find(token) is not None
    assert ring.wrong == ""
    file.path.unlink()
    now[0] += 1.0
    assert ring.find(token) is None


def test_a_key_is_known_by_all_of_its_token_and_compared_in_constant_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key, token = new_key("bot", "read", 0)
    _, other = new_key("other", "read", 0)
    compared = list[tuple[str, str]]()

    def compare(one: str, two: str) -> bool:
        compared.append((one, two))
        return one == two

    monkeypatch.setattr(keys_module.hmac, "compare_digest", compare)
    ring = KeyRing(keys=[key], clock=lambda: 1)
    secret = token.split("_", 2)[2]
    wrong = [
        *(token[:-1] + ("A" if token[-1] != "A" else "B"), token + "A", token[:-1], token.upper()),
        *(f" {token}", f"{token}\n", "", "tg_", key.sha256, key.id, secret, other),
        *(token.replace(key.id, "0" * 12), f"tg_{key.id}_" + other.split("_", 2)[2], "\udcff"),
    ]
    for text in wrong:
        assert ring.find(text) is None, text
    assert len(compared) == len(wrong)  # for one whose id is not there, too
    assert ring.find(token) == key


def test_a_key_expires_and_when_it_was_used_is_kept(tmp_path: Path) -> None:
    now, passed = [10 * DAY], [0.0]
    file = KeyFile(tmp_path / "keys.jsonl", clock=lambda: now[0])
    key, token = file.add("bot", "read", DAY)
    ring = KeyRing(file, clock=lambda: now[0], monotonic=lambda: passed[0])
    assert ring.find(token) == key
    now[0] += DAY - 1
    assert ring.find(token) == key
    passed[0] += 31.0
    assert ring.valid(key.id) == key
    assert file.used() == {key.id: now[0]}
    now[0] += 1
    assert ring.find(token) is None
    assert ring.valid(key.id) is None
    os.chmod(tmp_path, 0o500)  # where nothing can be written it goes on
    try:
        now[0] -= 1
        passed[0] += 31.0
        assert ring.find(token) == key
    finally:
        os.chmod(tmp_path, 0o700)


def test_addresses_are_kept_within_bounds() -> None:
    rates = Rates(10, 1.0, clock=lambda: 0.0)
    for n in range(MOST_CALLERS + 500):
        rates.take(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}")
    assert len(rates) == MOST_CALLERS
    assert [rates.take("a").limit, rates.take("b", is_near=True).limit] == [10, 200]
    assert caller_of("2001:db8:1:2:3::4") == caller_of("2001:db8:1:2::") != caller_of("2001:db8::")
    assert caller_of("::ffff:10.0.0.1") == "10.0.0.1"


async def until_refused(url: str, headers: dict[str, str]) -> float:
    """The seconds until a key is taken no more."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with httpx.AsyncClient(base_url=url) as http, asyncio.timeout(DEADLINE):
        while True:
            answer = await http.get("/v1/indices", headers=headers)
            if answer.status_code != 200:
                break
            await asyncio.sleep(0.02)  # within the rate of a key
    assert (answer.status_code, answer.json()["type"]) == (401, "/v1/problems/bad-key")
    return loop.time() - began


async def to_the_end(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


async def test_a_revoked_key_ends_within_seconds_and_its_streams_with_it(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.jsonl")
    _, token = file.add("bot", "read")
    _, healthy = file.add("healthy", "read")
    access = Access(KeyRing(file))
    headers = {"Authorization": f"Bearer {token}"}
    async with attacked(access=access) as port:
        url = f"http://127.0.0.1:{port}"
        address = f"ws://127.0.0.1:{port}/v1/stream?view=levels"
        kept = {"Authorization": f"Bearer {healthy}"}
        async with (
            httpx.AsyncClient(base_url=url, timeout=DEADLINE) as http,
            connect(address, additional_headers=headers) as stream,
            connect(address, additional_headers=kept) as other,
            http.stream("GET", "/v1/events", headers=headers) as events,
        ):
            assert events.status_code == 200
            cookie = (await http.post("/v1/session", json={"key": token})).cookies
            name, value = next(iter(cookie.items()))
            mine = {"Cookie": f"{name}={value}", "Origin": url}
            async with connect(address, additional_headers=mine) as page:
                file.revoke("bot")
                assert await until_refused(url, headers) < 5.0
                for socket in (stream, page):
                    with pytest.raises(ConnectionClosed) as closed:
                        await asyncio.wait_for(to_the_end(socket), 5.0)
                    assert closed.value.rcvd is not None
                    assert closed.value.rcvd.code == 1008
                    assert closed.value.rcvd.reason == "the key has ended"
                async with asyncio.timeout(5.0):
                    async for _ in events.aiter_raw():
                        pass
            async with asyncio.timeout(DEADLINE):
                await other.recv()
            with pytest.raises(InvalidStatus, match="401"):
                async with connect(address, additional_headers=headers):
                    pass


async def test_stolen_and_misplaced_keys_open_nothing() -> None:
    key, token = new_key("bot", "admin", 0)
    access = Access(KeyRing(keys=[key]), open_reading=False)
    async with asking_for_keys(access) as port, httpx.AsyncClient() as http:
        http.base_url = httpx.URL(f"http://127.0.0.1:{port}")
        good = {"Authorization": f"Bearer {token}"}
        assert (await http.get("/v1/indices", headers=good)).status_code == 200
        for headers in (
            {"Authorization": token},
            {"Authorization": f"Basic {token}"},
            {"Authorization": f"Bearer {key.sha256}"},  # of the file
            {"Authorization": f"Bearer {key.id}"},
            {"X-API-Key": token},
            {"Cookie": f"tidegauge-{port}={token}"},
            {"Cookie": f"tidegauge-{port}={key.sha256}"},
            {"Sec-WebSocket-Protocol": f"bearer, {token}"},
        ):
            answer = await http.get("/v1/indices", headers=headers)
            assert answer.status_code == 401, headers
        for query in (f"key={token}", f"access_token={token}", f"token={token}"):
            assert (await http.get(f"/v1/indices?{query}")).status_code == 401
        twice = [("Authorization", f"Bearer {token}")] * 2
        assert (await http.get("/v1/indices", headers=twice)).status_code == 400


def asking_for_keys(access: Access) -> AbstractAsyncContextManager[int]:
    """A gateway that asks even healthy clients for a key."""
    return served(state(), server={"limits": SOON}, access=access)


async def test_only_the_named_proxy_says_who_asks_and_how() -> None:
    key, token = new_key("bot", "read", 0)
    proxies: tuple[IPNetwork, ...] = (ipaddress.ip_network("127.0.0.2"),)
    rates = Rates(5, 0.001)
    access = Access(KeyRing(keys=[key]), {"tide.example"}, frozenset(), proxies, False, rates=rates)
    good = {"Authorization": f"Bearer {token}", "Host": "tide.example"}
    async with asking_for_keys(access) as port:
        url = f"http://127.0.0.1:{port}"

        def client(source: str) -> httpx.AsyncClient:
            transport = httpx.AsyncHTTPTransport(local_address=source)
            return httpx.AsyncClient(base_url=url, transport=transport, headers=good)

        async with client("127.0.0.2") as proxy, client("127.0.0.3") as other:
            # As another machine would: a loopback address is this one, whatever it is.
            sent = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
            assert (await proxy.get("/v1/indices", headers=sent)).status_code == 200
            clear = {**sent, "X-Forwarded-Proto": "http"}
            answer = await proxy.get("/v1/indices", headers=clear)
            assert (answer.status_code, answer.json()["type"]) == (403, "/v1/problems/plain-http")
            session = await proxy.post("/v1/session", json={"key": token}, headers=clear)
            assert session.status_code == 403
            named = {**sent, "X-Forwarded-Host": "evil.example"}
            assert (await proxy.get("/v1/indices", headers=named)).status_code == 421
            # What the client itself has put there stands before what the proxy adds.
            several = {**sent, "X-Forwarded-For": "127.0.0.1, 198.51.100.1, 203.0.113.8"}
            session = await proxy.post(
                "/v1/session",
                json={"key": token},
                headers={**several, "Origin": "https://tide.example"},
            )
            assert session.status_code == 201
            assert "Secure" in session.headers["set-cookie"]
            assert {"127.0.0.2", "198.51.100.1"}.isdisjoint(rates._buckets)
            # Another who says the same is not believed.
            answer = await other.get("/v1/indices", headers={**sent, "Authorization": ""})
            assert answer.status_code == 401
            assert "203.0.113.9" not in rates._buckets
            assert "127.0.0.3" in rates._buckets
