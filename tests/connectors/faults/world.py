"""Five venues, real sessions, one fault on each: in memory and virtual time, or over sockets."""

import asyncio
import contextlib
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from unittest import mock

from connectors.feed.connect import VenueSessions
from connectors.simulator.desks import Fill
from connectors.simulator.exchange import WIRES, Exchange
from connectors.simulator.faults import Planned, plan
from connectors.simulator.market import STEP, Market
from connectors.simulator.memory import LATENCY, MemorySimulator
from connectors.simulator.server import Simulator
from connectors.venues.registry import VENUES as REGISTERED
from engine.records import Side
from engine.types import SECOND
from tests.connectors.faults.judge import Judge, Verdicts
from tests.connectors.faults.virtual_loop import START, VirtualLoop, run_virtual, virtual_clock

VENUES = tuple(WIRES)
ASSETS = ("BTC", "LTC")
QUIET_SHARE = 0.15
"""Of the trades of all but BTC that are kept: BTC trades 20 times a second, the others 1.5."""
RATE = 180.0
TICK = 2 * STEP
"""Seconds of a step of the tape."""
START_AT, APART, SECONDS = 8.0, 2.0, 28.5
"""When the first fault begins, how far apart they are, and when the trading ends."""
REST = 10
"""Steps without trades at the end, in which all arrives that is under way."""
LIMITS = {
    "binance": (300, 300.0),
    "coinbase": (8, 1.0),
    "kraken": (150, 600.0),
    "okx": (3, 1.0),
    "bybit": (500, 300.0),
}
"""Attempts allowed in so many seconds, as the venues document it (not as our settings say)."""
BY_IDS = ("id_gaps", "corrupt_json", "reordered")
"""Kinds of which trades are missed while the connection goes on."""
RECONNECT = (
    *("rst", "fin", "close_1006", "mute_symbol", "mute_all", "half_open", "http_429"),
    *("wrong_ack_refused", "wrong_ack_other", "cut_24h", "cut_24h_notice", "cut_24h_known"),
    *("oversized", "deflate"),
)
"""Kinds after which there must be a new connection."""
FORETOLD = ("cut_24h_notice", "cut_24h_known")
"""Kinds of which one can know beforehand, so that the time from the cut on counts."""

Tape = list[list[tuple[str, Fill]]]


def liquid(venue: str) -> str:
    """The symbol that faults pick."""
    return WIRES[venue].symbol("BTC", "USDT" if venue in ("binance", "okx", "bybit") else "USD")


NOW = 1_786_310_817_583_000_000
"""ns UTC: when `fill` was traded."""


def fill(venue: str, number: int, side: Side = "buy") -> Fill:
    """A trade of its liquid symbol."""
    return Fill(liquid(venue), number, "61837.63", "0.02000000", side, NOW)


def exchange(venue: str, now_ns: Callable[[], int] = lambda: NOW) -> Exchange:
    """With one liquid symbol and one trade in it."""
    found = Exchange(venue, now_ns)
    found.list_market("BTC", "USDT" if venue in ("binance", "okx", "bybit") else "USD")
    found.recent[liquid(venue)].append(fill(venue, 7))
    return found


@lru_cache(maxsize=32)
def record_tape(seed: int, seconds: float = SECONDS, rate: float = RATE) -> Tape:
    """The trades of all venues, `TICK` by `TICK`; the first are the history before the start."""
    market = Market(seed, ASSETS, VENUES, rate)
    rng = random.Random(seed)
    exchanges = listed(lambda: 0, market)
    tape: Tape = [[(t.venue, exchanges[t.venue].book(t, START)) for t in market.opening()]]
    for number in range(1, round(seconds / TICK) + 1):
        ts = START + round(number * TICK * SECOND)
        trades = [t for _ in range(2) for t in market.step()]
        kept = [t for t in trades if t.asset == "BTC" or rng.random() < QUIET_SHARE]
        tape.append([(t.venue, exchanges[t.venue].book(t, ts)) for t in kept])
    return tape + [[] for _ in range(REST)]


def listed(now_ns: Callable[[], int], market: Market) -> dict[str, Exchange]:
    """The exchanges with their symbols."""
    exchanges = {venue: Exchange(venue, now_ns) for venue in VENUES}
    for venue, asset, quote in market.markets:
        exchanges[venue].list_market(asset, quote)
    return exchanges


@dataclass
class Outcome:
    """What one fault did to one venue. Seconds are None where there is nothing to time."""

    lost: int = 0
    covered: int = 0
    late: int = 0
    gaps: int = 0
    false: int = 0
    duplicates: int = 0
    detection: float | None = None
    reconnect: float | None = None
    connections: int = 0
    begun_anew: int = 0
    """`session` Gaps of symbols that had begun before."""
    stalls: int = 0
    """`stall` Gaps told."""
    attempts: float = 0.0
    """The most attempts in the venue's window, as a share of what it allows."""
    most_attempts: int = 0
    unread: int = 0
    notes: list[str] = field(default_factory=list)


