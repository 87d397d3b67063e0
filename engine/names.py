"""What may be the name of an index and of an asset: one rule for definitions, recorded prices and
venues."""

from __future__ import annotations

import re
from unicodedata import category, normalize

INDEX_ID = re.compile(r"[A-Z0-9_.-]{1,32}")

LONGEST_ASSET = 20
"""Characters; the longest ticker known is TRINITYNETWORKCREDIT's."""
_CATEGORIES = ("Lu", "Lo", "Nd")
"""Capitals, letters of scripts that have no case, and decimal digits."""
_BLANK = "\u115f\u1160\u3164\uffa0"
"""Letters by their category that show nothing: the fillers of Hangul."""
ASSET_RULE = "1 to 20 capital letters and digits, of any script"
"""For messages about a name that is none."""


def is_asset_name(name: object) -> bool:
    """Whether it is an asset's name: 1 to 20 upper-case letters and digits, of any script.

    One coin has one spelling: no lower case, no spaces, marks or characters that cannot be seen,
    and nothing that Unicode holds to be a form of another character (NFKC changes it).

    >>> [is_asset_name(name) for name in ("BTC", "1INCH", "币安人生", "btc", "B-C", "ＢＴＣ", "")]
    [True, True, True, False, False, False, False]
    """
    if type(name) is not str or not 0 < len(name) <= LONGEST_ASSET:
        return False
    if name.isascii():
        return name.isalnum() and name == name.upper()
    return (
        all(category(c) in _CATEGORIES and c not in _BLANK for c in name)
        and name == name.upper()
        and normalize("NFKC", name) == name
    )
