"""What can be a price or a size at all."""

from __future__ import annotations

from typing import Final

SMALLEST: Final = 1e-30
LARGEST: Final = 1e30
"""Prices and sizes outside are none; inside, no product of them overflows or vanishes."""
SMALLEST_NOTIONAL: Final = 1e-9
"""What a trade of size 0 weighs, so that every fresh source has a weight."""
