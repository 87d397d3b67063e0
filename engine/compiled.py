"""How functions are compiled that make no array and keep none.

Numba counts the references to every array, at each call of a function and at each view, although
those that are given outlive the call. Without that the Pricer's common case takes a quarter of the
time. A function that is compiled so must not return an array to Python, nor make one but as a view.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])
_OPTIONS: dict[str, Any] = {"cache": True, "_nrt": False}

uncounted = cast(Callable[[F], F], njit(**_OPTIONS))
"""For what Python calls."""
inlined = cast(Callable[[F], F], njit(forceinline=True, **_OPTIONS))
"""For what is called by the former, and becomes a part of it."""
