"""`decode` on the recordings: every trade, exactly as it was sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.recorded_rows import exact, live_trades
from tests.connectors.recordings import FILES, exact_json, exact_ns
from tests.shared import shared
from tests.tidegauge.command import run
from tests.tidegauge.running import jsonl

KEYS = ("symbol", "price", "size", "side", "id", "ts")


def decoded(venue: str, file: Path) -> list[dict[str, Any]]:
    """The trades of `decode`; the run must end well, whatever the frames are."""
    result = run("decode", venue, file)
    assert result.returncode == 0, result.stderr
    return [line for line in jsonl(result.stdout) if "gap" not in line]


@pytest.mark.parametrize("venue", ["binance", "coinbase", "kraken"])
def test_recorded_frames(venue: str) -> None:
    file = shared(f"frames/frames_{FILES[venue]}.jsonl")
    frames = map(exact_json, file.read_text().splitlines())
    wanted = [exact(row) for frame in frames for row in live_trades(venue, frame)]
    found = decoded(venue, file)
    assert [tuple(line[key] for key in KEYS) for line in found] == wanted
    assert wanted
    assert {line["venue"] for line in found} == {venue}
    assert {line["kind"] for line in found} == {"spot"}


@pytest.mark.parametrize(
    ("venue", "oracle"),
    [
        ("binance", "tardis_binance_spot"),
        ("coinbase", "tardis_coinbase_exchange"),
        ("kraken", "tardis_kraken_v2"),
    ],
)
def test_trades_that_another_client_normalised(venue: str, oracle: str, tmp_path: Path) -> None:
    cases = jsonl(shared(f"parser_oracle/{oracle}.jsonl").read_text())
    file = tmp_path / "frames.jsonl"
    file.write_text("\n".join(json.dumps(case["frame"]) for case in cases))
    wanted = [
        (
            t["symbol"].upper(),
            t["price"],
            t["amount"],
            t["side"],
            str(t["id"]),
            exact_ns(t["timestamp"]),
        )
        for case in cases
        for t in case["expected_trades"]
    ]
    found = [tuple(line[key] for key in KEYS) for line in decoded(venue, file)]
    assert found == wanted
    assert wanted
