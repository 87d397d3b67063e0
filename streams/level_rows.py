"""The levels of a record of `levels`, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def level_rows(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Index, seq, at, level, peak and drawdown (a positive magnitude) of each level, from the
    columns of a record; a record of type `level`, as earlier versions wrote them, is one.

    Raises KeyError, TypeError or ValueError where it is none of them.
    """
    if isinstance(body["index"], str):
        yield dict(body)
        return
    columns = (body[name] for name in ("index", "seq", "at", "level", "peak"))
    for index, seq, at, level, peak in zip(*columns, strict=True):
        drawdown = (peak - level) / peak
        yield {
            **{"index": index, "seq": seq, "at": at},
            **{"level": level, "peak": peak, "drawdown": drawdown},
        }
