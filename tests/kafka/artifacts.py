"""Apache Kafka's jars from Maven Central, fetched once with `mvn` into a cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
FETCH_SECONDS = 300
"""45 MB over a slow line. Ten seconds were measured on a fast one, 0 with a filled cache."""


class Unavailable(Exception):
    """This way of having a Kafka is not to be had here. The text is the reason."""


def pom_version() -> str:
    """The version of Kafka that `pom.xml` names."""
    found = re.search(r"<kafka\.version>(.+?)</kafka\.version>", POM.read_text())
    assert found, f"{POM} names no kafka.version"
    return found[1]


def cache_directory() -> Path:
    """`TIDEGAUGE_CACHE`, or `~/.cache/tidegauge`."""
    return Path(os.environ.get("TIDEGAUGE_CACHE") or Path.home() / ".cache" / "tidegauge")


def java() -> str:
    """The command for a JVM of version 17 or newer; raises Unavailable."""
    home = os.environ.get("JAVA_HOME")
    command = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if command is None or not Path(command).exists():
        raise Unavailable("there is no java (17 or newer); install a JRE")
    text = subprocess.run([command, "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', text)
    if found is None or int(found[1]) < 17:
        raise Unavailable(f"{command} is too old for Kafka 4 (needs 17): {text.splitlines()[:1]}")
    return command


def fetch() -> Path:
    """The folder with the jars, filled if it was missing; raises Unavailable."""
    folder = cache_directory() / f"kafka-{pom_version()}"
    if folder.is_dir():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable(f"{folder} is missing and there is no mvn to fetch it with")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside its final place, so that the rename is atomic: two runs may fetch at once.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as scratch:
        shutil.copy(POM, scratch)
        command = [
            maven,
            "--batch-mode",
            "--quiet",
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            "-DoutputDirectory=jars",
        ]
        try:
            done = subprocess.run(
                command,
                cwd=scratch,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=FETCH_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(f"mvn did not fetch Kafka within {FETCH_SECONDS} s") from None
        if done.returncode:
            raise Unavailable(f"mvn could not fetch Kafka: {done.stdout.strip()[-500:]}")
        if not folder.is_dir():
            try:
                Path(scratch, "jars").rename(folder)
            except OSError:
                if not folder.is_dir():  # else another run was first
                    raise
    return folder
