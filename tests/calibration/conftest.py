"""A problem of a model with a closed form: two rates, one curve made from known values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ONE_COMPARTMENT = """
// First-order absorption and elimination of a dose that lies in the gut at 0 h.
model body()
  unit substance = 1e-3 mole;
  unit extent = 1e-3 mole;
  unit time_unit = 3600 second;
  unit volume = litre;
  unit mM = 1e-3 mole / litre;
  unit per_h = 1 / (3600 second);
  compartment V; V = 1 litre;
  species G in V, C in V; G = 1 mM; C = 0 mM;
  ka = 1 per_h;
  ke = 0.5 per_h;
  idle = 3 per_h;
  absorb: G -> C; V*ka*G;
  leave: C -> ; V*ke*C;
  spare := idle * 1;
end
"""

CLAIMS = """
protocols:
  dose: {sampling: {every: 15 min, until: 12 h}}
claims:
  - id: curve
    kind: calibration
    statement: invented
    source: nobody
    model: {path: body.ant}
    protocol: dose
    curve: {data: data.csv, predict: C, units: {time: h, value: mmol/L}, gmfe: 1.5}
  - id: half_life
    kind: calibration
    statement: invented
    source: nobody
    model: {path: body.ant}
    protocol: dose
    scalar: {endpoint: {measure: half_life, of: C, from: 10 h, until: 12 h}, value: HALF h, within: 10 %}
  - id: held_out
    kind: validation
    statement: invented
    source: nobody
    model: {path: body.ant}
    protocol: dose
    scalar: {endpoint: {measure: maximum, of: C}, at_most: 1 mmol/L}
"""

PROBLEM = """
title: Two rates
model: body.ant
data:
  files: [claims.yaml]
  use:
    - {claims: curve, sigma: 0.1}
    - {claims: half_life}
parameters:
  - {id: ka, low: 0.1 1/h, high: 20 1/h, prior: {log_sd: 2}}
  - {id: ke, low: 0.01 1/h, high: 5 1/h}
search: {seed: 4, max_evaluations: 40, tolerance: 1e-8, step: 1e-4}
"""

TRUE = {"ka": 2.4, "ke": 0.31}


def level(time: float, ka: float, ke: float) -> float:
    """Return the concentration of a unit dose, Bateman's function."""
    return ka / (ka - ke) * (math.exp(-ke * time) - math.exp(-ka * time))


@pytest.fixture
def problem(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the problem, with some of its text replaced, and returns its path."""

    def write(*changes: tuple[str, str], noise: float = 1.0) -> Path:
        times = (0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 10, 12)
        rows = "".join(
            f"{t},{level(t, **TRUE) * (noise if i % 2 else 1 / noise)!r}\n" for i, t in enumerate(times)
        )
        text = PROBLEM
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "body.ant").write_text(ONE_COMPARTMENT)
        (tmp_path / "data.csv").write_text("time,value\n" + rows)
        (tmp_path / "claims.yaml").write_text(CLAIMS.replace("HALF", repr(math.log(2) / TRUE["ke"])))
        (tmp_path / "two_rates.yaml").write_text(text)
        return tmp_path / "two_rates.yaml"

    return write
