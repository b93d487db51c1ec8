from __future__ import annotations

import pytest

from acinus.report import in_words


@pytest.mark.parametrize(
    ("arm", "words"),
    [
        ("untreated", "untreated"),
        ("nac_8h", "NAC 8 h"),
        ("oral_500mg", "oral 500 mg"),
        ("oral_20mgkg", "oral 20 mg/kg"),
        ("nac_snap_12h", "NAC SNAP 12 h"),
        ("iv_0p5g", "IV 0.5 g"),
        ("", "simulated"),
    ],
)
def test_keys_are_written_in_words(arm, words):
    assert in_words(arm) == words
