"""An Apache Kafka for the bench: the one of `TIDEGAUGE_KAFKA`, or that of the tests on a JVM."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from bench.workers import ContestantError, Cores, bound
from tests.kafka.artifacts import Unavailable
from tests.kafka.broker import Broker
from tests.kafka.elsewhere import GivenBroker


@contextlib.contextmanager
def kafka(folder: Path, cores: Cores) -> Iterator[str]:
    """`host:port` of a running Kafka, on the cores around; raises ContestantError without one.

    It is stopped at the end unless it is somebody else's.
    """
    # A topic that has just been made has no leader for a moment, which clients get over by trying.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    given = os.environ.get("TIDEGAUGE_KAFKA")
    with bound(cores.around):
        try:
            broker = GivenBroker(given) if given else Broker(folder)
            broker.start()
        except Unavailable as error:
            raise ContestantError(f"there is no Kafka: {error}") from None
        try:
            print(f"measured with {broker.version}", flush=True)
            yield broker.address
        finally:
            broker.close()
