"""A log on Kafka: its address, how to log in, and what to say when it cannot be reached."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.structs import ConsumerRecord

from streams.codecs import VERSION
from streams.records import LogError, Record, is_entered, unentered

DEFAULT_PREFIX = "tidegauge."

CONNECT_SECONDS = 10.0
"""For all servers together. A user's mistake shall be reported within 15 s, imports included."""

REQUEST_SECONDS = 10.0
"""Without an answer for so long, a connection is given up and made anew. A broker of a local
network answers in milliseconds; aiokafka's 40 s would prolong each outage by as much."""

_CLOSE_SECONDS = 0.2

_SCHEMES = {"kafka": False, "kafkas": True}
_SERVER = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
_PREFIX = re.compile(r"[A-Za-z0-9._-]{1,100}")  # a topic's name has at most 249 of these
_ALLOW = "allow"
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")

_MILLISECOND = 1_000_000


class KafkaAddress(NamedTuple):
    """Where a log on Kafka is: `servers` as `host:port`, topics are named `prefix` + name."""

    servers: tuple[str, ...]
    prefix: str = DEFAULT_PREFIX
    tls: bool = False

    @classmethod
    def parse(cls, text: str) -> KafkaAddress:
        """From `kafka://host:port[,host:port][/PREFIX]`, or `kafkas://` for TLS.

        Raises LogError.

        >>> KafkaAddress.parse("kafka://a:9092,b:9092/my.")
        KafkaAddress(servers=('a:9092', 'b:9092'), prefix='my.', tls=False)
        """
        if "@" in text:  # not quoted: it may hold a password
            raise LogError(
                "the address of a log on Kafka holds no login; set TIDEGAUGE_KAFKA_USER and "
                "TIDEGAUGE_KAFKA_PASSWORD, and take away what stands before the @"
            )
        scheme, _, rest = text.partition("://")
        servers, _, prefix = rest.partition("/")
        if scheme not in _SCHEMES:
            raise LogError(f"{text}: expected kafka:// or kafkas:// and host:port")
        for server in servers.split(","):
            found = _SERVER.fullmatch(server)
            if found is None or not 0 < int(found[2]) < 65536:
                raise LogError(f"{text}: {server!r} is no host:port, such as localhost:9092")
        if prefix and not _PREFIX.fullmatch(prefix):
            raise LogError(
                f"{text}: the prefix {prefix!r} may hold letters, digits, and . _ - only, "
                "at most 100 of them"
            )
        return cls(tuple(servers.split(",")), prefix or DEFAULT_PREFIX, _SCHEMES[scheme])

    def __str__(self) -> str:
        return f"kafka{'s' * self.tls}://{','.join(self.servers)}/{self.prefix}"


@dataclass(frozen=True)
class KafkaSecurity:
    """How to log in, from the settings `TIDEGAUGE_KAFKA_*`.

    With a `user` SASL is used, by `mechanism`. The files are PEM: `ca` are the authorities that
    may sign the broker's certificate (the system's if empty), `certificate` and `key` our own.
    `plaintext` allows a password without TLS.
    """

    user: str = ""
    password: str = field(default="", repr=False)
    mechanism: str = "PLAIN"
    ca: str = ""
    certificate: str = ""
    key: str = ""
    key_password: str = field(default="", repr=False)
    plaintext: str = ""

    @classmethod
    def from_settings(cls, environment: Mapping[str, str] = os.environ) -> KafkaSecurity:
        """Read `TIDEGAUGE_KAFKA_USER`, `_PASSWORD`, `_MECHANISM`, `_CA`, `_CERTIFICATE`, `_KEY`,
        `_KEY_PASSWORD` and `_PLAINTEXT`; raises LogError for any other and for what does not fit
        together.
        """
        start = "TIDEGAUGE_KAFKA_"
        known = {start + name.upper(): name for name in cls.__dataclass_fields__}
        given = {name: value for name, value in environment.items() if name.startswith(start)}
        for name in given:
            if name not in known:
                raise LogError(f"{name}: unknown setting; known are {', '.join(known)}")
        security = cls(**{known[name]: value for name, value in given.items() if value})
        if security.mechanism not in _MECHANISMS:
            raise LogError(
                f"{start}MECHANISM: expected one of {', '.join(_MECHANISMS)}, "
                f"got {security.mechanism!r}"
            )
        if security.password and not security.user:
            raise LogError(f"{start}PASSWORD is set and {start}USER is not; set both")
        if security.plaintext not in ("", _ALLOW):
            raise LogError(f"{start}PLAINTEXT: expected {_ALLOW!r}, got {security.plaintext!r}")
        if bool(security.certificate) != bool(security.key):
            raise LogError(f"{start}CERTIFICATE and {start}KEY go together; set both or none")
        return security

    def tls_context(self) -> ssl.SSLContext:
        """For TLS connections; raises LogError naming the setting whose file is not usable."""
        try:
            context = ssl.create_default_context(cafile=self.ca or None)
        except (OSError, ssl.SSLError) as error:
            raise LogError(f"TIDEGAUGE_KAFKA_CA: cannot use {self.ca} ({error})") from None
        if self.certificate:
            try:
                context.load_cert_chain(self.certificate, self.key, self.key_password)
            except (OSError, ssl.SSLError) as error:
                raise LogError(
                    f"TIDEGAUGE_KAFKA_CERTIFICATE, _KEY: cannot use {self.certificate} "
                    f"with {self.key} ({error})"
                ) from None
        return context


