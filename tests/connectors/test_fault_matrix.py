"""Every kind of fault × 5 venues × 20 seeds in virtual time, and one seed over real sockets.

The figures are printed as one table at the end; docs/faults.md holds a dated one.
"""

import asyncio
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.feed.conversation import Conversation
from connectors.feed.overlap import Overlap
from connectors.simulator.desks import Fill
from connectors.simulator.faults import FAULTS, Fault, relent, strike
from connectors.simulator.memory import MemoryLink
from engine.pricing.gate import TradeGate
from engine.records import Gap, Instrument, Tick
from engine.types import SECOND
from tests.connectors.faults import matrix as fault_matrix
from tests.connectors.faults.judge import Judge
from tests.connectors.faults.matrix import (
    DOCS,
    HANDED_OVER,
    SEEDS,
    SLACK,
    Matrix,
    faults_table,
    in_memory,
    on_a_quiet_machine,
    table,
    violations,
)
from tests.connectors.faults.virtual_loop import START
from tests.connectors.faults.world import VENUES, Outcome, exchange, liquid


@pytest.fixture(scope="module")
def figures() -> Matrix:
    """What the tests of this module have found so far."""
    return {}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of warnings are the point here, and would cost more than the sessions."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


# What a kind must have done to be one: so many trades lost or late on every venue, over all seeds.
LOSE_NOTHING = ("duplicated", "clock_skew", "reordered")


@pytest.mark.parametrize("kind", FAULTS)
def test_nothing_is_lost_in_silence(kind: str, figures: Matrix) -> None:
    matrix = in_memory([kind], SEEDS)
    figures.update(matrix)
    wrong = violations(matrix)
    assert not wrong, "\n".join(wrong)
    assert len(matrix) == len(VENUES)
    for (_, venue), outcomes in matrix.items():
        lost = sum(o.lost for o in outcomes)
        if kind in LOSE_NOTHING:
            assert lost == 0, venue
        elif (kind, venue) in HANDED_OVER:
            assert lost == 0, venue
            assert all(2 <= o.connections <= 4 for o in outcomes), venue
        else:
            assert lost > 10, venue
        if kind == "reordered":
            # Ids without an order are remembered, so what Bybit sends out of turn is taken in.
            late = sum(o.late for o in outcomes)
            assert late == 0 if venue == "bybit" else late > 10, venue


def test_the_same_over_real_sockets(capsys: pytest.CaptureFixture[str]) -> None:
    matrix, away = asyncio.run(on_a_quiet_machine(FAULTS, seed=1))
    wrong = violations(matrix, SLACK)
    assert not wrong, "\n".join([*wrong, f"the process stood still for {away:.2f} s at most"])
    assert len(matrix) == len(FAULTS) * len(VENUES)
    with capsys.disabled():
        print(f"\n\nFaults over loopback sockets, one seed:\n{table(matrix)}")


def test_the_figures_are_one_table(figures: Matrix, capsys: pytest.CaptureFixture[str]) -> None:
    if not figures:
        pytest.skip("nothing of the matrix has run")
    printed = table(figures)
    assert len(printed.splitlines()) == 2 + len(figures)
    with capsys.disabled():
        print(f"\n\nFaults in memory, {SEEDS} seeds:\n{printed}")


def test_the_document_names_every_kind_of_fault() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert faults_table() in text, "write it anew: python -m tests.connectors.faults.matrix"


# ---- sabotage: the judge must see each of these


def sabotaged(kinds: list[str]) -> str:
    return "\n".join(fault_matrix.violations(fault_matrix.in_memory(kinds, 1)))


def test_without_sabotage_all_is_well() -> None:
    assert sabotaged(["rst", "id_gaps", "duplicated"]) == ""


@pytest.mark.parametrize("kind", ["rst", "id_gaps"])
def test_the_matrix_sees_a_silent_loss(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(self: TradeGate, trade_id: str | None, reason: str | None) -> None:
        self.suspected = None

    monkeypatch.setattr(TradeGate, "_report", silent)
    found = sabotaged([kind])
    for venue in ("binance", "coinbase", "kraken"):
        assert f"{kind}/{venue}/0: uncovered" in found
    assert ("rst/bybit/0: uncovered" in found) == (kind == "rst")


def test_the_matrix_sees_false_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    take = Judge.sink

    def cry_wolf(self: Judge, received: int, events: list[Tick | Gap]) -> None:
        """A `stall` of what is trading, now and then."""
        last = next((e for e in reversed(events) if isinstance(e, Tick)), None)
        if last is not None and received % 97 == 0:
            events = [*events, Gap(last.instrument, last.id, None, "stall")]
        take(self, received, events)

    monkeypatch.setattr(Judge, "sink", cry_wolf)
    found = sabotaged(["duplicated"])
    for venue in VENUES:
        assert f"duplicated/{venue}/0: false Gaps" in found
    monkeypatch.undo()

    admit = TradeGate.admit

    def jumpy(self: TradeGate, ts: int, trade_id: str | None) -> Any:
        """What was suspected is told though the ids count on."""
        before, suspected = self.last_text, self.suspected
        verdict = admit(self, ts, trade_id)
        if suspected is not None and self.gap is None and self.instrument.counts:
            self.gap = Gap(self.instrument, before, trade_id, suspected)
        return verdict

    monkeypatch.setattr(TradeGate, "admit", jumpy)
    assert "/0: false Gaps" in sabotaged(["rst"])


def test_the_matrix_sees_duplicates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TradeGate, "_admit_low", lambda self, ts, number, trade_id: "accepted")
    found = sabotaged(["duplicated"])
    for venue in ("binance", "coinbase", "kraken", "okx"):
        assert f"duplicated/{venue}/0: duplicates" in found
    assert "bybit" not in found, "whose ids are texts"


