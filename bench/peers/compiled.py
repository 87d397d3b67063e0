"""The C kernel (`kernel.c`, named by TIDEGAUGE_BENCH_KERNEL): the limit on this machine.

It gets the places and prices as arrays, reads no record and tells nobody what fires; it only
counts. So it does less than the product, which takes price frames through `Shard.apply`.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.peers.serve import BASE_LEVEL, BASE_PRICE, THRESHOLDS, Arrays, Run, clock, serve

FIELDS = (
    "holder", "basket", "slope", "member", "held", "holding", "depth", "last", "level", "peak",
    "trough", "drawdown", "deepest", "low", "high", "firing", "events",
)  # fmt: skip
"""Of `Baskets` in kernel.c, in its order."""
SERIES = 11
"""Numbers in `Series` in kernel.c."""


class Baskets(ctypes.Structure):
    """Pointers to the arrays."""

    _fields_ = [(name, ctypes.c_void_p) for name in FIELDS]


def library() -> ctypes.CDLL:
    """The compiled kernel."""
    return ctypes.CDLL(os.environ["TIDEGAUGE_BENCH_KERNEL"])


def state(given: Arrays) -> dict[str, Any]:
    """All arrays at the beginning."""
    count, assets = int(given["indices"]), int(given["assets"])
    members, holding = given["members"], given["holding"]
    width = members.shape[1]
    order = np.argsort(members.ravel(), kind="stable")
    held = np.bincount(members.ravel(), minlength=assets)
    return {
        "holder": np.concatenate([[0], np.cumsum(held)]).astype(np.int64),
        "basket": (order // width).astype(np.int64),
        "slope": holding.ravel()[order].copy(),
        "member": np.arange(count + 1, dtype=np.int64) * width,
        "held": members.ravel().astype(np.int64),
        "holding": holding.ravel().copy(),
        "depth": np.array(THRESHOLDS),
        "last": np.full(assets, BASE_PRICE),
        **{name: np.full(count, BASE_LEVEL) for name in ("level", "peak", "trough")},
        **{name: np.zeros(count) for name in ("drawdown", "deepest")},
        "low": np.full(count, np.inf),
        "high": np.full(count, -np.inf),
        "firing": np.zeros((count, len(THRESHOLDS)), dtype=np.uint8),
        "events": np.zeros(2, dtype=np.int64),
    }


def tick_with(name: str) -> Callable[[Arrays], Run]:
    """The tick path by a function of the kernel, called once a frame."""

    def tick(given: Arrays) -> Run:
        function = getattr(library(), name)
        function.argtypes = (ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)
        asset, price = given["asset"].astype(np.int64), given["price"].astype(np.float64)
        rows, frame = len(asset), int(given["frame"])

        def run() -> tuple[float, Arrays]:
            calls = [
                (min(frame, rows - k), asset.ctypes.data + 8 * k, price.ctypes.data + 8 * k)
                for k in range(0, rows, frame)
            ]
            arrays = state(given)
            baskets = Baskets(*(arrays[field].ctypes.data for field in FIELDS))
            place = ctypes.addressof(baskets)
            began = clock()
            for count, assets, prices in calls:
                function(place, count, assets, prices)
            took = clock() - began
            found = {field: arrays[field] for field in ("level", "peak", "events")}
            return took, {**found, "drawdown": 1.0 - arrays["level"] / arrays["peak"]}

        return run

    return tick


def bars(given: Arrays) -> Run:
    """Ten metrics a bar, one call for all indices."""
    returns = np.ascontiguousarray(given["returns"])
    benchmark = given["benchmark"].tolist()
    target, fade = float(given["target"]), float(given["fade"])
    total, count = returns.shape
    function = library().bar
    pointer, number, real = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double
    function.argtypes = (
        number, pointer, real, real, real, number, number, pointer, pointer, pointer,
    )  # fmt: skip

    def run() -> tuple[float, Arrays]:
        series = np.zeros((count, SERIES))
        series[:, 5:7] = BASE_LEVEL
        kept, out = np.zeros((count, total)), np.zeros((count, 10))
        row = returns.ctypes.data
        places = (total, series.ctypes.data, kept.ctypes.data, out.ctypes.data)
        began = clock()
        for seen, f in enumerate(benchmark):
            function(count, row + 8 * count * seen, f, target, fade, seen, *places)
        return clock() - began, {"figures": out.T}

    return run


if __name__ == "__main__":
    serve({"tick": tick_with("guarded"), "tick_naive": tick_with("naive"), "bars": bars})
