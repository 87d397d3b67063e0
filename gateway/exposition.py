"""What a process says to Prometheus: a registry of its own, filled when it is read.

Every part of a process keeps its figures as plain numbers and is asked for them at each reading.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version
from itertools import accumulate
from typing import get_args

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from engine.types import NUMBERS, SECOND
from gateway.catalogue import CATALOGUE, HOPS, Declared
from streams.passage import Hop, Passage, Passed

Labels = tuple[tuple[str, str], ...]
Figures = Mapping[str, float | Mapping[Labels, float]]
"""Name in the catalogue -> its value, or label pairs -> value."""

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends (s): a hop takes milliseconds, and is late from 2 s on (`gateway.ageing`)."""


def families(figures: Figures) -> Iterator[Metric]:
    """Figures with the words of the catalogue. Raises ValueError for one that is not in it, or has
    other labels."""
    for name, value in figures.items():
        declared = CATALOGUE.get(name)
        if declared is None:
            raise ValueError(f"{name!r} is not in gateway/catalogue.py: say there what it is")
        family = _family(declared)
        samples = value if isinstance(value, Mapping) else {(): value}
        for labels, number in samples.items():
            pairs = dict(labels)
            if tuple(pairs) != declared.labels:
                raise ValueError(f"{name} has the labels {declared.labels}, not {tuple(pairs)}")
            family.add_metric(list(pairs.values()), float(number))
        yield family


def _family(declared: Declared) -> CounterMetricFamily | GaugeMetricFamily:
    kind = CounterMetricFamily if declared.kind == "counter" else GaugeMetricFamily
    return kind(declared.name, declared.help, labels=declared.labels)


class FiguresCollector(Collector):
    """Figures that are asked for at each reading."""

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self._figures = figures

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: not every part of a process is there when it is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """What they are now."""
        return families(self._figures())


class HopTimes(Collector):
    """How long the hops take that this process sees, as histograms.

    Every hop is told from one thread at a time, so nothing is locked: a trade's frame passes here.
    """

    def __init__(self) -> None:
        self._counts: dict[Hop, list[int]] = {}
        self._sums: dict[Hop, float] = {}

    def passed(self, passage: Passage) -> None:
        """Count it. What clocks that differ make negative is 0; a clock frame is no trade's."""
        if not passage.rows:
            return
        seconds = max(passage.ended - passage.began, 0) / SECOND
        hop = passage.hop
        if hop not in self._counts:
            self._sums[hop], self._counts[hop] = 0.0, [0] * (len(BUCKETS) + 1)
        self._counts[hop][bisect_left(BUCKETS, seconds)] += 1
        self._sums[hop] += seconds

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The histogram, of the hops that were seen; none where no hop passes."""
        family = HistogramMetricFamily(HOPS.name, HOPS.help, labels=HOPS.labels)
        names = [*map(floatToGoString, BUCKETS), "+Inf"]
        for hop in get_args(Hop):
            if hop in self._counts:
                below = list(zip(names, accumulate(self._counts[hop]), strict=True))
                family.add_metric([hop], below, self._sums[hop])
        if self._counts:
            yield family


class Exposition:
    """The registry of one process. `passed` is to be told what passes through it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        hops = HopTimes()
        self.registry.register(hops)
        self.passed: Passed = hops.passed
        ProcessCollector(registry=self.registry)
        self.add(_build)

    def add(self, figures: Callable[[], Figures]) -> None:
        """Ask for these as well, at each reading."""
        self.registry.register(FiguresCollector(figures))

    def collect(self, *more: Callable[[], Figures]) -> list[Metric]:
        """All of it as it is now, and these figures as well."""
        parts = (self.registry, *map(FiguresCollector, more))
        return [family for part in parts for family in part.collect()]


class _Collected(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def text_of(families: Iterable[Metric]) -> bytes:
    """The exposition format 0.0.4 of what was collected. It may be made in another thread: of a
    thousand indices it takes some 40 ms."""
    return generate_latest(_Collected(families))


def _build() -> Figures:
    labels = ("version", version("tidegauge")), ("numbers", NUMBERS)
    return {"tidegauge_build_info": {labels: 1.0}}
