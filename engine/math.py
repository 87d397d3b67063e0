"""The transcendental functions of the engine, in one place, so that every run rounds them alike.

numpy's own differ in the last bit between CPUs, and Python's differ from compiled code; state and
outputs must not. Compiled code may call these too. Outside their domain they give the IEEE value
(`log(0.0)` is −inf, `log(-1.0)` is NaN) and never raise.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from numba import njit


def _log(x: float) -> float:
    return math.log(x)


def _exp(x: float) -> float:
    return math.exp(x)


def _power(base: float, exponent: float) -> float:
    return math.pow(base, exponent)


def _erfc(x: float) -> float:
    return math.erfc(x)


def _decay(age: int, half_life: int) -> float:
    return math.pow(0.5, age / half_life)


_compiled = njit(cache=True, fastmath=False)

log: Callable[[float], float] = _compiled(_log)
"""Natural logarithm."""
exp: Callable[[float], float] = _compiled(_exp)
"""e to the power of x."""
power: Callable[[float, float], float] = _compiled(_power)
"""`base` to the power of `exponent`."""
erfc: Callable[[float], float] = _compiled(_erfc)
"""Complementary error function, 2/√π · ∫ₓ^∞ e^(−t²) dt; Φ(z) is erfc(−z/√2) / 2."""
decay: Callable[[int, int], float] = _compiled(_decay)
"""What is left of a weight of one after `age`, given its half-life, both in ns.

Exact for whole half-lives; a negative age gives growth, so `decay(-h, h)` is 2.
"""
