"""Sessions of browsers: bounded, kept beside the keys, ended for good."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import httpx
import pytest

from gateway.access import sessions as sessions_module
from gateway.access.keys import KeyFile, KeyRing
from gateway.access.policy import Access
from gateway.access.sessions import (
    LONGEST_SECONDS,
    MOST,
    MOST_OF_KEY,
    NOTED_SECONDS,
    UNUSED_SECONDS,
    NotKept,
    Sessions,
)
from tests.gateway.attacks import state
from tests.gateway.serving import served


def test_sessions_are_bounded_and_end() -> None:
    now = [0.0]
    sessions = Sessions(clock=lambda: now[0])
    many = [sessions.begin("f" * 12) for _ in range(MOST_OF_KEY + 1)]
    assert [sessions.key_of(value) for value in many[:2]] == [None, "f" * 12]
    for value in many:
        sessions.end(value)
    ids = [f"{n:012x}" for n in range(MOST + 1)]
    values = [sessions.begin(key) for key in ids]
    assert sessions.key_of(values[0]) is None
    assert sessions.key_of(values[1]) == ids[1]
    sessions.end(values[1])
    assert sessions.key_of(values[1]) is None
    now[0] = UNUSED_SECONDS - 1.0
    assert sessions.key_of(values[2]) == ids[2]
    now[0] += 1.0
    assert sessions.key_of(values[2]) == ids[2]  # it was used
    assert sessions.key_of(values[3]) is None
    while now[0] < LONGEST_SECONDS - 1.0:
        assert sessions.key_of(values[2]) == ids[2]
        now[0] = min(now[0] + UNUSED_SECONDS / 2.0, LONGEST_SECONDS - 1.0)
    now[0] = LONGEST_SECONDS
    assert sessions.key_of(values[2]) is None


def test_sessions_outlive_a_gateway_and_are_shared(tmp_path: Path) -> None:
    now = [1e9]
    path = tmp_path / "keys.jsonl.sessions"
    one, two = (Sessions(path, lambda: now[0]) for _ in range(2))
    first, second = one.begin("00000000000a"), two.begin("00000000000b")
    for sessions in (one, two, Sessions(path, lambda: now[0])):
        assert [sessions.key_of(first), sessions.key_of(second)] == ["00000000000a", "00000000000b"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert first not in path.read_text()
    now[0] += UNUSED_SECONDS - 1.0
    assert two.key_of(second) == "00000000000b"
    now[0] += 1.0
    assert [one.key_of(first), one.key_of(second)] == [None, "00000000000b"]
    one.end(second)
    assert two.key_of(second) is None
    third = two.begin("00000000000c")
    now[0] -= NOTED_SECONDS + 1.0  # the clock was wrong: what is of later ends
    assert two.key_of(third) is None
    now[0] += NOTED_SECONDS + 1.0
    assert one.key_of(third) == "00000000000c"
    path.unlink()
    assert one.key_of(third) is None


@pytest.mark.parametrize("spoiled", ["others may write", "no JSON", "no session"])
def test_sessions_of_a_file_that_cannot_be_trusted_are_none(
    tmp_path: Path, spoiled: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "keys.jsonl.sessions"
    value = Sessions(path).begin("00000000000a")
    if spoiled == "others may write":
        path.chmod(0o622)
    else:
        path.write_text("{" if spoiled == "no JSON" else '{"x": {"key": "y"}}')
    sessions = Sessions(path)
    assert sessions.key_of(value) is None
    assert "everybody has to log in again" in caplog.text
    assert sessions.key_of(sessions.begin("00000000000b")) == "00000000000b"


def test_a_session_that_cannot_be_ended_everywhere_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "keys.jsonl.sessions"
    sessions, other = Sessions(path), Sessions(path)
    value = sessions.begin("00000000000a")
    before = path.stat()
    sessions.end("nobody's")  # as anybody may ask without a cookie
    assert path.stat() == before

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(sessions_module, "replace_file", full)
    with pytest.raises(NotKept, match="cannot be kept"):
        sessions.end(value)
    assert [sessions.key_of(value), other.key_of(value)] == [None, "00000000000a"]
    assert "they end with this gateway" in caplog.text
    assert sessions.key_of(sessions.begin("00000000000b")) == "00000000000b"


def test_a_gateway_that_stands_still_with_the_lock_stops_no_other(tmp_path: Path) -> None:
    path = tmp_path / "keys.jsonl.sessions"
    with (tmp_path / "keys.jsonl.sessions.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        sessions = Sessions(path)
        assert sessions.key_of(sessions.begin("00000000000a")) == "00000000000a"


async def test_a_page_that_has_logged_in_outlives_its_gateway(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.jsonl")
    _, token = file.add("wall", "read")
    value = ""
    for _ in range(2):
        sessions = Sessions(tmp_path / "keys.jsonl.sessions")
        access = Access(KeyRing(file), open_reading=False, sessions=sessions)
        async with served(state(), access=access) as port:
            url = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=url) as http:
                assert (await http.get("/v1/indices")).status_code == 401
                if not value:
                    told = {"key": token}
                    answer = await http.post("/v1/session", json=told, headers={"Origin": url})
                    [value] = answer.cookies.values()
                    http.cookies.clear()
                # As of a gateway of the same port: a cookie has its gateway's in the name.
                cookie = {"Cookie": f"tidegauge-{port}={value}"}
                assert (await http.get("/v1/indices", headers=cookie)).status_code == 200
