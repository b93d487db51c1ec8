"""Powers are computed some at a time; how many does not change a bit."""

from __future__ import annotations

import re

import numpy as np
import pytest
from tests.engine.compiled.small_systems import from_antimony

from acinus.engine import Batch, Tolerances
from acinus.engine.compiled import kernel, machine
from acinus.engine.compiled.integration import integrate
from acinus.engine.compiled.model_code import ModelCode
from acinus.engine.compiled.rodas5 import RODAS5
from acinus.engine.compiled.target import host_target

PLACES = 50


@pytest.fixture(scope="module")
def chain():
    """Return a system of many places, each with a power of its own exponent, and a sum over all of them."""
    lines = ["total = 0; rate = 0.3;"]
    for i in range(PLACES):
        before = f"x{i - 1}" if i else "1"
        lines += [f"x{i} = {1 + i / PLACES}; n{i} = {1.5 + i / PLACES};"]
        lines += [f"x{i}' = {before} / 4 - rate * x{i}^n{i} / (0.5 + x{i}^n{i});"]
    lines.append(f"total' = {' + '.join(f'x{i}^n{i}' for i in range(PLACES))};")
    return from_antimony("\n".join(lines))


def test_a_pass_has_few_functions_and_none_is_computed_twice(chain):
    text = ModelCode(chain.program, RODAS5, host_target()).text()
    for name in ("first", "rhs"):
        body = re.search(rf"define internal void @{name}\(ptr %w[^)]*\) #0 {{(.*?)\n}}", text, re.DOTALL)
        assert body is not None
        counts = [int(n) for n in re.findall(r"@each_power\(.*i64 (\d+)\)", body[1])]
        assert sum(counts) == PLACES
        assert max(counts) <= 8


def test_the_size_of_passes_changes_no_bit(chain, monkeypatch):
    def solved() -> np.ndarray:
        machine.machine_for.cache_clear()
        machine.model_code.cache_clear()
        found = integrate(machine.machine_for(chain.program), batch, Tolerances(1e-6, 1e-12), 1)
        return found.values

    monkeypatch.setattr(machine, "read_cached", lambda _: None)
    monkeypatch.setattr(machine, "write_cached", lambda *_: None)
    batch = Batch(
        chain.parameter_values[None, :], ((),), np.linspace(0.0, 5.0, 6), np.arange(len(chain.outputs))
    )
    few = solved()
    monkeypatch.setattr(kernel, "_MOST_FUNCTIONS", 1000)
    many = solved()
    machine.machine_for.cache_clear()
    machine.model_code.cache_clear()
    assert np.isfinite(few).all()
    np.testing.assert_array_equal(few.view(np.int64), many.view(np.int64))
