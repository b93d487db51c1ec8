"""A folder as an outsider would write it: a model with a closed form, data, people and claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DECAY = """
// A(t) = 10 mmol/L * exp(-k t), and the same in mg/L.
model decay()
  unit substance = 1e-3 mole;
  unit extent = 1e-3 mole;
  unit time_unit = 3600 second;
  unit volume = litre;
  unit mM = 1e-3 mole / litre;
  unit per_h = 1 / (3600 second);
  unit g_per_mol = gram / mole;
  unit mg_per_L = 1e-3 gram / litre;
  compartment V; V = 2 litre;
  species A in V; A = 10 mM;
  k = 0.5 per_h;
  mw_a = 300 g_per_mol;
  mw_parent = 150 g_per_mol;
  A_mg := A * mw_a;
  A_mg has mg_per_L;
  J: A -> ; V*k*A;
end
"""

PEOPLE = """
name: people
title: people who differ in how fast A leaves
note: invented
columns:
  k: {distribution: uniform, low: 0.1 1/h, high: 1.1 1/h, note: invented}
"""


@pytest.fixture
def outside(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes an outsider's folder with the claims given and returns it."""

    def write(claims: str, **files: str) -> Path:
        (tmp_path / "decay.ant").write_text(DECAY)
        (tmp_path / "people.yaml").write_text(PEOPLE)
        (tmp_path / "claims.yaml").write_text(claims)
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(text)
        return tmp_path

    return write
