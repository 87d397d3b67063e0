"""Asking a venue's REST interface for the trades that are missing between two known ones.

Sans-I/O: a venue with a history says which request to make next and reads each answer. Sending,
pacing and retrying belong to `connectors.feed.backfiller`. Pages go from the oldest missing trade
on, so what has come so far always follows on the last known trade without a hole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

from connectors.venues.base import Query
from connectors.venues.trades import ReadTrade
from engine.pricing.coins import of_one_coin
from engine.records import Instrument, Tick

T = TypeVar("T")


class HistoryError(Exception):
    """An answer that says nothing usable of the missing trades. The text says what it is."""


class Missed(NamedTuple):
    """The trades of one symbol strictly between two ids."""

    instrument: Instrument
    last_id: str
    next_id: str
    last_ts: int
    """Time of the last trade before, ns UTC."""
    next: Tick | None
    """The first trade after, where it is the one of `next_id`."""


class Pages(Protocol):
    """The missing trades, page by page."""

    @property
    def complete(self) -> bool:
        """Whether all of them have come, as the venue's own counting proves."""
        ...

    def request(self) -> Query:
        """What to ask next, while they are not complete; the same again if nothing new came."""
        ...

    def take(self, answer: Any) -> list[Tick]:
        """New trades of a decoded JSON answer that follow on those before, oldest first, each once.

        Trades outside the order book are not among them, as they count in nothing that a backfill
        is for; but they came, so that what they lie in can be complete.

        Raises HistoryError where it cannot be read, is of another symbol, or leads no further.
        """
        ...


@runtime_checkable
class Historian(Protocol):
    """A venue that can be asked."""

    @property
    def rest_url(self) -> str:
        """The public REST interface."""
        ...

    @property
    def rest_per_second(self) -> float:
        """Requests a second, somewhat below what the venue allows one address."""
        ...

    def history(self, missed: Missed) -> Pages | None:
        """How to ask for these trades; None where nothing could prove which they are."""
        ...


class CountedPages:
    """Missing trades of a venue whose trade ids step by one: the ids prove what is complete.

    `ask(first, last)` makes the request for the trades of these ids, or for some from `first` on;
    `read` reads each trade of the list that is the answer, in any order.
    """

    def __init__(self, missed: Missed, ask: Callable[[int, int], Query], read: ReadTrade) -> None:
        self._instrument = missed.instrument
        self._through, self._end = int(missed.last_id), int(missed.next_id)
        self._ask, self._read = ask, read

    @classmethod
    def between(cls, missed: Missed, *args: Any) -> CountedPages | None:
        """The pages, or None where the two ids do not rise."""
        return cls(missed, *args) if rising(missed) else None

    @property
    def complete(self) -> bool:
        """See `Pages`."""
        return self._through + 1 == self._end

    def request(self) -> Query:
        """See `Pages`."""
        return self._ask(self._through + 1, self._end - 1)

    def rows(self, answer: Any) -> Iterable[Any]:
        """The trades of an answer. May raise HistoryError, and what `each_trade` allows."""
        rows: list[Any] = answer
        return rows

    def found(self, answer: Any) -> dict[int, Tick]:
        """The trades of an answer by their ids. Raises HistoryError."""

        def read(sent: Any) -> Iterable[Tick]:
            return (of_one_coin(self._read(self._instrument, row)) for row in self.rows(sent))

        found: dict[int, Tick] = {}
        for tick in readable(read, answer):
            found.setdefault(int(tick.id or "-1"), tick)
        return found

    def take(self, answer: Any) -> list[Tick]:
        """See `Pages`."""
        found = self.found(answer)
        run = []
        while not self.complete and self._through + 1 in found:
            self._through += 1
            run.append(found[self._through])
        if not run and not self.complete:
            raise HistoryError(f"trade {self._through + 1} is not in the answer")
        return [tick for tick in run if not tick.off_book]


def newest_before(first: int, last: int, most: int) -> dict[str, str | int]:
    """Parameters of a venue that gives the newest trades older than an id: `after` and `limit`.

    A page has room for one trade more than is needed, so that it holds the first missing one even
    if that id were included.
    """
    limit = min(most, last - first + 2)
    return {"after": first - 1 + limit, "limit": limit}


def rising(missed: Missed) -> bool:
    """Whether the two ids are integers in text, the second above the first."""
    ids = missed.last_id, missed.next_id
    return all(i.isascii() and i.isdecimal() for i in ids) and int(ids[0]) < int(ids[1])


def readable(read: Callable[[Any], Iterable[T]], answer: Any) -> list[T]:
    """What an answer holds. Raises HistoryError where it is not of the expected form."""
    try:
        return list(read(answer))
    except KeyError as error:
        raise HistoryError(f"{error} is missing or unknown in {head(answer)}") from error
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise HistoryError(f"{error} in {head(answer)}") from error


def head(answer: Any) -> str:
    """The beginning of an answer, for a message about it."""
    return repr(answer)[:120]
