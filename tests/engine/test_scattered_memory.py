"""libroadrunner compiles its models wherever large arrays have left room."""

from __future__ import annotations

import sys

import pytest
from scattered import run_in_a_process

SCRIPT = """
import sys

import antimony

from acinus.engine.libroadrunner import libroadrunner, model_of_libroadrunner
from scattered import scatter

antimony.loadAntimonyString(
    "model chain()\\n  compartment V; V = 2;\\n"
    + "".join(f"  species S{k} in V; S{k} = {k + 1.5};\\n" for k in range(40))
    + "".join(f"  J{k}: S{k} => S{k + 1}; {k + 0.7} * S{k}^1.3 * V;\\n" for k in range(39))
    + "end"
)
sbml = antimony.getSBMLString("chain")
libroadrunner()
scatter(int(sys.argv[1]))
runner = model_of_libroadrunner(sbml)  # its model does not outlive it
rates = runner.model.getReactionRates()
assert all(abs(rate - 2 * (k + 0.7) * (k + 1.5) ** 1.3) < 1e-9 * rate for k, rate in enumerate(rates)), rates
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="leaves holes in memory as Linux fills them")
@pytest.mark.parametrize("pages", [1, 2, 4, 8, 16, 64])
def test_libroadrunner_may_find_its_sections_far_apart(tmp_path, pages):
    run_in_a_process(SCRIPT, pages, cache=tmp_path)
