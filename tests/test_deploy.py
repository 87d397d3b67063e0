"""What stands in deploy/, the compose file and the Dockerfile fits the program, and its readers."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import httpx
import kubernetes_validate
import pytest
import yaml

from gateway.catalogue import CATALOGUE
from tests.promtool import promtool
from tests.tidegauge.command import run
from tests.tidegauge.running import Running, write
from tidegauge.cli import main

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
DASHBOARD = DEPLOY / "grafana" / "tidegauge.json"
RULES = DEPLOY / "prometheus" / "rules.yml"
PROCESS = {"cpu_seconds_total", "resident_memory_bytes", "open_fds", "max_fds"}
OTHERS = {"up", "process_start_time_seconds", *(f"process_{name}" for name in PROCESS)}
RECORDED = {"tidegauge:hop_seconds:p99", "tidegauge:hop_seconds:p50"}


def objects() -> Iterator[tuple[str, Any]]:
    for file in MANIFESTS:
        for found in yaml.safe_load_all(file.read_text()):
            yield f"{file.name}: {found['kind']} {found['metadata']['name']}", found


OBJECTS = dict(objects())
PODS = {name: o["spec"]["template"]["spec"] for name, o in OBJECTS.items() if "Pod" not in name
        and "template" in o.get("spec", {})}  # fmt: skip
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = {name: s for name, s in COMPOSE["services"].items() if s.get("image") == "tidegauge"}


def parsed(words: list[str], tmp_path: Path) -> click.Context:
    """Let the program read a command line, files and names as they are in a container."""
    for file in re.findall(r"\S+\.toml", " ".join(words)):
        (tmp_path / Path(file).name).touch()
    name, command, rest = main.resolve_command(click.Context(main), words)
    assert name is not None
    assert command is not None
    return command.make_context(name, rest)


# Kubernetes


def test_every_manifest_is_as_kubernetes_describes_it() -> None:
    assert len(OBJECTS) == 14
    for name, found in OBJECTS.items():
        kubernetes_validate.validate(found, kubernetes_validate.latest_version(), strict=True)
        with pytest.raises(kubernetes_validate.ValidationError):  # or it would not be checked
            kubernetes_validate.validate(
                found | {"sepc": {}}, kubernetes_validate.latest_version(), strict=True
            )
        assert found["metadata"]["labels"]["app.kubernetes.io/name"] == "tidegauge", name


@pytest.mark.parametrize("pod", PODS)
def test_every_container_is_bounded_and_may_do_little(pod: str, tmp_path: Path) -> None:
    spec = PODS[pod]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 10001
    assert spec["automountServiceAccountToken"] is False
    volumes = {volume["name"] for volume in spec["volumes"]} | claims(pod)
    containers = [*spec.get("initContainers", []), *spec["containers"]]
    for container in containers:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        resources = container["resources"]
        assert resources["limits"]["memory"] == resources["requests"]["memory"]
        assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
        for variable in container["env"]:  # nothing secret stands in a manifest
            assert set(variable) == {"name", "valueFrom"}
        context = parsed(container["args"], tmp_path)
        if "Job" in pod:
            continue
        port = context.params["port"] if "port" in context.params else context.params["listen"].port
        name = "https" if context.params.get("certificate") else "http"
        assert container["ports"] == [{"name": name, "containerPort": port}]
        probes = {kind: container[f"{kind}Probe"]["httpGet"] for kind in
                  ("startup", "liveness", "readiness")}  # fmt: skip
        assert {probe["port"] for probe in probes.values()} == {name}
        assert {p.get("scheme", "HTTP") for p in probes.values()} == {name.upper()}
        paths = [probe["path"] for probe in probes.values()]
        assert paths == ["/healthz", "/healthz", "/readyz"]


def claims(pod: str) -> set[str]:
    templates = OBJECTS[pod]["spec"].get("volumeClaimTemplates", [])
    return {template["metadata"]["name"] for template in templates}


def test_services_and_budgets_mean_pods_that_there_are() -> None:
    labels = [o["spec"]["template"]["metadata"]["labels"] for name, o in OBJECTS.items()
              if name in PODS]  # fmt: skip
    budgets = 0
    for name, found in OBJECTS.items():
        spec = found.get("spec", {})
        if found["kind"] == "Service":
            assert spec["selector"] in labels, name
        elif found["kind"] == "PodDisruptionBudget":
            assert spec["selector"]["matchLabels"] in labels, name
            budgets += 1
        elif found["kind"] in ("StatefulSet", "Deployment"):
            assert spec["selector"]["matchLabels"] in labels, name
            assert spec["replicas"] >= 2
            if "serviceName" in spec:
                assert any(n.endswith(f": Service {spec['serviceName']}") for n in OBJECTS), name
    assert budgets == 4


def test_the_scaled_object_of_the_readme_scales_what_there_is() -> None:
    text = (DEPLOY / "kubernetes" / "README.md").read_text()
    assert "Never applied" in text
    scaled = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", text, re.S)[0])
    target = scaled["spec"]["scaleTargetRef"]
    assert f"worker.yaml: {target['kind']} {target['name']}" in OBJECTS
    [trigger] = scaled["spec"]["triggers"]
    assert named_in(trigger["metadata"]["query"]) == {"tidegauge_lag_seconds"}
    partitions = PODS["prepare.yaml: Job tidegauge-prepare"]["initContainers"][0]["args"]
    at = partitions.index("--partitions")
    assert scaled["spec"]["maxReplicaCount"] == int(partitions[at + 1]) + 1
    for word in re.findall(r"(?:--from-file=\w+\.toml=|apply -f )(\S+)", text):
        assert (ROOT / word).exists(), word


# Compose and the image


def test_every_service_is_bounded_and_may_do_little(tmp_path: Path) -> None:
    assert set(SERVICES) == {
        *("topics", "define", "connect", "worker-1", "worker-2", "gateway", "notify"),
    }
    for name, service in SERVICES.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["mem_limit"] in ("512m", "2g")
        assert service["tmpfs"] == ["/tmp:size=256m,mode=1777"]
        words = [re.sub(r"\$\{\w+:-(.*?)\}", r"\1", word) for word in service["command"]]
        context = parsed(words, tmp_path)
        if name in ("topics", "define"):
            continue
        port = context.params["port"] if "port" in context.params else context.params["listen"].port
        assert f"http://localhost:{port}/healthz" in service["healthcheck"]["test"][-1], name
        assert service["restart"] == "unless-stopped"
    assert COMPOSE["services"]["kafka"]["mem_limit"] == "2g"


def test_the_gateway_of_compose_is_let_listen_and_is_found() -> None:
    words = SERVICES["gateway"]["command"]
    told = {a: b for a, b in pairwise(words) if a.startswith("--")}
    [pool] = COMPOSE["networks"]["default"]["ipam"]["config"]
    assert told["--behind-proxy"] == pool["subnet"]
    assert told["--keys"].startswith("/data/")
    assert SERVICES["gateway"]["volumes"] == ["tables:/data"]
    assert SERVICES["gateway"]["ports"] == ["127.0.0.1:8321:8321"]
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    [gateway] = [job for job in config["scrape_configs"] if "authorization" in job]
    assert gateway["static_configs"] == [{"targets": [f"{told['--allowed-host']}:8321"]}]


def test_a_gateway_that_is_started_as_in_compose_serves_who_has_the_key(tmp_path: Path) -> None:
    log, keys = tmp_path / "log", tmp_path / "keys"
    indices = write(tmp_path / "i.toml", "[index.B]\nweights = { BTC = 1 }\n")
    assert run("define", indices, "--log", log).returncode == 0
    token = run("keys", "add", "prometheus", "--keys", keys).stdout.strip()
    here = {"kafka://kafka:9092": log, "/data/keys": keys, "172.30.83.0/24": "127.0.0.0/8"}
    words = [here.get(word, word) for word in SERVICES["gateway"]["command"]]
    with Running(*words) as gateway:
        url = gateway.url.replace("localhost", "127.0.0.1")
        ask = {"host": "gateway:8321", "authorization": f"Bearer {token}"}
        answer = httpx.get(f"{url}/metrics?indices=1", headers=ask, timeout=20.0)
        assert answer.status_code == 200
        assert "tidegauge_index_status" in answer.text
        assert httpx.get(f"{url}/metrics", timeout=20.0).status_code == 401
        assert httpx.get(f"{url}/healthz", timeout=20.0).status_code == 200


def test_compose_takes_the_file() -> None:
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("needs docker-compose: apt-get install docker-compose")
    words = [program, "--profile", "notify", "--profile", "prometheus", "config", "-q"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_image_is_built_of_all_that_is_packaged() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    let_through = {line[1:] for line in lines(ROOT / ".dockerignore") if line.startswith("!")}
    assert set(packages) <= let_through
    dockerfile = (ROOT / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.M)
    assert copied == ["requirements-runtime.lock", ".", "deploy/docker/entrypoint.sh"]
    for path in ("requirements-runtime.lock", "pyproject.toml", "README.md", "deploy/docker"):
        assert path in let_through
        assert (ROOT / path).exists()
    assert re.search(r"^USER 10001$", dockerfile, re.M)


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines()


def test_a_container_takes_what_was_compiled_with_the_image(tmp_path: Path) -> None:
    image, bin_, cache = tmp_path / "image", tmp_path / "bin", tmp_path / "tmp" / "compiled"
    (image / "engine").mkdir(parents=True)
    (image / "engine" / "kernel.nbi").write_text("compiled")
    bin_.mkdir()
    cache.parent.mkdir()
    program = bin_ / "tidegauge"
    program.write_text(f'#!/bin/sh\necho "$@"; cat {shlex.quote(str(cache))}/engine/kernel.nbi\n')
    program.chmod(0o755)
    env = {
        "PATH": f"{bin_}:/usr/bin:/bin",
        "TIDEGAUGE_COMPILED": str(image),
        "NUMBA_CACHE_DIR": str(cache),
    }
    words = ["sh", str(DEPLOY / "docker" / "entrypoint.sh"), "worker", "--slot", "a b"]
    for _ in range(2):  # a restarted container still has its /tmp
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=True)
        assert done.stdout == "worker --slot a b\ncompiled"
    assert [p.name for p in cache.iterdir()] == ["engine"]


# Prometheus and Grafana


def named_in(expression: str) -> set[str]:
    """The series that an expression reads, by the names under which processes serve them."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    bare = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", " ", bare)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    words = re.findall(r"(?<![\w:$])([a-z_][\w:]*)(?!\s*\(|[\w:])", bare)
    found = {word for word in words if word not in ("or", "and", "unless", "max", "sum")}
    return {re.sub(r"_seconds_(bucket|sum|count)$", "_seconds", name) for name in found}


