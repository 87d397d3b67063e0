"""What the live parts of the bench share: indices that follow an exchange, and the exchange."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.programs import Program
from bench.rows import Setting

INDICES, ASSETS = 50, 20
WARM = 12.0
"""Seconds before the first fall: a new price waits for five, and everything is compiled."""
DEPTH = 0.02
"""Of the rule. An asset of nine tenths falls by 2.7 %, and a rule clears at half of its depth."""
STARTING = 90.0
"""Seconds until a program has started, compiled what is not compiled, and subscribed."""


def asset_of(index: int) -> int:
    """The asset that this index follows."""
    return index % ASSETS


def write_indices(place: Path) -> None:
    """Indices of five assets, one of which is nine tenths of each."""
    lines = []
    for k in range(INDICES):
        rest = {f"A{(asset_of(k) + step) % ASSETS}": 0.025 for step in (3, 7, 11, 13)}
        told = ", ".join(f"{name} = {w}" for name, w in {f"A{asset_of(k)}": 0.9, **rest}.items())
        lines.append(
            f'[index.X{k}]\nweights = {{ {told} }}\nbenchmarks = ["A0"]\n'
            f"alerts = {{ drawdown = [{DEPTH}] }}\n"
        )
    place.write_text("".join(lines))


def exchange(setting: Setting, folder: Path, rate: int, seconds: float, warm: float) -> Program:
    """An exchange at this rate, on the cores around."""
    a_message = 1 if rate < 5000 else 10
    command = [sys.executable, "-m", "bench.exchange", "--rate", rate, "--assets", ASSETS,
               "--seconds", seconds + warm, "--warm", warm, "--a-message", a_message]  # fmt: skip
    return Program(command, folder, setting.cores.around)
