"""What a one-node Apache Kafka for tests is told: its listeners, its ports, its certificate."""

from __future__ import annotations

import contextlib
import random
import shutil
import socket
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.kafka.artifacts import Unavailable

USER, PASSWORD = "tidegauge", "high-water"
"""Who may log in at the SASL listener."""

CERTIFICATE = "certificate.pem"

TOOL_SECONDS = 60.0
"""For a tool that takes one second."""

LOOPBACK = "127.0.0.1"

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=DIRECT://{bind}:{direct},PROXIED://{bind}:{behind},PASSWORD://{bind}:{password},\
TLS://{bind}:{tls},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=DIRECT://{host}:{direct},PROXIED://{host}:{proxied},\
PASSWORD://{host}:{password},TLS://{host}:{tls}
listener.security.protocol.map=DIRECT:PLAINTEXT,PROXIED:PLAINTEXT,PASSWORD:SASL_PLAINTEXT,\
TLS:SSL,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=DIRECT
listener.name.password.sasl.enabled.mechanisms=PLAIN
listener.name.password.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{secret}";
listener.name.tls.ssl.keystore.type=PEM
listener.name.tls.ssl.keystore.location={inside}/keystore.pem
log.dirs={data}
auto.create.topics.enable=false
# One node: whatever asks for three copies gets one.
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# A test does not wait for members that never come, nor long for the cleaner.
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
# A broker that was killed may not register again before its last session has run out.
broker.session.timeout.ms=3000
log.cleaner.backoff.ms=500
log.cleaner.dedupe.buffer.size=8388608
log.retention.check.interval.ms=1000
num.network.threads=2
num.io.threads=2
background.threads=2
"""

_LOGGING = """\
status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %c{1} %m%n
rootLogger.level=info
rootLogger.appenderRef.out.ref=out
"""


class Ports(NamedTuple):
    """The listeners: plain, plain behind the advertised `proxied`, with password, TLS."""

    direct: int
    behind: int
    proxied: int
    password: int
    tls: int
    controller: int


def free_ports(count: int) -> list[int]:
    """Ports that are free now, from below those that the system gives to outgoing connections.

    A broker comes back on the same ports; one from the system's range could be taken meanwhile.
    """
    found = list[int]()
    for port in random.sample(range(20_000, 32_000), 1000):
        with socket.socket() as candidate, contextlib.suppress(OSError):
            candidate.bind((LOOPBACK, port))
            found.append(port)
        if len(found) == count:
            return found
    raise Unavailable(f"there are no {count} free ports between 20000 and 32000")


def write_configuration(
    directory: Path, ports: Ports, *, bind: str, inside: str, data: str
) -> None:
    """Put `server.properties`, `log4j2.properties` and a certificate into `directory`.

    `inside` is the path of `directory`, and `data` that of the log's files, as the
    broker sees them.
    """
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "log4j2.properties").write_text(_LOGGING)
    values = ports._asdict() | {"host": LOOPBACK, "bind": bind, "inside": inside, "data": data}
    text = _PROPERTIES.format(**values, user=USER, secret=PASSWORD)
    (directory / "server.properties").write_text(text)
    if not (directory / CERTIFICATE).exists():
        _make_certificate(directory)


def _make_certificate(directory: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        raise Unavailable("there is no openssl to make the broker's certificate with")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    name = ["-subj", "/CN=localhost", "-addext", f"subjectAltName=IP:{LOOPBACK},DNS:localhost"]
    files = ["-keyout", "key.pem", "-out", CERTIFICATE, "-days", "3650"]
    run_or_unavailable([openssl, "req", "-x509", *key, *name, *files], directory)
    both = (directory / "key.pem").read_text() + (directory / CERTIFICATE).read_text()
    (directory / "keystore.pem").write_text(both)


def run_or_unavailable(command: list[str], directory: Path) -> None:
    """Run a tool to its end; raises Unavailable with what it said if it fails."""
    done = subprocess.run(
        command,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TOOL_SECONDS,
    )
    if done.returncode:
        text = done.stdout.decode(errors="replace").strip()
        raise Unavailable(f"{Path(command[0]).name} failed: {text[-500:]}")
