"""What a process says to Prometheus: the text, the histograms of hops, the figures of indices."""

from __future__ import annotations

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.catalogue import CATALOGUE
from gateway.exposition import Exposition, Figures, text_of
from gateway.index_series import index_series
from gateway.state import State
from streams.passage import Passage
from tests.gateway import records

MS = 1_000_000
T = 1_796_000_000_000_000_000


def lines(*figures: Figures) -> list[str]:
    """The text of these figures alone."""
    exposition = Exposition()
    for some in figures:
        exposition.add(lambda some=some: some)
    text = text_of(exposition.collect()).decode()
    return text[text.index("# HELP tidegauge_build_info") :].splitlines()[3:]


def test_the_text() -> None:
    okx = (("topic", "a\\b"), ("reason", 'c"d\ne'))
    assert lines(
        {"tidegauge_gateway_clients": 12},
        {"tidegauge_gateway_dropped_total": {okx: 3}, "tidegauge_rejected_total": {}},
    ) == [
        "# HELP tidegauge_gateway_clients Clients of the streams.",
        "# TYPE tidegauge_gateway_clients gauge",
        "tidegauge_gateway_clients 12.0",
        "# HELP tidegauge_gateway_dropped_total Records left out.",
        "# TYPE tidegauge_gateway_dropped_total counter",
        'tidegauge_gateway_dropped_total{reason="c\\"d\\ne",topic="a\\\\b"} 3.0',
        "# HELP tidegauge_rejected_total Records that could not be used; they are in the topic "
        "rejected.",
        "# TYPE tidegauge_rejected_total counter",
    ]


def test_every_process_has_a_registry_of_its_own_and_says_which_version_it_is() -> None:
    one, other = Exposition(), Exposition()
    one.add(lambda: {"tidegauge_gateway_clients": 1})
    text = text_of(other.collect())
    assert b"gateway_clients" not in text
    assert re.search(rb'tidegauge_build_info\{numbers="\d+",version="\d\S+"\} 1.0', text)
    assert b"process_cpu_seconds_total" in text


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"tick rate": 1}, "'tick rate' is not in gateway/catalogue.py"),
        ({"tidegauge_queue_length": 1}, r"labels \('queue',\), not \(\)"),
        ({"tidegauge_queue_length": {(("a", "b"),): 1}}, r"not \('a',\)"),
    ],
)
def test_what_is_not_declared_is_refused(figures: Figures, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        lines(figures)


def test_names_follow_the_conventions() -> None:
    for declared in CATALOGUE.values():
        assert re.fullmatch(r"tidegauge_[a-z][a-z0-9_]*[a-z0-9]", declared.name)
        assert (declared.kind == "counter") == declared.name.endswith("_total"), declared.name
        assert declared.help.endswith("."), declared.name
        for wrong in ("_ms", "_ns", "_millis", "_minutes", "_percent", "_count", "_sum"):
            assert not declared.name.removesuffix("_total").endswith(wrong), declared.name


def test_hops_are_counted_by_how_long_they_took() -> None:
    exposition = Exposition()
    took = (0, 1 * MS, 3 * MS, 3 * MS, 250 * MS, 251 * MS, 11_000 * MS, -5 * MS)
    for ns in took:
        exposition.passed(Passage("log_to_price", T, T + ns))
    exposition.passed(Passage("socket_to_log", T, T + 20 * MS))
    exposition.passed(Passage("socket_to_log", T, T + 20 * MS, rows=0))  # a clock frame
    found = {
        (sample.name.removeprefix("tidegauge_hop_seconds_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text_of(exposition.collect()).decode())
        for sample in family.samples
        if family.name == "tidegauge_hop_seconds"
    }
    at = {le: found["bucket", "log_to_price", le] for le in ("0.001", "0.005", "0.25", "0.5")}
    assert at == {"0.001": 3, "0.005": 5, "0.25": 6, "0.5": 7}
    assert found["bucket", "log_to_price", "10.0"] == 7
    assert found["bucket", "log_to_price", "+Inf"] == found["count", "log_to_price"] == 8
    assert found["sum", "log_to_price"] == pytest.approx(sum(ns for ns in took if ns > 0) / 1e9)
    assert found["count", "socket_to_log"] == 1
    assert ("count", "price_to_snapshot") not in found, "this process does not see it"


def test_figures_of_indices_and_how_many_are_cut() -> None:
    state = State(wall=lambda: records.T0)
    for index in ("A", "B", "C"):
        state.apply("definitions", records.definition(index))
    state.apply("snapshots", records.live("A", seq=1))
    state.apply("levels", records.level("A", seq=2, level=900.0, peak=1000.0))
    found = index_series(state.entries(), most=2)
    a, b = ("index", "A"), ("index", "B")
    assert found["tidegauge_index_level"] == {(a,): 900.0}
    assert found["tidegauge_index_drawdown_ratio"] == {(a,): pytest.approx(0.1)}
    status = found["tidegauge_index_status"]
    assert isinstance(status, dict)
    assert [key[1][1] for key, one in status.items() if one and key[0] == a] == ["live"]
    assert [key[1][1] for key, one in status.items() if one and key[0] == b] == ["no_data"]
    assert len(status) == 2 * 5
    assert found["tidegauge_indices_cut"] == 1
    assert len(lines(found)) > 15