def test_the_matrix_sees_a_hand_over_that_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trades of the new connection overtake those of the old one."""

    def at_once(self: Overlap, event: Tick | Gap, now: float) -> list[Tick | Gap]:
        self._seams[event.instrument.symbol].joined = True
        return [event]

    def all_of_it(self: Overlap, tick: Tick, now: float) -> list[Tick | Gap]:
        return [tick]

    monkeypatch.setattr(Overlap, "from_new", at_once)
    monkeypatch.setattr(Overlap, "from_old", all_of_it)
    found = "\n".join(fault_matrix.violations(fault_matrix.in_memory(["cut_24h_known"], 8)))
    for venue in set(VENUES) - {"bybit"}:  # the gate takes in what Bybit sends out of turn
        assert re.search(rf"cut_24h_known/{venue}/\d: .*late in a hand-over", found), venue
    assert "Gaps of a hand-over" in found


def test_the_matrix_sees_a_renewal_that_is_no_hand_over(monkeypatch: pytest.MonkeyPatch) -> None:
    renew = Conversation.renew

    def cut(self: Conversation, why: str) -> None:
        renew(self, why)
        self.end(why)

    monkeypatch.setattr(Conversation, "renew", cut)
    found = sabotaged(["cut_24h_known"])
    for venue in VENUES:
        assert f"cut_24h_known/{venue}/0: lost in a hand-over" in found
        assert re.search(rf"cut_24h_known/{venue}/0: .*begun anew", found), venue


def test_the_judge_knows_a_true_gap_from_a_false_one() -> None:
    """By hand: trades 1 to 6 of one symbol, of which 3 and 4 never come."""
    instrument = Instrument("kraken", "BTC/USD", "BTC", "USD", "spot", True)
    now = [START]
    judge = Judge(lambda: now[0])
    truth = [Fill("BTC/USD", n, "10.0", "1.0", "buy", START + n * SECOND) for n in range(1, 7)]
    for trade in truth:
        now[0] = trade.ts
        if trade.id not in (3, 4):
            tick = Tick(instrument, 10.0, 1.0, "buy", str(trade.id), trade.ts)
            judge.sink(trade.ts, [tick])
    judge.poll()
    found = judge.verdicts(("kraken", "BTC/USD"), truth, 1)
    assert [f.id for f in found.lost] == [3, 4]
    assert (found.uncovered, found.false, found.gaps, found.twice) == ([], [], 1, 0)
    symbol = judge.symbols["kraken", "BTC/USD"]
    symbol.gaps = [(START, Gap(instrument, "1", "2", "ids"))]
    found = judge.verdicts(("kraken", "BTC/USD"), truth, 1)
    assert [f.id for f in found.uncovered] == [3, 4]
    assert len(found.false) == 1


@pytest.mark.parametrize("kind", ["cut_24h_known", "cut_24h_notice"])
async def test_a_cut_strikes_who_could_know_of_it_and_not_who_came_since(kind: str) -> None:
    """However little or much time has passed: a late machine makes no other fault of it."""
    place = exchange("okx")
    fault = Fault(kind, liquid("okx"), 3.0, "seed")
    old, new = MemoryLink(place), MemoryLink(place)
    place.admit("/", old)
    strike(place, fault)
    place.admit("/", new)
    relent(place, fault)
    assert (old.ending, new.ending) == (True, False)


def test_slowness_is_a_violation() -> None:
    def found(**seconds: float | None) -> str:
        return "\n".join(fault_matrix.violations({("mute_all", "okx"): [Outcome(**seconds)]}))

    assert found(detection=1.9, reconnect=9.0) == ""
    assert "mute_all/okx: noticed after [2.1] s" in found(detection=2.1, reconnect=9.0)
    assert "mute_all/okx: noticed after [None] s" in found(detection=None, reconnect=9.0)
    assert "mute_all/okx: reconnected after 10.1 s" in found(detection=1.0, reconnect=10.1)
