"""Object code runs wherever the system finds room for it, also where large arrays have left none in one place."""

from __future__ import annotations

import sys

import pytest
from scattered import run_in_a_process

SCRIPT = """
import sys

import numpy as np

from acinus.engine import Batch, solve
from acinus.engine.compiled import emission, machine
from acinus.system import system_from_sbml
from scattered import scatter

counts = []


def far_apart(files, target, names, linked=machine.LoadedCode):
    files = list(files)
    counts.append(len(files))
    scatter(int(sys.argv[1]))
    return linked(files, target, names)


machine.LoadedCode = far_apart
emission._ENOUGH = 1000
rule = '''<rateRule variable="x{}"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><minus/><apply><times/>
<ci>x{}</ci><ci>x{}</ci></apply></apply></math></rateRule>'''
count = 12
system = system_from_sbml(
    '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"><model><listOfParameters>'
    + "".join(f'<parameter id="x{k}" value="1" constant="false"/>' for k in range(count))
    + "</listOfParameters><listOfRules>"
    + "".join(rule.format(k, k, (k + 1) % count) for k in range(count))
    + "</listOfRules></model></sbml>"
)
solution = solve(system, Batch(system.parameter_values[None], ((),), np.linspace(0.0, 1.0, 3), np.array([0])))
assert abs(solution.values[0, -1, 0] - 0.5) < 1e-6
assert max(counts) > 2
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="leaves holes in memory as Linux fills them")
@pytest.mark.parametrize("pages", [1, 2, 3, 4, 6, 8, 12, 16, 24])
def test_sections_and_object_files_may_lie_far_apart(tmp_path, pages):
    run_in_a_process(SCRIPT, pages, cache=tmp_path)
