"""`notify` and `alerts …` as a user runs them."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.types import HOUR, SECOND
from streams.sqlite.file import SqliteLog
from tests.notify.world import alert
from tests.tidegauge.command import one_line, run
from tests.tidegauge.running import jsonl, write

HOOK = '[[route]]\nname = "team"\nwebhook = "http://127.0.0.1:9/"\n'


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Three episodes of which one is over, a warning sign, and a snapshot."""
    now = time.time_ns()
    with SqliteLog(tmp_path / "log", role=None) as file:
        bodies = [
            alert(1, "firing", 1, now - 2 * HOUR),
            alert(2, "firing", 1, now - HOUR),
            alert(3, "firing", 1, now - HOUR),
            alert(3, "resolved", 2, now - HOUR // 2),
            alert(4, "firing", 1, now - HOUR, kind="weight_drift", rule="weight_drift"),
        ]
        for seq, body in enumerate(bodies, 1):
            value = orjson.dumps(body)
            file.append("alerts", 0, body["index"], "alert", value, "shard:0", seq, now)
        snapshot = {"index": "IX1", "seq": 1, "as_of": now, "status": "live"}
        snapshot |= {"drawdown": {"current": 0.254}}
        value = orjson.dumps(snapshot)
        file.append("snapshots", 0, "IX1", "snapshot", value, "shard:0", 1, now)
    return tmp_path / "log"


def listed(log: Path) -> list[dict[str, Any]]:
    return jsonl(run("alerts", "list", "--log", log, "--json").stdout)


def test_what_fires_is_listed_the_worst_first_and_slow_signs_apart(log: Path) -> None:
    lines = run("alerts", "list", "--log", log).stdout.splitlines()
    assert [line.split()[1] for line in lines[:2]] == ["IX2", "IX1"]
    assert "(2h" in lines[1]
    assert "drawdown.current 10.0% then, 25.4% now" in lines[1]
    assert lines[2] == "warning signs, judged once a day:"
    assert "weight_drift" in lines[3]
    first = listed(log)[1]
    assert (first["then"], first["now"]) == (0.1, 0.254)


def test_an_episode_is_acknowledged_and_taken_back(log: Path) -> None:
    said = run("alerts", "ack", f"{1:032x}", "--log", log, "--who", "ada", "--comment", "known")
    assert said.stdout == f"acknowledged: IX1 drawdown>=0.20 ({1:032x})\n"
    assert listed(log)[1]["acknowledged"]["who"] == "ada"
    assert "acknowledged by ada: known" in run("alerts", "list", "--log", log).stdout
    assert run("alerts", "ack", f"{1:032x}:firing", "--log", log, "--undo").returncode == 0
    assert listed(log)[1]["acknowledged"] is None


def test_alerts_are_silenced_and_the_silence_is_ended(log: Path) -> None:
    said = run("alerts", "silence", "--log", log, "--index", "IX1", "--for", "2h", "--who", "ada")
    found = re.match(r"silenced (\w{8}): index=IX1 from ", said.stdout)
    assert found is not None, said
    assert listed(log)[1]["silenced"]["until"] > time.time_ns() + HOUR
    shown = run("alerts", "silence", "--log", log, "--list").stdout
    assert shown.startswith(f"{found[1]}: index=IX1 from ")
    ended = run("alerts", "silence", "--log", log, "--end", found[1])
    assert ended.stdout == f"ended {found[1]}: index=IX1\n"
    assert listed(log)[1]["silenced"] is None
    assert run("alerts", "silence", "--log", log, "--list").stdout == ""


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("silence", "--for", "2h"), 2, "say which alerts: --index, --kind"),
        (("silence", "--all"), 2, "give either --for DURATION"),
        (("silence", "--all", "--for", "2"), 2, 'expected a duration such as "30d"'),
        (("silence", "--all", "--for", "2h", "--until", "2030-01-01"), 2, "either --for"),
        (("silence", "--all", "--until", "2020-01-01"), 2, "ends before it begins"),
        (("silence", "--all", "--until", "soon"), 2, "'soon' is no time"),
        (("silence", "--all", "--for", "400d"), 2, "a year at most"),
        (("silence", "--severity", "critcal", "--for", "2h"), 2, "near: critical"),
        (("silence", "--end", "nothing1"), 1, "no silence of this id (there are 0 now)"),
        (("ack", "0000000000000000000000000000000"), 1, "more of it"),
        (("ack", "abc"), 1, "no firing episode of this id"),
        (("lst",), 2, "No such command"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    args: tuple[str, ...], code: int, says: str, log: Path
) -> None:
    given = args if args == ("lst",) else (*args, "--log", log)
    assert says in one_line(run("alerts", *given), code)


def test_where_there_is_no_log_it_is_said(tmp_path: Path) -> None:
    routes = write(tmp_path / "routes.toml", HOOK)
    for args in (
        ("notify", "--routes", routes),
        ("alerts", "list"),
        ("alerts", "ack", "x" * 32),
        ("alerts", "silence", "--all", "--for", "1h"),
    ):
        assert "there is no log here" in one_line(run(*args, "--log", tmp_path / "none"), 1)
    assert not (tmp_path / "none").exists()


def test_wrong_routes_are_refused_by_every_command(tmp_path: Path) -> None:
    routes = write(tmp_path / "routes.toml", HOOK + "repeat = 'often'\n")
    for args in (("notify",), ("demo", "--seconds", "1"), ("up", "--venues", "kraken")):
        told = one_line(run(*args, "--routes", routes), 2)
        assert f"{routes}:4: route[0].repeat: expected a duration" in told


def test_a_test_message_says_what_was_answered(tmp_path: Path) -> None:
    routes = write(tmp_path / "routes.toml", HOOK)
    result = run("notify", "--routes", routes, "--test")
    assert result.returncode == 1
    assert result.stdout.startswith("team (http://127.0.0.1): failed: no connection")
    assert "indices and rules of the file are not looked up: " in result.stderr


def test_it_tells_of_what_is_due_and_says_so_in_the_log(log: Path, tmp_path: Path) -> None:
    routes = write(
        tmp_path / "routes.toml",
        HOOK + 'match = { index = "IXX", rule = "drawdown>=0.77" }\n',
    )
    for more in (["--test"], ["--seconds", "0.5"]):
        result = run("notify", "--log", log, "--routes", routes, *more)
        assert result.returncode == int("--test" in more), result.stderr
        assert f"{routes}:4: the log has no index IXX yet" in result.stderr
        assert f"{routes}:4: the log has no rule drawdown>=0.77 yet" in result.stderr
    with SqliteLog(log, readonly=True) as file:
        (position,) = file.read("notifications", 0)
    said = json.loads(position.value)
    assert (said["partition"], said["next"]) == (0, 5)
    assert said["at"] > 1_700_000_000 * SECOND
