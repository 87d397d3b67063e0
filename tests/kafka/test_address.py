"""Addresses and logins, as a user writes them. Needs no broker."""

from __future__ import annotations

import pytest

from streams.kafka.address import KafkaAddress, KafkaLog, KafkaSecurity
from streams.records import LogError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("kafka://localhost:9092", KafkaAddress(("localhost:9092",), "tidegauge.", False)),
        ("kafka://localhost:9092/", KafkaAddress(("localhost:9092",), "tidegauge.", False)),
        ("kafkas://a.b:1,c-d:65535/x_y.", KafkaAddress(("a.b:1", "c-d:65535"), "x_y.", True)),
        ("kafka://[::1]:9092/p", KafkaAddress(("[::1]:9092",), "p", False)),
    ],
)
def test_address(text: str, address: KafkaAddress) -> None:
    assert KafkaAddress.parse(text) == address
    assert KafkaAddress.parse(str(address)) == address


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kafka://localhost", "'localhost' is no host:port"),
        ("kafka://", "'' is no host:port"),
        ("kafka://a:1,,b:2", "'' is no host:port"),
        ("kafka://a:0", "'a:0' is no host:port"),
        ("kafka://a:70000", "'a:70000' is no host:port"),
        ("kafka://a:1/two words", "the prefix 'two words' may hold letters"),
        ("kafka://a:1/x/y", "the prefix 'x/y' may hold letters"),
        ("kafka://a:1/" + "p" * 101, "at most 100"),
        ("http://a:1", "expected kafka:// or kafkas://"),
    ],
)
def test_what_is_no_address(text: str, words: str) -> None:
    with pytest.raises(LogError) as caught:
        KafkaAddress.parse(text)
    assert str(caught.value).startswith(text)
    assert words in str(caught.value)


def test_topics_have_the_prefix() -> None:
    assert KafkaLog(KafkaAddress.parse("kafka://a:1")).topic("ticks") == "tidegauge.ticks"
    assert KafkaLog(KafkaAddress.parse("kafka://a:1/x-")).topic("ticks") == "x-ticks"


def test_settings_make_the_clients_options() -> None:
    environment = {
        "TIDEGAUGE_KAFKA_USER": "me",
        "TIDEGAUGE_KAFKA_PASSWORD": "secret",
        "TIDEGAUGE_KAFKA_MECHANISM": "SCRAM-SHA-512",
        "TIDEGAUGE_KAFKA_CA": "",
        "TIDEGAUGE_KAFKA_PLAINTEXT": "allow",
        "TIDEGAUGE_CACHE": "not ours",
        "TIDEGAUGE_KAFKA": "not ours either",
    }
    security = KafkaSecurity.from_settings(environment)
    assert security == KafkaSecurity(
        user="me", password="secret", mechanism="SCRAM-SHA-512", plaintext="allow"
    )
    assert "secret" not in repr(security)
    options = KafkaLog(KafkaAddress.parse("kafka://a:1,b:2"), security).options
    assert options["bootstrap_servers"] == ["a:1", "b:2"]
    assert options["security_protocol"] == "SASL_PLAINTEXT"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("me", "secret")
    tls = KafkaLog(KafkaAddress.parse("kafkas://a:1"), security).options
    assert tls["security_protocol"] == "SASL_SSL"
    plain = KafkaLog(KafkaAddress.parse("kafka://a:1")).options
    assert plain["security_protocol"] == "PLAINTEXT"
    assert "sasl_plain_username" not in plain


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PASSWD": "x"}, "TIDEGAUGE_KAFKA_PASSWD: unknown setting"),
        ({"MECHANISM": "GSSAPI"}, "TIDEGAUGE_KAFKA_MECHANISM: expected one of PLAIN"),
        ({"PASSWORD": "x"}, "TIDEGAUGE_KAFKA_USER is not"),
        ({"CERTIFICATE": "c.pem"}, "go together"),
        ({"PLAINTEXT": "yes"}, "expected 'allow', got 'yes'"),
    ],
)
def test_settings_that_are_refused(environment: dict[str, str], words: str) -> None:
    given = {f"TIDEGAUGE_KAFKA_{name}": value for name, value in environment.items()}
    with pytest.raises(LogError, match=words):
        KafkaSecurity.from_settings(given)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_a_password_is_not_sent_in_the_clear_unless_that_is_meant(mechanism: str) -> None:
    login = {"user": "me", "password": "secret", "mechanism": mechanism}
    clear, tls = KafkaAddress.parse("kafka://a:1"), KafkaAddress.parse("kafkas://a:1")
    with pytest.raises(LogError, match=r"without TLS.*TIDEGAUGE_KAFKA_PLAINTEXT=allow") as raised:
        KafkaLog(clear, KafkaSecurity(**login))
    assert "secret" not in str(raised.value)
    assert KafkaLog(tls, KafkaSecurity(**login)).options["security_protocol"] == "SASL_SSL"
    allowed = KafkaLog(clear, KafkaSecurity(**login, plaintext="allow"))
    assert allowed.options["security_protocol"] == "SASL_PLAINTEXT"


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    for text in ("kafka://me:hunter2@a:1", "kafkas://me:hunter2@a:1/x.", "kafka://a:1/hunter2@"):
        with pytest.raises(LogError, match="holds no login") as raised:
            KafkaAddress.parse(text)
        assert "hunter2" not in str(raised.value)


def test_a_file_that_is_no_certificate(tmp_path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("nothing")
    address = KafkaAddress.parse("kafkas://a:1")
    with pytest.raises(LogError, match="TIDEGAUGE_KAFKA_CA: cannot use"):
        KafkaLog(address, KafkaSecurity(ca=str(file)))
    with pytest.raises(LogError, match="TIDEGAUGE_KAFKA_CERTIFICATE, _KEY: cannot use"):
        KafkaLog(address, KafkaSecurity(certificate=str(file), key=str(file)))
