"""`[[report]]`: what is due when, made once by a process of its own, told where it fails."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.index.definition import parse_index
from engine.toml_table import DefinitionError
from gateway.reports.period import month_start
from notify.reports import ReportPlan
from notify.routes import parse_routes
from notify.secret_values import Secrets
from tests.tidegauge.command import one_line, run
from tidegauge import report_schedule, routes
from tidegauge.errors import WrongUse
from tidegauge.outputs import write_whole
from tidegauge.report_schedule import SETTLED, DueReport, ReportKeeper, command_for, due

OCTOBER = month_start(2026 * 12 + 9)
NOVEMBER = month_start(2026 * 12 + 10)
KNOWN = ["CALM", "TOP3"]


def names(plan: ReportPlan, beside: Path, now: int) -> list[str]:
    return [report.file.name for report in due([plan], KNOWN, beside, now)]


def test_a_period_is_due_once_it_has_settled(tmp_path: Path) -> None:
    plan = ReportPlan("out", "month")
    early = names(plan, tmp_path, NOVEMBER + SETTLED - 1)
    assert early == ["CALM-2026-09.html", "TOP3-2026-09.html"]
    assert names(plan, tmp_path, NOVEMBER + SETTLED) == ["CALM-2026-10.html", "TOP3-2026-10.html"]
    quarter = ReportPlan("out", "quarter", ("TOP3", "GONE"))
    assert names(quarter, tmp_path, NOVEMBER + SETTLED) == ["TOP3-2026-Q3.html"]
    together = ReportPlan("out", "year", together=True)
    assert names(together, tmp_path, NOVEMBER + SETTLED) == ["CALM+TOP3-2025.html"]


def test_what_is_there_is_made(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "TOP3-2026-10.html").touch()
    at = NOVEMBER + SETTLED
    assert names(ReportPlan("out", "month", ("TOP3",)), tmp_path, at) == []
    printed = ReportPlan("out", "month", ("TOP3",), pdf=True)
    assert names(printed, tmp_path, at) == ["TOP3-2026-10.html"]


def test_the_command_is_that_of_a_person() -> None:
    report = DueReport(("TOP3", "-P"), "2026-10", Path("/tmp/x/TOP3-2026-10.html"), True)
    assert command_for(report, "LOG")[3:] == [
        *("tidegauge", "report", "--log", "LOG", "--period", "2026-10"),
        *("-o", "/tmp/x/TOP3-2026-10.html", "--pdf", "--", "TOP3", "-P"),
    ]


class _Defined:
    def __init__(self) -> None:
        table = {"assets": ["A"], "alerts": {"drawdown": [0.1]}}
        self.indices = {name: parse_index(name, table) for name in KNOWN}


async def test_each_is_made_once_and_a_failure_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = list[str]()

    async def defined(_: Any) -> _Defined:
        return _Defined()

    def command(report: DueReport, _: str) -> list[str]:
        tried.append(report.file.name)
        fails = report.indices == ("CALM",)
        code = (
            "raise SystemExit('Error: no figures')" if fails else f"open({str(report.file)!r}, 'w')"
        )
        return [sys.executable, "-c", code]

    monkeypatch.setattr(report_schedule, "defined_in", defined)
    monkeypatch.setattr(report_schedule, "command_for", command)
    nothing: Any = None
    plans = [ReportPlan("out", "month")]
    keeper = ReportKeeper(plans, tmp_path, nothing, "LOG", lambda: NOVEMBER + SETTLED)
    with caplog.at_level(logging.WARNING):
        await keeper.look()
        await keeper.look()
    assert tried == ["CALM-2026-10.html", "TOP3-2026-10.html"]
    failed = tmp_path / "out" / "CALM-2026-10.html"
    assert (keeper.made, keeper.reasons) == (1, {failed: "no figures"})
    assert "tried again in an hour" in caplog.text
    for _ in range(60):
        await keeper.look()
    assert tried.count("CALM-2026-10.html") == 2


async def test_one_that_fails_keeps_none_of_the_others_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    many = [f"I{n:031}" for n in range(11)]

    async def defined(_: Any) -> Any:
        return type("Defined", (), {"indices": dict.fromkeys(many)})

    def command(report: DueReport, _: str) -> list[str]:
        return [sys.executable, "-c", f"open({str(report.file)!r}, 'w')"]

    monkeypatch.setattr(report_schedule, "defined_in", defined)
    monkeypatch.setattr(report_schedule, "command_for", command)
    (tmp_path / "file").touch()
    plans = [
        ReportPlan("file", index=(many[0],)),  # no directory can be made of it
        ReportPlan("out", together=True),  # a name that no file can have
        ReportPlan("out", index=(many[1],)),
    ]
    nothing: Any = None
    keeper = ReportKeeper(plans, tmp_path, nothing, "LOG", lambda: NOVEMBER + SETTLED)
    with caplog.at_level(logging.WARNING):
        await keeper.look()
        await keeper.look()
    assert keeper.made == 1
    assert (tmp_path / "out" / f"{many[1]}-2026-10.html").exists()
    assert ["File exists" in said or "too long" in said for said in keeper.reasons.values()] == [
        *(True, True)
    ]
    assert caplog.text.count("the first 10 of 11 indices stand side by side") == 1


def test_what_is_misspelt_or_could_never_be_made_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def defined(_: Any) -> _Defined:
        return _Defined()

    monkeypatch.setattr(routes, "defined_in", defined)
    file = tmp_path / "routes.toml"
    file.write_text('[[report]]\ndirectory = "x"\n\n[[report]]\ndirectory="x"\nindex = "TOP"\n')
    nothing: Any = None
    asyncio.run(routes.say_unknown(routes.read_routes(file), nothing))
    told = capsys.readouterr().err
    assert told == f"{file}:6: the log has no index TOP yet; near: TOP3\n"
    rules = ["draw*", "drawdown>=0.10@heaviest", "drawdown>=0.10:no_data", "drawdown>=0.11"]
    file.write_text(f'[[route]]\nwebhook = "http://127.0.0.1/"\nmatch = {{ rule = {rules} }}\n')
    asyncio.run(routes.say_unknown(routes.read_routes(file), nothing))
    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith(f"{file}:3: the log has no rule drawdown>=0.11 yet; near: drawdown>=0.1")
    for names, said in (
        ([f"I{n}" for n in range(11)], "11 indices: at most 10 stand side by side"),
        ([f"I{n:031}" for n in range(8)], "would be too long"),
    ):
        file.write_text(f'[[report]]\ndirectory = "x"\ntogether = true\nindex = {names}\n')
        with pytest.raises(WrongUse, match=said) as error:
            routes.read_routes(file)
        assert str(error.value).startswith(f"{file}:4: ")
    file.write_text('[[report]]\ndirectory = "x"\n')
    done = run("notify", "--log", tmp_path / "none", "--routes", file, "--test")
    assert "there is nothing to send a test message along" in one_line(done, 1)


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "r.html"
    file.write_bytes(b"before")
    with pytest.raises(TypeError):
        write_whole(file, "no bytes")  # type: ignore[arg-type]
    assert [(f.name, f.read_bytes()) for f in tmp_path.iterdir()] == [("r.html", b"before")]
    write_whole(file, b"after")
    assert [(f.name, f.read_bytes()) for f in tmp_path.iterdir()] == [("r.html", b"after")]


@pytest.mark.parametrize(
    ("table", "place", "said"),
    [
        ({}, "report.[0]", "names no directory"),
        ({"directory": "x", "every": "week"}, "report.[0].every", "month, quarter, year"),
        ({"directory": "x", "index": ["a b"]}, "report.[0].index", "ids of indices"),
        ({"directory": "x", "pdf": 1}, "report.[0].pdf", "true or false"),
        ({"directory": "x", "to": "y"}, "report.[0].to", "unknown key"),
    ],
)
def test_what_is_wrong_with_a_plan_is_told(table: Any, place: str, said: str) -> None:
    with pytest.raises(DefinitionError) as error:
        parse_routes({"report": [table]}, Secrets({}))
    assert (".".join(error.value.path), said in str(error.value)) == (place, True)


def test_a_file_may_have_reports_alone() -> None:
    found = parse_routes({"report": [{"directory": "reports", "index": "TOP3"}]}, Secrets({}))
    assert found.routes == ()
    assert found.reports == (ReportPlan("reports", "month", ("TOP3",)),)


def test_nothing_waits_after_the_end() -> None:
    async def run() -> list[str]:
        plan = [ReportPlan("out")]
        nothing: Any = None
        async with report_schedule.reporting([], Path("f"), nothing, "LOG"):
            pass
        assert plan
        return [task.get_name() for task in asyncio.all_tasks()]

    assert "reports" not in asyncio.run(run())
