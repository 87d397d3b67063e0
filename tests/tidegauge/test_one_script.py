"""The script of all commands over a directory; `tests/kafka` holds Kafka against it."""

from __future__ import annotations

from pathlib import Path

from tests.one_script import DAYS, play


async def test_over_a_directory(tmp_path: Path) -> None:
    said = await play(str(tmp_path / "log"), tmp_path / "files")
    assert said["define"] == (["added: B", "added: OLD"], [])
    assert said["define again"] == (["unchanged: B", "unchanged: OLD"], [])
    assert said["change"] == (["added: NEW", "changed: B", "retired: OLD"], [])
    frames = 6 * DAYS  # three hours a day, and the end of each
    assert said["backfill"][0] == [f"appended {frames} frames, 0 were there already"]
    assert said["backfill again"][0] == [f"appended 0 frames, {frames} were there already"]
    assert said["rejected count"] == 2
    assert [record["value"]["reason"][:8] for record in said["rejected"]] == ["Expected"] * 2
    rules = {record["value"]["rule"] for record in said["alerts"]}
    assert rules == {"drawdown>=0.02", "drawdown>=0.05"}
    assert said["/v1/alerts"][0] == 200
    assert said["/v1/indices/OLD"][0] == 404
    assert len(said["/v1/indices/B/history?step=1d"][1]["columns"]["at"]) >= DAYS
    assert said["replayed alerts"] == [record["value"] for record in said["alerts"]]
    published = {record["key"]: record["value"] for record in said["snapshots"].values()}
    assert said["replay"] == published
    assert said["exported days"]
