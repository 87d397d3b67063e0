"""`demo` as a newcomer starts it."""

from __future__ import annotations

import json

from tests.tidegauge.command import run


def test_demo_ends_by_itself_with_its_counts() -> None:
    # The simulated market's first crash is within its first eight seconds.
    result = run("demo", "--seconds", "11", "--port", "0")
    assert result.returncode == 0, result.stderr
    counts = json.loads(result.stdout.splitlines()[-1])
    assert list(counts) == ["ticks", "snapshots", "alerts", "gaps", "seconds"]
    assert counts["ticks"] > 1000
    assert counts["snapshots"] >= 30
    assert counts["alerts"] > 0
    assert counts["gaps"] == 0
    assert 11 <= counts["seconds"] < 20
    assert any("firing" in line for line in result.stdout.splitlines())
