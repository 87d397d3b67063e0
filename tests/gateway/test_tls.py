"""TLS: what is spoken, what is refused, and handshakes that never end."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from gateway.access.keys import KeyRing, new_key
from gateway.access.policy import Access
from gateway.connections import ServerLimits
from tests.certificates import make_certificate
from tests.gateway.attacks import DEADLINE, SOON, opened, rest_of, state
from tests.gateway.serving import served
from tests.waiting import wait_until
from tidegauge.listening import Listening, door_of
from tidegauge.opening import Directory


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@asynccontextmanager
async def secured(
    made: tuple[Path, Path], limits: ServerLimits = SOON, access: Access | None = None
) -> AsyncIterator[int]:
    told = Listening("127.0.0.1", 0, certificate=made[0], private_key=made[1])
    door = door_of(told, Directory(made[0].parent / "log"))
    server = {**door.serving, "limits": limits}
    async with served(state(), server=server, access=access or door.access) as port:
        yield port


def trusting(made: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(made[0]))


async def test_rest_stream_and_session_over_tls(made: tuple[Path, Path]) -> None:
    key, token = new_key("bot", "read", 0)
    access = Access(KeyRing(keys=[key]), open_reading=False)
    context = trusting(made)
    async with (
        secured(made, access=access) as port,
        httpx.AsyncClient(base_url=f"https://localhost:{port}", verify=context) as http,
    ):
        bearer = {"Authorization": f"Bearer {token}"}
        answer = await http.get("/v1/indices", headers=bearer)
        assert (answer.status_code, len(answer.json()["indices"])) == (200, 1)
        own = f"https://localhost:{port}"
        for origin, status in ((own, 201), (own.replace("https", "http"), 403)):
            session = await http.post(
                "/v1/session", json={"key": token}, headers={"Origin": origin}
            )
            assert session.status_code == status, origin
            assert ("Secure" in session.headers.get("set-cookie", "")) == (status == 201)
        address = f"wss://localhost:{port}/v1/stream?view=snapshots"
        async with connect(address, ssl=context, additional_headers=bearer) as stream:
            assert '"snapshots"' in str([await stream.recv() for _ in range(2)])


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
async def test_what_is_old_or_no_tls_is_refused(made: tuple[Path, Path]) -> None:
    async with secured(made) as port:
        reader, writer = await opened(port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"HTTP" not in await rest_of(reader)
        writer.close()
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            old = trusting(made)
            old.set_ciphers("ALL:@SECLEVEL=0")
            old.minimum_version = ssl.TLSVersion.TLSv1
            old.maximum_version = version
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await asyncio.open_connection("127.0.0.1", port, ssl=old)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            new = trusting(made)
            new.minimum_version = new.maximum_version = version
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=new)
            writer.close()


async def test_handshakes_that_never_end_are_bounded_in_time_and_number(
    made: tuple[Path, Path],
) -> None:
    limits = dataclasses.replace(SOON, connections=20, handshake=0.5)
    async with secured(made, limits) as port:
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
        silent[3].send(b"\x16\x03\x01\x02\x00\x01\x00")  # and no more of it
        silent[4].send(b"\x16\x03\x01" + b"\xff" * 3000)

        def is_cut(one: socket.socket) -> bool:
            one.setblocking(False)
            try:
                while one.recv(4096):  # an alert may come first
                    pass
            except BlockingIOError:
                return False
            except OSError:
                pass
            return True

        await wait_until(lambda: sum(map(is_cut, silent)) >= 20, DEADLINE)
        await wait_until(lambda: all(map(is_cut, silent)), DEADLINE)
        for one in silent:
            one.close()
        url = f"https://localhost:{port}"
        async with httpx.AsyncClient(base_url=url, verify=trusting(made)) as http:
            assert (await http.get("/healthz")).json() == {"alive": True}


async def test_slow_loris_over_tls(made: tuple[Path, Path]) -> None:
    async with secured(made) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting(made))
        for byte in b"GET / HTTP/1.1\r\nX: ":
            writer.write(bytes([byte]))
        async with asyncio.timeout(DEADLINE):
            head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_a_request_that_comes_with_the_last_step_of_the_handshake(
    made: tuple[Path, Path],
) -> None:
    """Both in one packet, as a client may send them."""
    async with secured(made) as port:
        for _ in range(5):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            client = trusting(made).wrap_bio(incoming, outgoing, server_hostname="localhost")
            reader, writer = await opened(port)
            while True:
                try:
                    client.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    writer.write(outgoing.read())
                    incoming.write(await reader.read(65536))
            client.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            writer.write(outgoing.read())
            answer = b""
            async with asyncio.timeout(DEADLINE):
                while b'{"alive":true}' not in answer:
                    incoming.write(await reader.read(65536))
                    with suppress(ssl.SSLWantReadError):
                        while part := client.read(65536):  # one record at a time
                            answer += part
            writer.close()
