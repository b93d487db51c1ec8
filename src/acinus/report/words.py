"""Keys in words: ``nac_8h`` becomes "NAC 8 h"."""

from __future__ import annotations

import re

__all__ = ["in_words"]

# Abbreviations a reader of overdose charts knows in capitals.
_CAPITALS = {"nac": "NAC", "apap": "APAP", "alt": "ALT", "iv": "IV", "snap": "SNAP", "egfr": "eGFR"}
_NUMBER_AND_UNIT = re.compile(r"^(\d+(?:p\d+)?)(h|min|d|g|mg|kg|mgkg)$")


def in_words(key: str, *, otherwise: str = "simulated") -> str:
    """Return a key, such as that of an arm, as words; `otherwise` for an empty key.

    Examples
    --------
    >>> in_words("nac_8h")
    'NAC 8 h'
    """
    words = []
    for part in key.split("_"):
        quantity = _NUMBER_AND_UNIT.match(part)
        if quantity:
            words.append(
                f"{quantity.group(1).replace('p', '.')} {quantity.group(2).replace('mgkg', 'mg/kg')}"
            )
        else:
            words.append(_CAPITALS.get(part, part))
    return " ".join(word for word in words if word) or otherwise
