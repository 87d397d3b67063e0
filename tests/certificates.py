"""A certificate for loopback, made with openssl."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate and its key; skips the test where there is no openssl, fails it in CI."""
    openssl = shutil.which("openssl")
    if openssl is None:
        missing = "there is no openssl to make a certificate with"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-subj", "/CN=localhost", "-days", "2", "-keyout", "key.pem"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-out", "cert.pem"]
    subprocess.run(command, cwd=directory, check=True, capture_output=True, timeout=300)
    return directory / "cert.pem", directory / "key.pem"