class KafkaLog:
    """A log on Kafka, by address and login. It holds no connection; clients are made with it.

    `options` are the arguments that every aiokafka client takes. Raises LogError where a file of
    the login cannot be used, or its password would be sent in the clear.
    """

    has_tokens = False
    """Whether its writers show that they are entered, as the log's own record says."""

    def __init__(self, address: KafkaAddress, security: KafkaSecurity | None = None) -> None:
        self.address = address
        self.security = security or KafkaSecurity()
        if self.security.user and not address.tls and self.security.plaintext != _ALLOW:
            raise LogError(
                f"{address}: the password of {self.security.user!r} would go over the network "
                "without TLS, where others can read or guess it; use kafkas://, or set "
                f"TIDEGAUGE_KAFKA_PLAINTEXT={_ALLOW} where the network is your own"
            )
        self._protocol = {
            "security_protocol": ("SASL_" * bool(self.security.user))
            + ("SSL" if address.tls else "PLAINTEXT"),
            "request_timeout_ms": int(1000 * REQUEST_SECONDS),
            "ssl_context": self.security.tls_context() if address.tls else None,
        }
        if self.security.user:
            self._protocol |= {
                "sasl_mechanism": self.security.mechanism,
                "sasl_plain_username": self.security.user,
                "sasl_plain_password": self.security.password,
            }

    @property
    def options(self) -> dict[str, Any]:
        """Keyword arguments of an aiokafka producer, consumer or admin client."""
        return {"bootstrap_servers": list(self.address.servers), **self._protocol}

    def topic(self, name: str) -> str:
        """The name on the broker of one of `streams.topics.TOPICS`."""
        return self.address.prefix + name

    def record(self, message: ConsumerRecord[bytes | None, bytes | None]) -> Record:
        """What a consumer of aiokafka got, as a record; headers that are not ours count as none."""
        headers = {n: value.decode(errors="replace") for n, value in message.headers or () if value}
        log, seq = headers.get("log", ""), _number(headers.get("seq"), 0)
        writer = headers.get("writer", "") if seq else ""  # one without the other says nothing
        if self.has_tokens and not is_entered(log, writer, headers.get("token")):
            writer, seq = unentered(writer), 0
        return Record(
            topic=message.topic.removeprefix(self.address.prefix),
            partition=message.partition,
            offset=message.offset,
            key=(message.key or b"").decode(errors="replace"),
            type=headers.get("type", ""),
            v=_number(headers.get("v"), VERSION),
            log=log,
            writer=writer,
            seq=seq if writer else 0,
            time=message.timestamp * _MILLISECOND,
            value=message.value or b"",
        )

    async def reach(self) -> None:
        """Log in at one of the servers and at a broker that it names, within `CONNECT_SECONDS`.

        Raises LogError with the reason and what to do. aiokafka's own clients keep the reason to
        themselves and only say that no server could be used.
        """
        failures = list[str]()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                for server in self.address.servers:
                    try:
                        await self._reach(server)
                        return
                    except (KafkaError, OSError, TimeoutError) as error:
                        self._refuse_login(server, error)
                        failures.append(f"{server}: {_reason(error)}")
        except TimeoutError:
            failures.append(f"no answer within {CONNECT_SECONDS:g} s")
        raise LogError(
            f"{self.address}: no Kafka broker can be reached ({'; '.join(failures)}); "
            "start one (`make kafka` runs one here), or correct the address"
        )

    async def _reach(self, server: str) -> None:
        brokers = await self._brokers(server)
        if server in brokers:
            return
        advertised = brokers[0]
        try:
            await self._brokers(advertised)
        except (OSError, TimeoutError) as error:
            raise LogError(
                f"{self.address}: {server} answers and says that the broker is at {advertised}, "
                f"which cannot be reached ({_reason(error)}); correct advertised.listeners there"
            ) from None

    async def _brokers(self, server: str) -> list[str]:
        host, _, port = server.rpartition(":")
        connection = AIOKafkaConnection(host.strip("[]"), int(port), **self._protocol)
        try:
            await connection.connect()
            metadata = await connection.send(MetadataRequest([]))
            return [f"{host}:{port}" for _, host, port, *_ in metadata.brokers] or [server]
        finally:
            # The future never comes for a connection that was not made, and late from a mute peer.
            await asyncio.wait([connection.close()], timeout=_CLOSE_SECONDS)

    def _refuse_login(self, server: str, error: Exception) -> None:
        if isinstance(error, SaslAuthenticationFailed):
            raise LogError(
                f"{self.address}: {server} does not accept the password of "
                f"{self.security.user!r}; check TIDEGAUGE_KAFKA_USER and TIDEGAUGE_KAFKA_PASSWORD"
            ) from None
        if isinstance(error, IllegalSaslStateError | UnsupportedSaslMechanismError):
            raise LogError(
                f"{self.address}: {server} takes no login by {self.security.mechanism}; "
                "check TIDEGAUGE_KAFKA_MECHANISM, or unset TIDEGAUGE_KAFKA_USER if it wants none"
            ) from None
        if isinstance(error, ssl.SSLCertVerificationError):
            raise LogError(
                f"{self.address}: the certificate of {server} is not trusted "
                f"({error.verify_message}); name the authority that signed it in TIDEGAUGE_KAFKA_CA"
            ) from None


def _number(text: str | None, otherwise: int) -> int:
    """A header's number; one of more digits than a 64-bit integer has is none."""
    fits = text is not None and text.isascii() and text.isdigit() and len(text) < 20
    return int(text) if text is not None and fits else otherwise


def _reason(error: BaseException) -> str:
    """The cause in few words: not the class, not the address a second time."""
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionResetError | KafkaError):
        return "it closes the connection; kafkas:// for TLS, TIDEGAUGE_KAFKA_USER for a login?"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