MakeStep = Callable[[dict[str, Exchange], Sequence[Planned]], Callable[[], None]]
"""Makes what is to be done after each step, of the exchanges and their faults."""


def run_in_memory(
    kind: str,
    seed: int,
    also: MakeStep = lambda exchanges, faults: lambda: None,
    *,
    unreadable: bool = False,
    standstill: tuple[float, float] | None = None,
    seconds: float = SECONDS,
) -> dict[str, Outcome]:
    """A fault of this kind on each venue, in virtual time; and what `also` does.

    `unreadable` says that it sends frames which are no JSON. A `standstill` is when our process
    stands still, and how long, in seconds: the exchanges go on. `seconds` is when trading ends.
    """
    return run_virtual(_in_memory(kind, seed, also, unreadable, standstill, seconds))


async def _in_memory(
    kind: str,
    seed: int,
    also: MakeStep,
    unreadable: bool,
    standstill: tuple[float, float] | None,
    seconds: float,
) -> dict[str, Outcome]:
    loop = asyncio.get_running_loop()
    clock = virtual_clock(loop)
    tape = record_tape(seed, seconds)
    faults = plan(kind, seed, {venue: liquid(venue) for venue in VENUES}, START_AT, APART)
    exchanges = listed(clock.now_ns, Market(seed, ASSETS, VENUES, 0.0))
    for venue, fill in tape[0]:
        exchanges[venue].recent[fill.symbol].append(fill)
    simulator = MemorySimulator(exchanges.values(), latencies(kind, seed))
    judge = Judge(clock.now_ns)
    with lifetimes(kind, faults):
        sessions = VenueSessions(
            VENUES,
            ASSETS,
            judge.sink,
            simulator.urls,
            clock=clock,
            connect=simulator.connect,
            rng=random.Random(f"sessions:{kind}:{seed}"),
        )
    step = also(exchanges, faults)

    def after_step() -> None:
        judge.poll()
        step()

    running = asyncio.create_task(sessions.run())
    pause = standing_still(*standstill) if standstill is not None else asyncio.sleep
    await simulator.play(tape[1:], TICK, faults, after_step, pause)
    sessions.stop()
    await running
    judge.poll()
    truth = [entry for step in tape for entry in step]
    outcomes = judged(judge, truth, faults, exchanges, START, unreadable)
    for venue, outcome in outcomes.items():
        outcome.unread = max(
            link.most_unread for link in simulator.links if link.exchange.name == venue
        )
    return outcomes


