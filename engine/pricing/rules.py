"""The numbers of the rule that makes one price of many venues, and why each is what it is.

They were chosen by simulation: 20 kinds of markets with a known fair price, 200 seeds each. Numbers
in brackets below say how many of 2,000 such seeds went wrong (an alarm missed, false, falsely
cleared or late) with another value; with these it was 12. Switches exist so that `tidegauge drill`
can show what each part of the rule is worth.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.types import DAY, SECOND


@dataclass(frozen=True, slots=True)
class Rules:
    """Times are ns. The defaults are the rule."""

    band: float = 0.03
    """Prices further apart than this do not agree. At 5 %, the smallest usual alarm, one venue
    drags the price that far before it is thrown out (144); 4 %: 20."""
    back: float = 0.015
    """Who is out must come this close to be in again, else it would flip at the edge."""
    share: float = 0.01
    """Of the volume: a venue with less has no vote and no part in the price. 0.3 %: 12, with three
    alarms missed; 3 %: 80."""
    half_life: int = DAY
    """Of a source's traded volume as its weight. In a crash nearly all volume comes to the deep
    venue: an hour would silence the honest small ones (13), ten minutes more so (59)."""
    fade: int = 10 * SECOND
    """Half-life of the age of a price within the median: without it a halted venue holds the price
    down for long (14). With 20 s, as in that simulation, a deep feed 17 s late pulled the price of
    `feed_behind` so much that alarms came four seconds late."""
    recent: int = 10 * SECOND
    """The age up to which a source keeps its vote whatever its pace: above a slow feed's delay."""
    paces: float = 20.0
    """The age at which it keeps its vote, in mean intervals between its trades. 3, with a floor of
    2 s: 163; nothing matters more."""
    quiet: float = 10.0
    """The age at which the rate of a quote currency is confirmed by nothing, in mean intervals
    between the trades of its markets, at least `recent`. A currency fell by 7 % in the three
    minutes before its rate was stale, and what was quoted in it had four votes until then. Less,
    and an ordinary pause robs honest venues of theirs."""
    stale_after: int = 180 * SECOND
    """A source without a trade for so long leaves. Deribit's index drops a venue after 3 min."""
    wait: int = SECOND
    """How long a contested or unproven move must stand. 2 s: 19."""
    lively: int = 2 * SECOND
    """Who trades at least so often contradicts soon: a move that it could overturn waits for it
    twice as long. Of two lively venues against a deep one that broke, both are silent for a second
    now and then."""
    contested: int = 4 * SECOND
    """So long waits a move that someone has contradicted and that only weight decides: in a fall of
    the market the others follow within seconds, and nobody says no."""
    burst: int = SECOND // 10
    """A second print proves the first only if it comes later than this: one order prints many
    fills in a millisecond."""
    outweigh: float = 1.5
    """With equal votes the heavier side wins by this factor."""
    ahead: int = 5 * SECOND
    """A trade stamped further ahead of its receipt has a broken stamp."""
    cold: int = 5 * SECOND
    """An asset that never had a price gets none for so long after its first print."""
    doubt: int = 60 * SECOND
    """So long after a jump of a quote currency's rate what it converts is in dispute: whoever looks
    at an alarm within a minute of it should know."""
    two_coins: float = 2.0
    """Sources that never agreed and stand further apart than this factor are probably two coins."""
    two_coins_for: int = DAY
    """After so long without any source that agrees, the standing price is no measure any more."""

    unproven: bool = True
    """One print far off waits for the next."""
    hold: bool = True
    """While no more than half of the votes agree, the price stands for `wait`."""
    pull: bool = True
    """A median that most voters do not agree with must win as a challenge does. Otherwise a deep
    venue that falls by less than the band with each trade takes the price along."""
    strongest: bool = True
    """While the strongest challenge is too young, no other wins. Otherwise a frozen venue that has
    been out for long gets the price in the second before the moving ones may."""
    neutral: bool = True
    """Who is in, but nearer to the challenge than to the price that stands, is not against it. Of
    two fast venues one is often out of the other's last price, and in a fall both would wait."""
    delays: bool = True
    """A move waits longer for who it hears late, by the delay of its last trade, up to `wait`."""
    contest: bool = True
    """Against a move count only those who have traded since it began."""
    by_venue: bool = True
    """A vote a venue, not a source. Otherwise: 19."""
    claims: bool = True
    """Who lost a vote keeps the start of the dispute, else the price flips to and fro."""
    votes: bool = True
    """Voting at all; otherwise the price is a plain weighted median of all."""


RULES = Rules()
