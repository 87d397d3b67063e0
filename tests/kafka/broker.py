"""A running Apache Kafka, one node in KRaft mode: for the tests, and by hand with `make kafka`.

`python -m tests.kafka.broker` runs one in the foreground on localhost:9092.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.kafka.artifacts import Unavailable, fetch, java
from tests.kafka.configuration import (
    CERTIFICATE,
    LOOPBACK,
    Ports,
    free_ports,
    run_or_unavailable,
    write_configuration,
)

START_SECONDS = 60.0
"""Three were measured; a loaded machine may take long."""
STOP_SECONDS = 20.0
"""Two were measured; after this the broker is killed."""

# Ends a broker whose test run was killed: the pipe closes, however the run came to its end.
_WATCHDOG = """\
import os, signal, sys
sys.stdin.buffer.read()
try:
    os.kill(int(sys.argv[1]), signal.SIGKILL)
except ProcessLookupError:
    pass
"""


def cluster_id(draw: Callable[[], uuid.UUID] = uuid.uuid4) -> str:
    """A new id in Kafka's form. One in 64 would begin with a dash and be taken for an option."""
    while (found := base64.urlsafe_b64encode(draw().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return found


async def _answers(address: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=2000)
    try:
        await admin.start()
        await admin.list_topics()
    finally:
        await admin.close()


def wait_until_it_answers(address: str, seconds: float) -> None:
    """Return once a Kafka at `host:port` gives its metadata; raises Unavailable."""
    host, _, port = address.rpartition(":")
    deadline = time.monotonic() + seconds
    while True:
        try:
            # aiokafka logs an error for each port that nobody listens to.
            socket.create_connection((host, int(port)), 2.0).close()
            asyncio.run(_answers(address))
            return
        except (KafkaError, OSError, TimeoutError) as error:
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{address} does not answer within {seconds:g} s: {error}"
                ) from None
            time.sleep(0.1)


class Broker:
    """An Apache Kafka in a JVM of its own, its files in `directory`.

    All methods block and may be called from any thread. Whatever becomes of this process, the
    broker ends with it.
    """

    def __init__(self, directory: Path, ports: Ports | None = None) -> None:
        self._java, self._jars = java(), fetch()
        self.ports = ports or Ports(*free_ports(len(Ports._fields)))
        self.directory = directory
        self.certificate = directory / CERTIFICATE
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._prepare()

    @property
    def address(self) -> str:
        """`host:port` without a password."""
        return f"{LOOPBACK}:{self.ports.direct}"

    @property
    def proxied_address(self) -> str:
        """`host:port` where a `Proxy` to `ports.behind` must stand: the broker says it is there."""
        return f"{LOOPBACK}:{self.ports.proxied}"

    @property
    def version(self) -> str:
        """What the running broker says it is."""
        found = re.search(r"Kafka version: (\S+)", self.log())
        return f"Apache Kafka {found[1] if found else 'of unknown version'} on a local JVM"

    def log(self) -> str:
        """What the broker logged so far."""
        path = self.directory / "broker.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _prepare(self) -> None:
        place, data = self.directory, self.directory / "data"
        write_configuration(place, self.ports, bind=LOOPBACK, inside=str(place), data=str(data))
        if not data.exists():
            tool = [*self._command("kafka.tools.StorageTool"), "format", "-t", cluster_id()]
            run_or_unavailable([*tool, "-c", "server.properties"], place)

    def _command(self, main: str) -> list[str]:
        # A broker of one test run lives for minutes: C1 alone starts it in half of the time.
        flags = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        logging = f"-Dlog4j2.configurationFile={self.directory}/log4j2.properties"
        return [self._java, *flags, logging, "-cp", f"{self._jars}/*", main]

    def start(self) -> None:
        """Start the broker and wait until it answers; raises Unavailable."""
        assert self._process is None, "the broker runs already"
        with (self.directory / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command("kafka.Kafka"), "server.properties"],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal is for the tests, which then stop the broker.
                start_new_session=True,
            )
        self._watchdog = subprocess.Popen(
            [sys.executable, "-c", _WATCHDOG, str(self._process.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            wait_until_it_answers(self.address, START_SECONDS)
        except BaseException as error:
            self.kill()
            if isinstance(error, Unavailable):
                raise Unavailable(f"{error}; its log ends: {self.log()[-1000:]}") from None
            raise

    def stop(self) -> None:
        """End the broker in order (SIGTERM)."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._forget()

    def kill(self) -> None:
        """End the broker at once (SIGKILL), as a crash does."""
        if self._process is not None:
            self._process.kill()
        self._forget()

    def _forget(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None
        if self._watchdog is not None:
            # After the broker was waited for, its id may be another's: the watchdog goes unfired.
            self._watchdog.kill()
            self._watchdog.wait()
            assert self._watchdog.stdin is not None
            self._watchdog.stdin.close()
            self._watchdog = None

    def close(self) -> None:
        """Stop for good."""
        self.stop()

    def pause(self) -> None:
        """Freeze the broker (SIGSTOP): its connections stay open and nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen broker go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def wait(self) -> int:
        """Wait until the broker ends by itself; its exit code."""
        assert self._process is not None
        return self._process.wait()


def main() -> int:
    """`make kafka`."""
    parser = argparse.ArgumentParser(prog="make kafka", description=main.__doc__)
    parser.add_argument("--port", type=int, default=9092)
    parser.add_argument("--data", type=Path, default=Path(".cache/kafka"), help="kept between runs")
    parser.add_argument("--fresh", action="store_true", help="forget what was kept")
    options = parser.parse_args()
    if options.fresh:
        shutil.rmtree(options.data, ignore_errors=True)
    try:
        with socket.socket() as wanted:
            wanted.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            wanted.bind((LOOPBACK, options.port))
        print(f"fetching and starting Apache Kafka (log: {options.data}/broker.log)", flush=True)
        ports = Ports(options.port, *free_ports(len(Ports._fields) - 1))
        broker = Broker(options.data.resolve(), ports)
        with _signals_as_interrupts():
            broker.start()
            try:
                print(
                    f"{broker.version}, ready: --log kafka://localhost:{options.port}", flush=True
                )
                print("Ctrl-C stops it", flush=True)
                return broker.wait()
            except KeyboardInterrupt:
                return 0
            finally:
                broker.stop()
    except Unavailable as error:
        print(f"no Kafka: {error}", file=sys.stderr)
    except OSError as error:
        print(f"port {options.port} cannot be had ({error.strerror}); choose another with "
              'ARGS="--port N"', file=sys.stderr)  # fmt: skip
    return 1


@contextlib.contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main())
