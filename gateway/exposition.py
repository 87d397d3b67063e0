"""Figures as Prometheus text (exposition format 0.0.4: prometheus.io/docs/instrumenting)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

Labels = tuple[tuple[str, str], ...]
Figures = Mapping[str, float | Mapping[Labels, float]]
"""Metric name -> its value, or label pairs -> value. A name that ends in `_total` is a counter."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def exposition(*figures: Figures) -> str:
    """The text of all figures. Raises ValueError for a name that Prometheus would refuse."""
    return "".join(line for part in figures for line in _lines(part))


def _lines(figures: Figures) -> Iterator[str]:
    for name, value in figures.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no metric name ({_NAME.pattern})")
        yield f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}\n"
        samples = value if isinstance(value, Mapping) else {(): value}
        for labels, number in samples.items():
            pairs = ",".join(f'{key}="{text.translate(_ESCAPES)}"' for key, text in labels)
            yield f"{name}{f'{{{pairs}}}' if pairs else ''} {float(number)!r}\n"