def labels_in(expression: str) -> dict[str, set[str]]:
    """The labels that are asked of each series."""
    found: dict[str, set[str]] = {}
    for name, braces in re.findall(r"([a-z_][\w:]*)\{([^}]*)\}", expression):
        found.setdefault(name, set()).update(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", braces))
    return found


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def expressions() -> list[str]:
    """All that the dashboard and the rules ask for."""
    board = json.loads(DASHBOARD.read_text())
    groups = yaml.safe_load(RULES.read_text())["groups"]
    variables = [v["query"] for v in board["templating"]["list"] if v["type"] == "query"]
    return [
        *(target["expr"] for panel in panels() for target in panel.get("targets", [])),
        *(a["expr"] for a in board["annotations"]["list"]),
        *(re.findall(r"label_values\((.+), \w+\)", v["query"])[0] for v in variables),
        *(rule["expr"] for group in groups for rule in group["rules"]),
    ]


def test_all_that_is_drawn_or_watched_is_served() -> None:
    asked = expressions()
    assert len(asked) > 60
    named = {name for expression in asked for name in named_in(expression)}
    assert named <= CATALOGUE.keys() | OTHERS | RECORDED
    assert len(named & CATALOGUE.keys()) > 30
    for expression in asked:
        for name, labels in labels_in(expression).items():
            base = re.sub(r"_seconds_(bucket|sum|count)$", "_seconds", name)
            declared = CATALOGUE[base].labels if base in CATALOGUE else ("hop",)
            assert labels <= {*declared, "job", "instance", "le"}, expression


def test_a_word_that_is_no_series_would_be_found() -> None:
    said = 'sum by (le) (rate(tidegauge_hop_seconds_bucket{hop="x_y"}[5m])) > max(up) or odd_total'
    assert named_in(said) == {"tidegauge_hop_seconds", "up", "odd_total"}


def test_prometheus_takes_the_configuration_and_the_rules(tmp_path: Path) -> None:
    folder = shutil.copytree(DEPLOY / "prometheus", tmp_path / "prometheus")
    (folder / "gateway.key").touch()  # whoever runs it makes one
    for words in (
        ("check", "config", folder / "prometheus.yml"),
        ("check", "rules", "--lint=all", "--lint-fatal", folder / "rules.yml"),
        ("test", "rules", folder / "rules.test.yml"),
    ):
        done = promtool(*words)
        assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_what_the_dashboard_asks(tmp_path: Path) -> None:
    rules = [
        {"record": f"a:{n}", "expr": re.sub(r"\$__rate_interval", "5m", e).replace("$", "")}
        for n, e in enumerate(expressions())
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))
    done = promtool("check", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_says_what_to_do_and_is_for_what_there_is() -> None:
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            if "alert" not in rule:
                continue
            assert rule["labels"]["severity"] in ("info", "warning", "critical")
            assert set(rule["annotations"]) == {"summary", "description"}


def test_prometheus_is_pointed_at_the_services_of_compose() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    targets = [
        target
        for job in config["scrape_configs"]
        for group in job["static_configs"]
        for target in group["targets"]
    ]
    for target in targets:
        name, port = target.split(":")
        assert port in SERVICES[name]["command"], target
    lasting = {name for name, s in SERVICES.items() if "restart" in s and "profiles" not in s}
    assert {target.split(":")[0] for target in targets} == lasting


def test_the_panels_do_not_overlap() -> None:
    taken: dict[tuple[int, int], int] = {}
    ids = [panel["id"] for panel in panels()]
    assert len(set(ids)) == len(ids)
    for panel in panels():
        at = panel["gridPos"]
        assert 0 <= at["x"] <= at["x"] + at["w"] <= 24
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert (x, y) not in taken, (panel["title"], taken[x, y])
                taken[x, y] = panel["id"]
        if panel["type"] != "row":
            assert panel["description"].endswith(".")
            assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
