"""The way of a chart: backfilled prices and live ones, the tables beside the log, the answer."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import httpx

from tests.tidegauge.command import run
from tests.tidegauge.running import Running, write

INDICES = '[index.B]\nassets = ["BTC", "ETH"]\nbenchmarks = ["SOL"]\n'
DAY = 86_400 * 10**9
FIRST = 19_700 * DAY
DAYS = 40


def prices() -> str:
    rows = ["ts,asset,price"]
    for day in range(DAYS):
        for hour in (6, 12, 24):
            at = FIRST + day * DAY + hour * 3600 * 10**9
            rows += [f"{at},{a},{100 + (7 * day + hour + k) % 11}" for k, a in enumerate(ASSETS)]
    return "\n".join(rows) + "\n"


ASSETS = ("BTC", "ETH", "SOL")


def test_a_backfilled_log_has_its_whole_past(tmp_path: Path) -> None:
    log, indices = tmp_path / "log", write(tmp_path / "i.toml", INDICES)
    assert run("define", indices, "--log", log).returncode == 0
    file = write(tmp_path / "p.csv", prices())
    assert run("backfill", file, "--log", log).returncode == 0
    with Running("serve", "--log", log) as served:
        path = "/v1/indices/B/history"
        days = served.until(path + "?step=1d", lambda f: len(f["columns"]["at"]) == DAYS)
        assert days["columns"]["at"][0] == "2023-12-09T00:00:00Z"
        assert days["step"] == 86_400
        weeks = served.get(path + "?step=7d")["columns"]
        assert max(weeks["high"]) == max(days["columns"]["high"])
        assert weeks["close"][-1] == days["columns"]["close"][-1]
        asset = served.get("/v1/indices/asset:SOL/history?step=1d")["columns"]
        assert asset["close"] == [float(100 + (7 * day + 26) % 11) for day in range(DAYS)]
        some = served.get(path + "?from=2023-12-20&to=2023-12-22T00:00:00Z&step=1h")["columns"]
        assert some["at"] == [
            f"2023-12-{d}T{h}:00:00Z" for d in (20, 21) for h in ("05", "11", "23")
        ]
        figures = served.get(path + "?figures=level,drawdown.current,status")["columns"]
        assert figures["level"] == days["columns"]["close"]
        assert set(figures["status"]) == {"live"}
        check_forms(served.url + path, days["columns"])
        check_refusals(served)
        served.end()


def check_forms(url: str, columns: dict[str, list[Any]]) -> None:
    """The same as CSV and as Arrow, by parameter and by header."""
    told = httpx.get(url, params={"step": "1d", "format": "csv"})
    assert told.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(told.text.splitlines()))
    assert [float(row["high"]) for row in rows] == columns["high"]
    assert [row["at"] for row in rows] == columns["at"]
    media = "application/vnd.apache.arrow.stream"
    arrow = httpx.get(url, params={"step": "1d"}, headers={"accept": media})
    assert arrow.headers["content-type"] == media
    assert arrow.content == httpx.get(url, params={"step": "1d", "format": "arrow"}).content


def check_refusals(served: Running) -> None:
    """What is wrong is said, with what would be right."""
    cases = {
        "/v1/indices/C/history": (404, "no index 'C'"),
        "/v1/indices/asset:XRP/history": (404, "no asset 'XRP'"),
        "/v1/indices/B/history?step=90x": (422, "step: a length such as 1s, 5m"),
        "/v1/indices/B/history?from=yesterday": (422, "from: a time such as 2026-11-27"),
        "/v1/indices/B/history?from=2024-01-02&to=2024-01-01": (422, "from: it is not before `to`"),
        "/v1/indices/B/history?figures=risk.sharp": (404, "did you mean risk.sharpe"),
        "/v1/indices/B/history?figures=level&step=1m": (422, "1h or 1d"),
        "/v1/indices/B/history?form=csv": (422, "form: unknown parameter"),
        "/v1/indices/B/history?format=xml": (
            422,
            "format: input should be 'json', 'csv' or 'arrow'",
        ),
    }
    for path, (status, words) in cases.items():
        answer = httpx.get(served.url + path)
        assert answer.status_code == status, path
        assert words in answer.json()["detail"], path
