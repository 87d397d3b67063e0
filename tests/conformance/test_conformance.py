"""Every figure that others computed has a verdict, and every verdict holds."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.conformance import report
from tests.conformance.sources import SOURCES, fault, judged
from tests.conformance.verdicts import ORACLES, Verdict, truncated, within

needs_oracles = pytest.mark.skipif(
    not ORACLES.exists(), reason="needs ../shared/data/oracles, which is not there"
)


@needs_oracles
def test_every_oracle_file_is_held() -> None:
    files = {path.name for path in ORACLES.glob("*.json")}
    without_cases = {"series_performanceanalytics.json"}  # the series that two others are about
    assert files - without_cases == set(SOURCES)


@needs_oracles
@pytest.mark.parametrize("file", SOURCES)
def test_every_figure_of_every_case_has_a_verdict(file: str) -> None:
    source = SOURCES[file]
    raw = json.loads((ORACLES / file).read_text())
    assert source.cases == raw.get("cases", raw.get("rows"))
    found = [verdict for verdict, _ in judged(file)]
    assert len(found) == sum(map(source.count, source.cases)) > 0
    by = Counter(verdict.verdict for verdict in found)
    assert sum(by[name] for name in report.VERDICTS) == len(found)
    assert len({(v.case, v.cell) for v in found}) >= len({v.case for v in found})


@needs_oracles
@pytest.mark.parametrize("file", SOURCES)
def test_every_verdict_holds(file: str) -> None:
    faults = [
        f"{verdict.case} {verdict.cell}: {wrong}"
        for verdict, ours in judged(file)
        if (wrong := fault(verdict, ours)) is not None
    ]
    assert not faults, "\n".join(faults[:20])


@needs_oracles
def test_the_report_is_current() -> None:
    assert report.FILE.read_text() == report.text(), "run python -m tests.conformance.report"


def verdict(said: str, why: str = "", shown: float | None = None) -> Verdict:
    return Verdict("f", "case", "", 1.5, said, "risk.sharpe", why, lambda: 0.0, shown)


@pytest.mark.parametrize(
    ("claimed", "ours", "wrong"),
    [
        (verdict("equal"), 1.5, None),
        (verdict("equal"), 1.5 * (1 + 1e-8), "not equal"),
        (verdict("equal"), None, "not equal"),
        (verdict("different", "gaussian"), 1.6, None),
        (verdict("different", "gaussian"), 1.5, "equal after all"),
        (verdict("different", "gaussian", 1.5), 1.6, None),
        (verdict("different", "gaussian", 1.4), 1.6, "their definition gives"),
        (verdict("different", "no such reason"), 1.6, "a reason is"),
        (verdict("equal", "gaussian"), 1.5, "a reason is"),
        (verdict("probably"), 1.5, "unknown verdict"),
    ],
)
def test_a_wrong_verdict_is_found(claimed: Verdict, ours: float | None, wrong: str | None) -> None:
    found = fault(claimed, ours)
    assert found is None if wrong is None else found is not None and found.startswith(wrong)


def test_printed_figures_are_compared_as_they_were_cut() -> None:
    close = truncated(4)
    assert close(0.3201, 0.32019999)  # cut
    assert close(0.3201, 0.32006)  # rounded
    assert close(-0.0314, -0.03149)
    assert not close(0.3201, 0.32021)
    assert not close(0.3201, 0.32004)
    assert within(0.5e-3)(0.391, 0.3914)
    assert not within(0.5e-3)(0.391, 0.3916)
