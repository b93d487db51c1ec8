"""What one operation makes from one value is computed again where it is used, not kept in memory."""

from __future__ import annotations

import re

import numpy as np
import pytest
from tests.engine.compiled.small_systems import from_antimony

from acinus.engine import Tolerances
from acinus.engine.compiled.model_code import ModelCode
from acinus.engine.compiled.rodas5 import RODAS5
from acinus.engine.compiled.target import host_target

PLACES = 120


def places(term: str):
    """Return a system in which every place loses an amount by its concentration, and a sum over all of them."""
    lines = ["v = 2; k = 0.3; total = 0;"]
    lines += [f"x{i} = {1 + i / PLACES}; x{i}' = -k * (x{i} / v) / (1 + x{i} / v);" for i in range(PLACES)]
    lines.append(f"total' = {' + '.join(term.format(i) for i in range(PLACES))};")
    return from_antimony("\n".join(lines))


@pytest.mark.parametrize(("term", "kept"), [("x{0} / v", False), ("x{0} / v / (1 + x{0} / v)", True)])
def test_only_what_takes_more_than_an_operation_is_kept(term, kept):
    text = ModelCode(places(term).program, RODAS5, host_target()).text()
    pieces = re.findall(r"define internal void @rhs_\d+\([^)]*\) #0 \{(.*?)\n\}", text, re.DOTALL)
    assert len(pieces) > 1
    stores = sum(piece.count("  store <") for piece in pieces)
    results, sums_so_far = PLACES + 1, len(pieces) - 1
    assert (stores > results + sums_so_far) == kept


def test_what_has_left_is_what_was_there(engine, batch_of):
    system = places("k * (x{0} / v) / (1 + x{0} / v)")
    outputs = ["total", *[f"x{i}" for i in range(PLACES)]]
    volumes = np.array([0.5, 2.0, 9.0])
    batch = batch_of(system, np.linspace(0.0, 4.0, 9), n=3, outputs=outputs, v=volumes)
    found = engine.solve(system, batch, Tolerances(1e-9, 1e-12)).values
    total, left = found[:, :, 0], found[:, :, 1:].sum(axis=2)
    np.testing.assert_allclose(total, left[:, :1] - left, rtol=1e-7, atol=1e-9)
