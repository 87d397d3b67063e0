"""`serve` over a log in a directory: what it shows at its start, and what it follows."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.tidegauge.command import run
from tests.tidegauge.running import Running, write

INDICES = '[index.B]\nname = "First"\nassets = ["BTC"]\n'
MINUTE = 60 * 10**9
HOUR = 60 * MINUTE


def test_serve_shows_what_the_log_holds_and_follows_it(tmp_path: Path) -> None:
    log, began = tmp_path / "log", time.time_ns()
    indices = write(tmp_path / "i.toml", INDICES)
    assert run("define", indices, "--log", log).returncode == 0
    # Some 6 hours ago, whatever the machine takes, and within an hour: one frame.
    last = (began // HOUR - 6) * HOUR + 30 * MINUTE
    rows = "".join(f"{last - k * MINUTE},BTC,{100 + k}\n" for k in range(20, -1, -1))
    prices = write(tmp_path / "p.csv", "ts,asset,price\n" + rows)
    assert run("backfill", prices, "--log", log).returncode == 0
    with Running("serve", "--log", log) as served:
        document = served.get("/v1/indices/B")
        assert document["definition"]["name"] == "First"
        # A gateway that starts anew has its line from the log: one level of a backfilled frame.
        assert document["line"]["level"] == [pytest.approx(1000.0 * 100 / 120)]
        since = served.get("/v1/definitions")["indices"]["B"]["since"]
        told = datetime.fromisoformat(since).timestamp()
        assert began / 10**9 - 1 < told < time.time()
        # The log is read, and nothing in it is of now.
        reasons = served.get("/readyz")["reasons"]
        hours = {(now - last) // HOUR for now in (began, time.time_ns())}
        old = [f"the newest figure is {n} hours old" for n in hours]
        assert reasons[0] == "no index is live yet (1 stale)"
        assert reasons[1] in old
        write(indices, INDICES.replace("First", "Second"))
        assert run("define", indices, "--log", log).stdout == "changed: B\n"
        served.until("/v1/indices", lambda found: found["indices"][0]["name"] == "Second")
        assert served.get("/v1/definitions")["indices"]["B"]["since"] > since
        served.end()
