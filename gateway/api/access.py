"""Who may write: a dependency for operations that need a scope."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from fastapi import Depends

from gateway.api.problems import ApiProblem


class Caller(NamedTuple):
    """Who asks."""

    name: str


@lru_cache
def requires(scope: str) -> Any:
    """A dependency that gives the caller, whose key has this scope."""

    def check() -> Caller:
        raise ApiProblem("refused", f"this needs a key with the scope {scope}")

    return Depends(check)
