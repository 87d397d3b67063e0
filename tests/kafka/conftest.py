"""One Apache Kafka for the whole test run, and names of their own for each test."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from streams.kafka.address import KafkaAddress, KafkaLog
from tests.kafka.artifacts import Unavailable
from tests.kafka.broker import Broker
from tests.kafka.elsewhere import ContainerBroker, GivenBroker, docker_answers
from tests.proxy import Proxy


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of a log on Kafka are kept where a process was started."""
    monkeypatch.chdir(tmp_path)


OwnBroker = Broker | ContainerBroker
AnyBroker = OwnBroker | GivenBroker


def _have_kafka(directory: Path) -> AnyBroker:
    """The first Kafka that is to be had; raises Unavailable with every reason."""
    given = os.environ.get("TIDEGAUGE_KAFKA")
    if given:
        return GivenBroker(given)
    if docker_answers():
        return ContainerBroker(directory)
    return Broker(directory)


@pytest.fixture(scope="session")
def broker(pytestconfig: pytest.Config) -> Iterator[AnyBroker]:
    """A running Apache Kafka. Without one the test is skipped, under CI it fails."""
    directory = Path(tempfile.mkdtemp(prefix="tidegauge-kafka-"))
    try:
        found = _have_kafka(directory)
        found.start()
    except Unavailable as error:
        shutil.rmtree(directory, ignore_errors=True)
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must test on a real Kafka: {error}", pytrace=False)
        pytest.skip(f"needs an Apache Kafka: {error}")
    try:
        capture = pytestconfig.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            print(f"\nKafka tests run on {found.version}", flush=True)
        yield found
    finally:
        found.close()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def own_broker(broker: AnyBroker) -> OwnBroker:
    """The broker, if it is ours to stop and kill; a broken one is running again afterwards."""
    if isinstance(broker, GivenBroker):
        pytest.skip("TIDEGAUGE_KAFKA is not ours to stop, nor does it have a proxied listener")
    return broker


@pytest.fixture
def prefix() -> str:
    """A topic prefix that no other test has."""
    return f"test-{uuid.uuid4().hex[:12]}."


@pytest.fixture
def log(broker: AnyBroker, prefix: str) -> KafkaLog:
    """A log that does not exist yet; `str(log.address)` is its `kafka://` name."""
    return KafkaLog(KafkaAddress((broker.address,), prefix))


@pytest.fixture
def proxied_log(own_broker: OwnBroker, prefix: str) -> KafkaLog:
    """The same log, behind the `proxy`."""
    return KafkaLog(KafkaAddress((own_broker.proxied_address,), prefix))


@pytest.fixture
async def proxy(own_broker: OwnBroker) -> AsyncIterator[Proxy]:
    """A proxy in front of the broker; clients that start at its address stay behind it."""
    async with Proxy(own_broker.ports.behind, own_broker.ports.proxied) as running:
        yield running
