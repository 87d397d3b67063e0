"""Which hosts a gateway answers to, and which pages may ask: over real sockets, in every form."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.access import names
from gateway.access.names import Authority, authority, ip_address, is_loopback
from gateway.access.policy import LOOPBACK_HOSTS, Access
from tests.gateway.attacks import attacked, exchange, is_problem

UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
BODY = b"Connection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
CLOSE = b"Connection: close\r\n"

WAYS = {
    "rest": (b"POST /v1/what-if", BODY, b"{}"),
    "session": (b"POST /v1/session", BODY, b"{}"),
    "websocket": (b"GET /v1/stream", UPGRADE, b""),
    "events": (b"GET /v1/events", CLOSE, b""),
    "head of events": (b"HEAD /v1/events", CLOSE, b""),
}


async def ask(port: int, way: str, *lines: bytes, host: bytes = b"localhost:%d") -> bytes:
    line, more, body = WAYS[way]
    named = b"Host: " + (host % port if b"%d" in host else host) + b"\r\n"
    fields = b"".join(field + b"\r\n" for field in lines)
    return await exchange(port, line + b" HTTP/1.1\r\n" + named + fields + more + b"\r\n" + body)


MALFORMED = [
    b"null",
    b"",
    b" ",
    b"http://[",
    b"http://[::1",
    b"http://]::1[",
    b"http://[::1]x",
    b"http://[v1.x]",
    b"http://localhost:99999",
    b"http://localhost:-1",
    b"http://localhost:8x",
    b"http://localhost%PORT@evil.example",
    b"http://localhost:%PORT@evil.example",
    b"http://evil.example#localhost:%PORT",
    b"http://evil.example\\localhost:%PORT",
    b"http://localhost:%PORT/path",
    b"http://localhost:%PORT, http://evil.example",
    b"http://localhost:%PORT http://evil.example",
    b"http://user:pass@localhost:%PORT",
    b"//localhost:%PORT",
    b"localhost:%PORT",
    b"https://localhost:%PORT",
    b"ws://localhost:%PORT",
    b"file://",
    b"data:text/html,x",
    b"http://localhost.evil.example:%PORT",
    b"http://evil.example:%PORT",
    b"http://localhost:1",
    b"http://127.0.0.1:%PORT",  # another origin than the one that it is asked as
    b"http://xn--a",
    "http://\u2100.example".encode(),
    b"http://\xff\xfe",
    b"\xe9",
    b"http://" + b"a" * 5000,
]


async def test_every_foreign_or_malformed_origin_is_refused_in_every_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with attacked() as port:
        for form in MALFORMED:
            told = form.replace(b"%PORT", b"%d" % port)
            for way in WAYS:
                said = await ask(port, way, b"Origin: " + told)
                assert b"HTTP/1.1 403 " in said, (way, form, said)
                if not way.startswith("head"):
                    assert is_problem(said, 403, "foreign-origin"), (way, form)
        for way in WAYS:
            same = b"Origin: http://localhost:%d" % port
            twice = await ask(port, way, same, same)
            assert twice.startswith(b"HTTP/1.1 400 "), way
    assert len(caplog.records) < 20  # it is told, and not once for each


async def test_the_own_page_may_ask_by_every_name_that_is_known() -> None:
    async with attacked() as port:
        for host in ("localhost:%d", "127.0.0.1:%d", "[::1]:%d", "LOCALHOST:%d", "localhost.:%d"):
            own = b"Origin: http://" + (host % port).encode()
            for way, status in (("rest", b"422"), ("session", b"422"), ("head of events", b"200")):
                said = await ask(port, way, own, host=host.encode())
                assert said.split()[1] == status, (host, way, said)


FOREIGN = [
    b"evil.example",
    b"evil.example:%d",
    b"127.0.0.1.evil.example:%d",
    b"localhost.evil.example",
    b"10.0.0.7:%d",
    b"0.0.0.0:%d",
    b"[::]:%d",
    b"[::ffff:10.0.0.1]:%d",
    b"2130706433:%d",
    b"0x7f000001",
    b"127.1",
    b"localhost:99999",
    b"localhost:",
    b"localhost@evil.example",
    b"evil.example@localhost",
    b"localhost evil.example",
    b"localhost, evil.example",
    b"localhost/",
    b"[::1",
    b"\xff",
    b"",
    b"a" * 300,
]


async def test_a_rebound_name_is_answered_nothing_but_why() -> None:
    """DNS rebinding: a foreign page's own name leads to this machine's loopback."""
    async with attacked() as port:
        for host in FOREIGN:
            for way in WAYS:
                said = await ask(port, way, host=host)
                assert said.startswith(b"HTTP/1.1 421 "), (host, way, said)
                if not way.startswith("head"):
                    assert is_problem(said, 421, "unknown-host"), host
            for path in (b"/", b"/healthz", b"/metrics", b"/v1/indices", b"/assets/app.js"):
                named = host % port if b"%d" in host else host
                head = b"GET %s HTTP/1.1\r\nHost: " % path + named + b"\r\n" + CLOSE + b"\r\n"
                said = await exchange(port, head)
                assert is_problem(said, 421, "unknown-host"), (host, path)
        said = await exchange(port, b"GET /v1/indices HTTP/1.0\r\n\r\n")
        assert is_problem(said, 421, "unknown-host")
        assert b"--allowed-host" in said


async def test_names_that_are_allowed_are_known() -> None:
    access = Access(hosts=LOOPBACK_HOSTS | {"tide.example"})
    async with attacked(access=access) as port:
        for host, status in ((b"tide.example", b"422"), (b"tide.example.", b"422"), (b"x", b"421")):
            assert (await ask(port, "rest", host=host)).split()[1] == status, host


async def test_x_forwarded_is_believed_of_nobody_who_is_not_named() -> None:
    async with attacked() as port:
        for lines in (
            (b"X-Forwarded-Host: localhost",),
            (b"X-Forwarded-For: 127.0.0.1", b"Forwarded: for=127.0.0.1;host=localhost"),
        ):
            said = await ask(port, "rest", *lines, host=b"evil.example")
            assert is_problem(said, 421, "unknown-host")
        said = await ask(port, "rest", b"X-Forwarded-Proto: https", b"Origin: https://localhost")
        assert is_problem(said, 403, "foreign-origin")


def test_hosts_are_read_strictly() -> None:
    for text, found in (
        ("LocalHost", Authority("localhost", None)),
        ("a.example.:80", Authority("a.example", 80)),
        ("[0:0::1]:8321", Authority("::1", 8321)),
        ("127.0.0.1:1", Authority("127.0.0.1", 1)),
        *((text, None) for text in ("", ":80", "a:0", "a:65536", "[a]", "[1.2.3.4]", "::1", "a b")),
        *((text, None) for text in ("a:٣", "ä.example", "a\n", "-a", ".a", "a/b", "a@b", "[::1]a")),
    ):
        assert authority(text) == found, text
    assert [is_loopback(h) for h in ("localhost", "127.9.9.9", "[::1]", "0.0.0.0", "a", "")] == [
        *(True, True, True, False, False, False)
    ]
    assert str(ip_address("::ffff:10.0.0.1")) == "10.0.0.1"


@settings(max_examples=300)
@given(st.text() | st.text("htps:/[]@.0x1%").map(lambda t: f"http://{t}"))
def test_whatever_a_header_holds_it_is_an_origin_or_none(text: str) -> None:
    found = names.origin(text)
    if found is not None:
        assert names.origin(str(found)) == found
        assert str(found).isascii()