def standing_still(at: float, seconds: float) -> Callable[[float], Awaitable[None]]:
    """How `MemorySimulator.play` waits while, from time `at` on, nobody else gets to run."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)

    async def pause(wait: float) -> None:
        if at <= loop.now < at + seconds:
            loop.now += max(0.0, wait)
        else:
            await asyncio.sleep(wait)

    return pause


def latencies(kind: str, seed: int) -> Callable[[], float]:
    """Lines of different latency where one takes over from another: either may be ahead."""
    rng = random.Random(f"latency:{kind}:{seed}")
    return lambda: rng.uniform(0.005, 0.3) if kind in FORETOLD else LATENCY


@contextlib.contextmanager
def lifetimes(kind: str, faults: Sequence[Planned]) -> Iterator[None]:
    """Sessions made within know when a venue is going to cut them, for the kind that is known."""
    with contextlib.ExitStack() as stack:
        for planned in faults if kind == "cut_24h_known" else ():
            place = REGISTERED[planned.venue]
            limits = replace(place.limits, lifetime=planned.at)
            stack.enter_context(mock.patch.object(place, "limits", limits))
        yield


def judged(
    judge: Judge,
    truth: list[tuple[str, Fill]],
    faults: list[Planned],
    exchanges: dict[str, Exchange],
    start: int,
    unreadable: bool = False,
) -> dict[str, Outcome]:
    """The outcome for each venue. `start` is the time (ns UTC) from which the faults count."""
    judge.check_pricer()
    made: dict[tuple[str, str], list[Fill]] = defaultdict(list)
    for venue, fill in truth:
        made[venue, fill.symbol].append(fill)
    outcomes: dict[str, Outcome] = {}
    for planned in faults:
        venue = planned.venue
        outcome = outcomes[venue] = Outcome()
        strike = start + int(planned.at * SECOND)
        connections = outcome.connections = len(exchanges[venue].met)
        verdicts = []
        for market, fills in made.items():
            if market[0] == venue and market in judge.symbols:
                verdicts.append(judge.verdicts(market, fills, connections))
                reasons = [gap.reason for _, gap in judge.symbols[market].told]
                outcome.begun_anew += reasons.count("session") - 1
                outcome.stalls += reasons.count("stall")
                read = not unreadable and planned.fault.kind != "corrupt_json"
                told = judge.symbols[market].told if read else []
                verdicts[-1].false += [gap for _, gap in told if gap.reason == "malformed"]
            elif market[0] == venue:
                outcome.notes.append(f"{market[1]} was never heard of")
        _add(outcome, verdicts)
        first_lost = [found.lost[0].ts for found in verdicts if found.lost]
        _time(outcome, planned, exchanges[venue], judge, strike, first_lost)
        count_attempts(outcome, exchanges[venue])
    return outcomes


def _add(outcome: Outcome, verdicts: list[Verdicts]) -> None:
    """The verdicts about all symbols of a venue, together."""
    withheld: dict[int, bool] = {}
    for found in verdicts:
        outcome.lost += len(found.lost)
        outcome.covered += len(found.lost) - len(found.uncovered)
        outcome.late += found.late
        outcome.gaps += found.gaps
        outcome.duplicates += found.twice
        outcome.false += len(found.false)
        outcome.notes += [f"false {gap}" for gap in found.false]
        outcome.notes += [f"uncovered {fill}" for fill in found.uncovered[:3]]
        for at, really in found.stalls.items():
            withheld[at] = withheld.get(at, False) or really
    alarms = [at for at, really in withheld.items() if not really]
    outcome.false += len(alarms)
    outcome.notes += [f"false stall at {at}" for at in alarms]


def _time(
    outcome: Outcome,
    planned: Planned,
    exchange: Exchange,
    judge: Judge,
    strike: int,
    first_lost: list[int],
) -> None:
    """How long until it was noticed: a Gap or a new attempt; and until trades came again."""
    kind, venue = planned.fault.kind, planned.venue
    since = strike
    if kind in FORETOLD:
        strike += int(planned.fault.seconds * SECOND)  # from the cut on; before it, it is no time
    signs = [at for at in exchange.attempts if at > since]
    for (place, _), symbol in judge.symbols.items():
        if place == venue:
            told = [at for at, gap in symbol.told if at > since]
            signs += told + [at for at, _ in symbol.gaps if at > since]
    harm = strike
    if kind in BY_IDS:
        if not first_lost:
            return
        harm = min(first_lost)
    if kind in (*BY_IDS, *RECONNECT) and signs:
        outcome.detection = max(0, min(signs) - harm) / SECOND
    if kind in RECONNECT:
        again = [
            client.first_trade[planned.fault.symbol]
            for client in exchange.met
            if client.opened > since and planned.fault.symbol in client.first_trade
        ]
        outcome.reconnect = max(0, min(again) - strike) / SECOND if again else float("inf")


def count_attempts(outcome: Outcome, exchange: Exchange) -> None:
    """The most attempts in any window of the venue's limit."""
    allowed, window = LIMITS[exchange.name]
    made = [at / SECOND for at in exchange.attempts]
    most = max((sum(1 for b in made if a <= b < a + window) for a in made), default=0)
    outcome.most_attempts = most
    outcome.attempts = most / allowed


# ---- over real sockets

SOCKET_START, SOCKET_APART, SOCKET_SECONDS = 8.0, 1.0, 22.0
"""As `START_AT`, `APART` and `SECONDS`, of wall time."""


async def run_on_sockets(kind: str, seed: int) -> dict[str, Outcome]:
    """A fault of this kind on each venue over loopback websockets, in real time."""
    truth: list[tuple[str, Fill]] = []
    judge = Judge(time.time_ns)
    async with Simulator(seed, VENUES, ASSETS, RATE, truth=truth) as simulator:
        faults = plan(
            kind, seed, {venue: liquid(venue) for venue in VENUES}, SOCKET_START, SOCKET_APART
        )
        with lifetimes(kind, faults):
            sessions = VenueSessions(VENUES, ASSETS, judge.sink, simulator.urls)
        running = asyncio.create_task(sessions.run())
        start = time.time_ns()
        suffering = asyncio.create_task(simulator.suffer(faults))
        end = time.monotonic() + SOCKET_SECONDS
        while time.monotonic() < end:
            await asyncio.sleep(TICK)
            judge.poll()
        simulator.halt()
        await asyncio.sleep(0.5)  # what is under way arrives; nothing more is made
        suffering.cancel()
        sessions.stop()
        await asyncio.wait_for(running, 20)
        with contextlib.suppress(asyncio.CancelledError):
            await suffering
        judge.poll()
        return judged(judge, truth, faults, simulator.exchanges, start)
