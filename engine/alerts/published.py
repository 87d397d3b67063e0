"""Setting a shard's alerts to what was published, where other numbers had been at work.

Used once, when a log goes over to another version behind its checkpoint (`streams.bridge`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from engine.alerts.book import drawdown_rule
from engine.alerts.lifecycle import CLEARING, FIRING, NO_DATA, OK, PENDING
from engine.alerts.standings import lost_name
from engine.metrics.watched import RULES


def adopt_alerts(
    state: Mapping[str, Any], before: Mapping[str, Any], alerts: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """The state of a shard (`Shard.dump`) whose alerts are those of `before` (its `watch` at the
    checkpoint) and what was published since (`alerts`, bodies in order), and no others.

    What holds and was not said fires at the next instant, day or month at which it is judged; what
    was said and does not hold resolves there.
    """
    book = {
        index: {**e, "firings": dict(e["firings"]), "open": list(e["open"])}
        for index, e in before["book"].items()
    }
    raised = {index: dict(record["raised"]) for index, record in before["flags"].items()}
    for alert in alerts:
        _apply(book, raised, alert)
    flags = {
        index: record | {"raised": _flags(book.get(index), record["raised"], raised.get(index, {}))}
        for index, record in state["watch"]["flags"].items()
    }
    levels = _fire(state["baskets"], book)
    watch = state["watch"] | {"book": book, "flags": flags}
    if "rules" in watch:
        watch["rules"] = {
            index: [_standing(entry, book.get(index)) for entry in entries]
            for index, entries in watch["rules"].items()
        }
    return {**state, "watch": watch, "baskets": state["baskets"] | {"levels": levels}}


def _apply(book: dict[str, Any], raised: dict[str, Any], alert: Mapping[str, Any]) -> None:
    index, name = alert["index"], alert["rule"]
    episodes = book.setdefault(index, {"seq": 0, "firings": {}, "open": []})
    episodes["seq"] = max(episodes["seq"], alert["seq"])
    episodes["open"] = [rule for rule in episodes["open"] if rule[1] != name]
    if alert["state"] == "firing":
        rule = [alert["kind"], name, alert["severity"], alert["episode"]]
        episodes["open"].append(rule)
        episodes["firings"][name] = episodes["firings"].get(name, 0) + 1
        if name in RULES:
            flag = {"flag": name, "since": alert["at"], "evidence": alert["evidence"]}
            raised.setdefault(index, {})[name] = flag


def _flags(
    episodes: Mapping[str, Any] | None, now: Mapping[str, Any], known: Mapping[str, Any]
) -> dict[str, Any]:
    """The raised flags of an index: of those that have alerts, exactly those with an open one."""
    open_now = {rule[1] for rule in episodes["open"]} if episodes else set()
    said = {flag: now.get(flag, known.get(flag)) for flag in RULES if flag in open_now}
    return said | {name: flag for name, flag in now.items() if name not in RULES}


def _standing(entry: list[Any], episodes: Mapping[str, Any] | None) -> list[Any]:
    """A rule's standing, open or lost exactly where its alerts say so."""
    name, identity, standing = entry
    open_now = {rule[1] for rule in episodes["open"]} if episodes else set()
    is_open, is_lost = name in open_now, lost_name(name) in open_now
    state = standing["state"]
    if is_lost:
        state = NO_DATA
    elif is_open and state not in (FIRING, CLEARING):
        state = FIRING
    elif not is_open and state not in (OK, PENDING):
        state = OK
    return [name, identity, standing | {"state": state, "is_open": is_open}]


def _fire(baskets: Mapping[str, Any], book: Mapping[str, Any]) -> dict[str, Any]:
    """The levels, with drawdown rules firing where the book says so."""
    levels = dict(baskets["levels"])
    firing = np.zeros_like(levels["firing"])
    for i, basket in enumerate(baskets["baskets"]):
        open_now = {rule[1] for rule in book.get(basket["id"], {"open": ()})["open"]}
        for k, depth in enumerate(levels["rule_depth"][i].tolist()):
            firing[i, k] = depth < np.inf and drawdown_rule(depth).name in open_now
    # An empty band sends the next price to the exact path, which decides and sets a fitting one.
    started = levels["started"]
    lo, hi = levels["lo"].copy(), levels["hi"].copy()
    lo[started], hi[started] = np.inf, -np.inf
    return levels | {"firing": firing, "lo": lo, "hi": hi}
