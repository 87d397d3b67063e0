"""What a run of the bench leaves behind: figures by name, and the page's tables."""

from __future__ import annotations

from bench import report
from bench.rows import Row

TOLD = {"core": 1, "cores": 2, "rounds": 5, "machine": "m", "system": "s", "python": "3",
        "compiler": "cc", "peers": {"csp": "csp 1.0"}, "quick": False}  # fmt: skip


def test_of_several_rows_the_lowest_ratio_counts_and_ours_gives_the_figure():
    rows = [
        Row("calm, 300", "C", 9.0, "M/s", 0.9, key="tick_calm_vs_c"),
        Row("calm, 1,000", "C", 9.0, "M/s", 0.7, key="tick_calm_vs_c"),
        Row("calm, 10,000", "C", None, "M/s", note="no compiler", key="tick_calm_vs_c"),
        Row("an alert", "tidegauge", 4.5, "us", key="alert_us"),
        Row("nothing of the kind", "C", 1.0, "M/s", 0.1),
    ]
    assert report.figures(rows) == ({"tick_calm_vs_c": 0.7}, {"alert_us": 4.5})
    assert report.losses(rows)[0] == "nothing of the kind: C is 10 times faster"


def test_a_run_of_one_part_leaves_the_other_figures_as_they_were(tmp_path):
    path = tmp_path / "results.json"
    empty = report.read(path)
    assert set(empty["ratios"].values()) == {None}
    first = report.merged(
        empty, {"bars": [Row("b", "tidegauge", 9.0, "ms", key="bar_10k_ms")]}, TOLD
    )
    report.write(path, first)
    second = report.merged(
        report.read(path), {"tick": [Row("t", "C", 1.0, "", 0.5, key="tick_calm_vs_c")]}, TOLD
    )
    assert list(second["ratios"]) == list(report.RATIOS)
    assert list(second["absolute"]) == list(report.ABSOLUTE)
    assert (second["absolute"]["bar_10k_ms"], second["ratios"]["tick_calm_vs_c"]) == (9.0, 0.5)
    assert second["dates"]["bar_10k_ms"] == second["dates"]["tick_calm_vs_c"] is not None
    assert second["dates"]["alert_us"] is None
    assert list(second["parts"]) == ["bars", "tick"]


def test_the_page_keeps_what_stands_around_its_tables():
    text = f"# Head\n\n{report.BEGIN}\n\nold\n\n{report.END}\n\n## Tail\n"
    made = report.merged(
        {"ratios": {}, "absolute": {}, "dates": {}, "parts": {}},
        {"tick": [Row("calm", "C", 2.0, "M/s", 0.5)]}, TOLD,
    )  # fmt: skip
    page = report.page(text, made, {"tick": "Tick path"})
    assert page.startswith(f"# Head\n\n{report.BEGIN}\n\n### Tick path (20")
    assert page.endswith(f"We lose: calm: C is 2 times faster.\n\n{report.END}\n\n## Tail\n")
    assert "old" not in page
    assert report.page(page, made, {"tick": "Tick path"}) == page
