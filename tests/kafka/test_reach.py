"""What a user is told when the broker cannot be had: one line, what to do, within 15 s."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from streams.kafka.address import KafkaAddress, KafkaLog, KafkaSecurity
from streams.kafka.topics import check_topics, create_topics
from streams.records import LogError
from tests.kafka.configuration import PASSWORD, USER, free_ports
from tests.proxy import Proxy


@contextmanager
def refused(*words: str) -> Iterator[None]:
    """Expect one line with these words, in time."""
    began = time.monotonic()
    with pytest.raises(LogError) as caught:
        yield
    text = str(caught.value)
    assert "\n" not in text
    for word in words:
        assert word in text
    assert time.monotonic() - began < 15.0


def log_at(*servers: str, tls: bool = False, **login: str) -> KafkaLog:
    return KafkaLog(KafkaAddress(servers, "x.", tls), KafkaSecurity(**login, plaintext="allow"))


async def test_nobody_listens() -> None:
    first, second = free_ports(2)
    log = log_at(f"127.0.0.1:{first}", f"127.0.0.1:{second}")
    with refused(
        f"kafka://127.0.0.1:{first},127.0.0.1:{second}/x.: no Kafka broker can be reached",
        f"127.0.0.1:{second}: connection refused",
        "make kafka",
    ):
        await check_topics(log)


async def test_no_such_host() -> None:
    with refused("no-such-host.invalid:9092: ", "correct the address"):
        await create_topics(log_at("no-such-host.invalid:9092"))


async def test_a_server_that_says_nothing() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with refused("no answer within 10 s"):
            await check_topics(log_at(f"127.0.0.1:{mute.getsockname()[1]}"))


async def test_the_second_server_will_do(broker) -> None:
    (unused,) = free_ports(1)
    await log_at(f"127.0.0.1:{unused}", broker.address).reach()


async def test_a_login(own_broker) -> None:
    server = f"127.0.0.1:{own_broker.ports.password}"
    await log_at(server, user=USER, password=PASSWORD).reach()
    with refused("does not accept the password of 'tidegauge'", "TIDEGAUGE_KAFKA_PASSWORD"):
        await check_topics(log_at(server, user=USER, password="wrong"))
    with refused("takes no login by SCRAM-SHA-256", "TIDEGAUGE_KAFKA_MECHANISM"):
        await check_topics(log_at(server, user=USER, password=PASSWORD, mechanism="SCRAM-SHA-256"))
    with refused("it closes the connection", "TIDEGAUGE_KAFKA_USER for a login?"):
        await check_topics(log_at(server))
    with refused("takes no login by PLAIN"):
        await check_topics(log_at(own_broker.address, user=USER, password=PASSWORD))


async def test_tls(own_broker, prefix: str) -> None:
    server = f"127.0.0.1:{own_broker.ports.tls}"
    certificate = str(own_broker.certificate)
    trusted = KafkaLog(KafkaAddress((server,), prefix, True), KafkaSecurity(ca=certificate))
    made = await create_topics(trusted, prices=1)
    plain = KafkaLog(KafkaAddress((own_broker.address,), prefix))
    assert await check_topics(plain) == made
    with refused("is not trusted", "TIDEGAUGE_KAFKA_CA"):
        await check_topics(log_at(server, tls=True))
    with refused("it closes the connection", "kafkas:// for TLS"):
        await check_topics(log_at(server))
    with refused("no Kafka broker can be reached"):
        await check_topics(log_at(own_broker.address, tls=True, ca=certificate))


async def test_advertised_listeners_that_lead_nowhere(own_broker) -> None:
    async with Proxy(own_broker.ports.behind) as elsewhere:
        with refused(
            f"says that the broker is at {own_broker.proxied_address}", "advertised.listeners"
        ):
            await check_topics(log_at(elsewhere.address))
