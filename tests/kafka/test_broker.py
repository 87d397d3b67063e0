"""The broker of the tests: it goes when they go, and CI does not do without."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from tests.kafka.broker import Broker, cluster_id

ROOT = Path(__file__).resolve().parents[2]

RUN_AND_HANG = """
import sys, time
from pathlib import Path
from tests.kafka.broker import Broker
broker = Broker(Path(sys.argv[1]))
broker.start()
print(broker._process.pid, flush=True)
time.sleep(600)
"""


def test_the_id_of_a_cluster_is_no_option() -> None:
    dashed, plain = uuid.UUID(bytes=b"\xf8" + bytes(15)), uuid.UUID(bytes=bytes(16))
    drawn = iter([dashed, dashed, plain])
    assert cluster_id(lambda: next(drawn)) == "A" * 22
    assert next(drawn, None) is None


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_broker_does_not_outlive_a_killed_test_run(own_broker, tmp_path: Path) -> None:
    if not isinstance(own_broker, Broker):
        pytest.skip("the broker is in a container, which testcontainers removes")
    run = subprocess.Popen(
        [sys.executable, "-c", RUN_AND_HANG, str(tmp_path / "kafka")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert run.stdout is not None
        pid = int(run.stdout.readline())
        assert alive(pid)
    finally:
        run.send_signal(signal.SIGKILL)
        run.communicate()
    deadline = time.monotonic() + 20.0
    while alive(pid):
        assert time.monotonic() < deadline, f"the broker {pid} still runs"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("ci", "outcome"), [("true", "1 error"), ("false", "1 skipped")], ids=["ci", "elsewhere"]
)
def test_without_kafka(tmp_path: Path, ci: str, outcome: str) -> None:
    test = tmp_path / "test_one.py"
    test.write_text(
        "from tests.kafka.conftest import broker\ndef test_it(broker) -> None:\n    pass\n"
    )
    environment = {
        "CI": ci,
        "PATH": str(tmp_path),
        "TIDEGAUGE_CACHE": str(tmp_path),
        "DOCKER_HOST": f"unix://{tmp_path}/none.sock",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs", str(test)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert outcome in done.stdout.splitlines()[-1]
    assert "there is no java (17 or newer); install a JRE" in done.stdout
