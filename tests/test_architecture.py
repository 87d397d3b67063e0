"""Imports go one way, and the engine stays pure."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "engine": {"engine"},
    "connectors": {"connectors", "engine"},
    "streams": {"streams", "engine"},
    "gateway": {"gateway", "streams", "engine"},
    "drill": {"drill", "streams", "connectors", "engine"},
    "notify": {"notify", "streams", "engine"},
    "tidegauge": {"tidegauge", "drill", "gateway", "notify", "streams", "connectors", "engine"},
}
REGISTRY = ROOT / "engine" / "metrics" / "registry.py"
OUTSIDE_ENGINE = {"numpy", "numba", "msgspec"}
# Standard modules of the engine: none of them tells the time, rolls dice or leaves the process.
PURE = {
    *("__future__", "bisect", "collections", "contextlib", "dataclasses", "datetime", "difflib"),
    *("functools", "hashlib", "heapq", "itertools", "json", "math", "operator", "re", "statistics"),
    *("importlib", "pkgutil", "struct", "types", "typing", "unicodedata", "zlib"),
}
BANNED_CALLS = {"open", "print", "input", "exec", "eval", "__import__", "hash", "id"}
BANNED_ATTRIBUTES = {"random", "environ", "getenv"}
CLOCKS = {"now", "utcnow", "today"}
# Differ between CPUs in the last bit, or sum in no fixed order.
BANNED_NUMPY = {
    *("log", "log1p", "log2", "exp", "expm1", "power", "sin", "cos", "tan", "dot", "einsum"),
    *("log10", "exp2", "cbrt", "float_power", "hypot", "tanh", "sinh", "cosh", "arctan", "arctan2"),
    *("matmul", "sum", "mean", "std", "var", "quantile", "percentile", "cumprod", "linalg"),
}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(tree: ast.AST) -> set[str]:
    found = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_one_way(package: str) -> None:
    files = modules(package)
    assert files
    for file in files:
        rooms = imported(ast.parse(file.read_text())) & (MAY_IMPORT.keys() | {"tests", "bench"})
        assert rooms <= MAY_IMPORT[package], f"{file.relative_to(ROOT)} imports {rooms}"


def imports() -> dict[str, set[str]]:
    """Of every module of the product the modules that it imports, for types alone too."""
    names = {}
    for file in (file for package in MAY_IMPORT for file in modules(package)):
        steps = file.relative_to(ROOT).with_suffix("").parts
        names[".".join(steps[:-1] if steps[-1] == "__init__" else steps)] = file
    found: dict[str, set[str]] = {}
    for name, file in names.items():
        told = set[str]()
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                told |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                within = {f"{node.module}.{alias.name}" for alias in node.names}
                told |= within & names.keys() or {node.module or ""}
        found[name] = told & names.keys() - {name}
    return found


def reached(start: str, graph: dict[str, set[str]]) -> set[str]:
    found, ahead = set[str](), [start]
    while ahead:
        new = graph[ahead.pop()] - found
        found |= new
        ahead += new
    return found


def test_imports_go_in_no_circle() -> None:
    """Nor for types alone."""
    graph = imports()
    assert [name for name in graph if name in reached(name, graph)] == []


def test_only_where_a_log_is_opened_is_it_known_which_it_is() -> None:
    for name, told in imports().items():
        of = {m.split(".")[1] for m in told if m.startswith(("streams.sqlite", "streams.kafka"))}
        room = name.split(".")[1] if name.startswith("streams.") else name
        assert name == "tidegauge.opening" or of <= {room}, f"{name} imports of {of}"


def test_engine_imports_nothing_that_is_not_pure() -> None:
    for file in modules("engine"):
        others = imported(ast.parse(file.read_text())) - {"engine"}
        if file == REGISTRY:  # looks for the files of its own package
            others -= {"importlib", "pkgutil"}
        assert others <= PURE | OUTSIDE_ENGINE, f"{file.relative_to(ROOT)}: {others}"
        assert not (others - OUTSIDE_ENGINE) - sys.stdlib_module_names


def test_engine_uses_nothing_that_is_not_pure() -> None:
    for file in modules("engine"):
        for node in ast.walk(ast.parse(file.read_text())):
            where = f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in BANNED_CALLS, f"{where}: {node.func.id}()"
            if isinstance(node, ast.Attribute):
                assert node.attr not in BANNED_ATTRIBUTES, f"{where}: .{node.attr}"
                owner = node.value.id if isinstance(node.value, ast.Name) else ""
                assert not (owner in ("date", "datetime") and node.attr in CLOCKS), where
                assert not (owner == "np" and node.attr in BANNED_NUMPY), f"{where}: {node.attr}"
            assert not isinstance(node, ast.MatMult), f"{where}: @"


def test_one_class_to_a_name() -> None:
    places: dict[str, list[str]] = {}
    for file in (file for package in MAY_IMPORT for file in modules(package)):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(str(file.relative_to(ROOT)))
    assert not {name: files for name, files in places.items() if len(files) > 1}


def test_no_file_is_too_long() -> None:
    files = [f for p in (*MAY_IMPORT, "tests") for f in modules(p)]
    long = {str(f.relative_to(ROOT)): n for f in files if (n := f.read_text().count("\n")) > 420}
    assert not long
