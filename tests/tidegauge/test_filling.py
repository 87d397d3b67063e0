"""What a gateway reads back of a log at its start."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from gateway.state import State
from streams.records import Record
from streams.sqlite_log import SqliteLog
from tidegauge import filling


def test_levels_are_read_back_by_their_number_not_that_of_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Record] = []
    monkeypatch.setattr(filling, "show", lambda state, record: shown.append(record))
    ids = [f"I{k}" for k in range(filling.LEVELS_SHOWN // 100)]
    columns = {name: [1] * len(ids) for name in ("seq", "at", "level", "peak")}
    value = orjson.dumps({"index": ids} | columns)
    with SqliteLog(tmp_path / "log") as log:
        for seq in range(1, 131):
            log.append("levels", 0, "shard:0", "levels", value, "shard:0", seq, seq)
        log.append("levels", 0, "X", "level", b"not even JSON", "stranger", 1, 131)
        filling.load_state(State(), log)
    # With record 31, the hundredth from the end, 20,000 are reached; the stranger's counts as one.
    levels = [record for record in shown if record.topic == "levels"]
    assert [record.seq for record in levels] == [*range(31, 131), 1]
    assert levels[-1].writer == "stranger"
