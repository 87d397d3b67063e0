"""What operations are given: the gateway they speak for, and queries that hold no surprises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request

from gateway.access.policy import Access
from gateway.api.problems import ApiProblem, known_parameters
from gateway.api.reading import Places
from gateway.entry import IndexEntry
from gateway.past import Past
from gateway.sourcing import Feeds, SourcingNow
from gateway.state import State
from gateway.trials import RuleTrials
from gateway.worker import ComputingProcess
from streams.log import Log


@dataclass(frozen=True, slots=True)
class Gateway:
    """`state` is what is known now, `past` what the tables have (None without any), `worker`
    computes over them, `cards` are the definitions of the figures, `trials` tries rules over the
    log, `access` says who may do what."""

    state: State
    past: Past | None
    worker: ComputingProcess | None
    cards: Mapping[str, Any]
    trials: RuleTrials | None = None
    access: Access = field(default_factory=Access)
    log: Log | None = None
    """Where what people say goes; None where there is none to write to."""
    feeds: Feeds | None = None
    """How venues are heard, where this process hears them."""
    sourcing: SourcingNow = field(default_factory=SourcingNow)
    places: Places = field(default_factory=Places)

    def entry(self, index: str) -> IndexEntry:
        """An index with its status of now. Raises ApiProblem."""
        found = self.state.entry(index)
        if found is None:
            raise self.unknown(index)
        return found

    def unknown(self, index: str) -> ApiProblem:
        """That there is no such index, with those that look alike."""
        near = self.state.near(index[:64])
        hint = f"; did you mean {' or '.join(near)}?" if near else "; see /v1/indices"
        return ApiProblem("unknown-index", f"no index {index[:64]!r}{hint}", near=near)

    def writable(self) -> Log:
        """The log, to write what people say and define. Raises ApiProblem."""
        if self.log is None:
            raise ApiProblem("unwritable", "this gateway has no log to write to")
        return self.log

    def tables(self) -> Past:
        """The past. Raises ApiProblem."""
        if self.past is None:
            detail = "this gateway has no tables of the past beside its log"
            raise ApiProblem("no-history", detail)
        return self.past

    def computing(self) -> ComputingProcess:
        """What computes over the past. Raises ApiProblem."""
        self.tables()
        assert self.worker is not None
        return self.worker


def _gateway(request: Request) -> Gateway:
    found: Gateway = request.app.state.gateway
    return found


Served = Annotated[Gateway, Depends(_gateway)]


def plain_query(request: Request) -> None:
    """Refuse a query with parameters that the operation does not have, or has twice: a misspelt
    filter would be none. Raises ApiProblem."""
    known = known_parameters(request)
    seen = set[str]()
    for name, _ in request.query_params.multi_items():
        words = ""
        if name not in known:
            there = f"known are {', '.join(known)}" if known else "there are none here"
            words = f"unknown parameter; {there}"
        elif name in seen:
            words = "it is given twice; once is meant"
        if words:
            part = {"name": name[:60], "where": "query", "detail": words}
            raise ApiProblem("malformed", f"{name[:60]}: {words}", errors=[part])
        seen.add(name)
