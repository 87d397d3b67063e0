"""The levels of a record of `levels`, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def level_rows(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Index, seq, at, level, high, low, peak and drawdown (a positive magnitude) of each level,
    from the columns of a record; a record of type `level`, as earlier versions wrote them, is one.
    High and low are None where nobody tells.

    Raises KeyError, TypeError or ValueError where it is none of them.
    """
    if isinstance(body["index"], str):
        yield {"high": None, "low": None, **body}
        return
    columns = [body[name] for name in ("index", "seq", "at", "level", "peak")]
    columns += [body.get(name) or [None] * len(columns[0]) for name in ("high", "low")]
    for index, seq, at, level, peak, high, low in zip(*columns, strict=True):
        drawdown = (peak - level) / peak
        yield {
            **{"index": index, "seq": seq, "at": at},
            **{"level": level, "high": high, "low": low, "peak": peak, "drawdown": drawdown},
        }
