"""Every line of two tear sheets is in a report and equal, or its difference has a reason."""

from __future__ import annotations

import pytest

from tests.conformance import tear_sheets
from tests.conformance.tear_sheets import LIBRARIES, LINES, SHEETS, WHY, equal, has, judged
from tests.shared import shared


def test_every_line_of_both_sheets_has_a_verdict() -> None:
    for library in LIBRARIES:
        names = {name.replace(" / √2", "/√2") for name in SHEETS["sheets"][library]}
        assert names - set(LINES) == set()
    assert {name for name in LINES if not any(has(library, name) for library in LIBRARIES)} == set()
    assert {line.why for line in LINES.values() if line.why} <= set(WHY)


def test_what_is_called_equal_is_so_and_nothing_else() -> None:
    shared("prices/daily_binance_usdt.csv.gz")
    wrong = [
        f"{library} {name}: theirs {theirs!r}, ours {ours!r} ({line.reason(library) or 'equal'})"
        for library, name, theirs, ours, line in judged()
        if equal(theirs, ours) != (line.reason(library) == "")
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("library", LIBRARIES)
def test_most_of_a_sheet_is_equal(library: str) -> None:
    shared("prices/daily_binance_usdt.csv.gz")
    found = [equal(theirs, ours) for name, _, theirs, ours, _ in judged() if name == library]
    assert sum(found) >= 28, f"{sum(found)} of {len(found)}"


def test_the_table_names_every_line() -> None:
    shared("prices/daily_binance_usdt.csv.gz")
    lines = list(tear_sheets.table())
    assert len(lines) == len(LINES) + 4
