"""A Kafka that somebody else runs, and one in a container."""

from __future__ import annotations

import contextlib
import gc
import warnings
from pathlib import Path
from typing import Any

from tests.kafka.artifacts import Unavailable, pom_version
from tests.kafka.broker import START_SECONDS, STOP_SECONDS, wait_until_it_answers
from tests.kafka.configuration import (
    CERTIFICATE,
    LOOPBACK,
    Ports,
    free_ports,
    write_configuration,
)

_INSIDE = "/mnt/shared/config"  # where the image looks for files that take the place of its own


class GivenBroker:
    """The Kafka at `host:port` of `TIDEGAUGE_KAFKA`, which the tests may fill and not stop."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.version = f"the Kafka at {address} (TIDEGAUGE_KAFKA)"

    def start(self) -> None:
        """Wait until it answers; raises Unavailable."""
        wait_until_it_answers(self.address, START_SECONDS)

    def close(self) -> None:
        """Nothing: it is not ours to stop."""


def docker_answers() -> bool:
    """Whether there is a Docker engine here."""
    import docker  # comes with testcontainers
    from docker.errors import DockerException

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            with contextlib.closing(docker.from_env(timeout=5)) as client:
                return bool(client.ping())
        except DockerException:
            return False
        finally:
            gc.collect()  # the client leaves its socket open where there is no engine


class ContainerBroker:
    """The same as `broker.Broker`, in a container of Apache Kafka's own image."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ports = Ports(*free_ports(len(Ports._fields)))
        self.address = f"{LOOPBACK}:{self.ports.direct}"
        self.proxied_address = f"{LOOPBACK}:{self.ports.proxied}"
        self.certificate = directory / CERTIFICATE
        self.version = f"Apache Kafka {pom_version()} in a container"
        self._container: Any = None
        # 0.0.0.0 is inside of the container; outside, each port is bound to loopback alone.
        write_configuration(
            directory, self.ports, bind="0.0.0.0", inside=_INSIDE, data="/tmp/kafka-data"
        )
        for file in (directory, *directory.iterdir()):
            file.chmod(0o755)  # the broker in the container is another user

    def start(self) -> None:
        """Start the container, or start it again, and wait until it answers."""
        from testcontainers.core.container import DockerContainer

        if self._container is None:
            container = DockerContainer(f"apache/kafka:{pom_version()}")
            container.with_volume_mapping(str(self.directory), _INSIDE, "ro")
            for port in (
                p
                for name, p in self.ports._asdict().items()
                if name not in ("proxied", "controller")
            ):
                container.ports[port] = (LOOPBACK, port)
            try:
                container.start()
            except Exception as error:  # of Docker, of the network, of the image
                raise Unavailable(f"Docker did not start Kafka: {error}") from error
            self._container = container
        else:
            self._container.get_wrapped_container().start()
        wait_until_it_answers(self.address, START_SECONDS)

    def stop(self) -> None:
        """End the broker in order; its files stay with the container."""
        if self._container is not None:
            self._container.get_wrapped_container().stop(timeout=int(STOP_SECONDS))

    def kill(self) -> None:
        """End the broker at once."""
        if self._container is not None:
            self._container.get_wrapped_container().kill()

    def pause(self) -> None:
        """Freeze the broker."""
        self._container.get_wrapped_container().pause()

    def resume(self) -> None:
        """Let a frozen broker go on."""
        self._container.get_wrapped_container().unpause()

    def close(self) -> None:
        """Remove the container and its files."""
        if self._container is not None:
            self._container.stop()
