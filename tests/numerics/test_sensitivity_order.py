"""The error of the derivatives falls with the tolerance as that of the solution does, and with the order of the method."""

from __future__ import annotations

import numpy as np
import pytest

from acinus.engine import Tolerances, sensitivities

START = {"x": 1.0, "y": 0.5}
SLOPES = {"x": "-a*x + y*cos(w*time)", "y": "1 + x - b*y^3"}
VALUES = {"a": 1.0, "b": 0.8, "w": 1.3}


@pytest.fixture(scope="module")
def problem():
    """Return the system, and the places of its three parameters."""
    import antimony

    from acinus.system import system_from_sbml

    lines = [f"{name} = {value}; {name}' = {SLOPES[name]};" for name, value in START.items()]
    lines += [f"{name} = {value}; const {name};" for name, value in VALUES.items()]
    antimony.clearPreviousLoads()
    text = "model problem\n" + "\n".join(lines) + "\nend"
    assert antimony.loadAntimonyString(text) >= 0, antimony.getLastError()
    system = system_from_sbml(str(antimony.getSBMLString("problem")))
    return system, [system.parameters.index(name) for name in VALUES]


def test_the_error_follows_the_tolerance(problem, one):
    system, chosen = problem
    batch = one(system, np.linspace(0.0, 20.0, 81))
    truth = sensitivities(system, batch, chosen, Tolerances(1e-12, 1e-15))
    of_solution, of_derivatives = [], []
    tolerances = (1e-4, 1e-5, 1e-6, 1e-7)
    for relative in tolerances:
        found = sensitivities(system, batch, chosen, Tolerances(relative, relative * 1e-3))
        of_solution.append(np.abs(found.solution.values - truth.solution.values).max())
        of_derivatives.append(np.abs(found.derivatives - truth.derivatives).max())
    digits = np.log10(tolerances)
    slope_of_solution = np.polyfit(digits, np.log10(of_solution), 1)[0]
    slope_of_derivatives = np.polyfit(digits, np.log10(of_derivatives), 1)[0]
    assert slope_of_derivatives > 0.7
    assert slope_of_derivatives == pytest.approx(slope_of_solution, rel=0.2)
    # Their size is that of the solution's error, up to what the derivatives themselves are larger.
    largest = np.abs(truth.derivatives).max() / np.abs(truth.solution.values).max()
    assert of_derivatives[-1] < 30 * max(1.0, largest) * of_solution[-1]
