"""Parameters of a program that no caller sets: numbers that an initial assignment fixes."""

from __future__ import annotations

import numpy as np

from acinus.engine import Batch, Tolerances
from acinus.engine.compiled.integration import integrate
from acinus.engine.compiled.machine import machine_for
from acinus.system.graph import build_program

SBML = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
  <model id="fixed">
    <listOfCompartments><compartment id="V" size="1" constant="true" spatialDimensions="3"/></listOfCompartments>
    <listOfSpecies>
      <species id="feed" compartment="V" initialAmount="3" hasOnlySubstanceUnits="true" boundaryCondition="true"
        constant="true"/>
    </listOfSpecies>
    <listOfParameters>
      <parameter id="A" value="0" constant="false"/><parameter id="k" value="9" constant="false"/>
    </listOfParameters>
    <listOfInitialAssignments>
      <initialAssignment symbol="k"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><plus/>
        <csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol><cn>4</cn>
      </apply></math></initialAssignment>
    </listOfInitialAssignments>
    <listOfRules>
      <rateRule variable="A"><math xmlns="http://www.w3.org/1998/Math/MathML">
        <apply><times/><ci>feed</ci><ci>k</ci></apply>
      </math></rateRule>
    </listOfRules>
  </model>
</sbml>
"""


def test_they_have_the_values_of_the_model():
    program = build_program(SBML)
    assert set(program.params[program.settable :]) == {"k"}
    given = np.array([program.param_defaults[: program.settable]] * 2)
    batch = Batch(given, ((), ()), np.array([0.0, 2.0]), np.array([program.output_names.index("A")]))
    solution = integrate(machine_for(program), batch, Tolerances())
    np.testing.assert_allclose(solution.values[:, :, 0], [[0.0, 24.0]] * 2, rtol=1e-12)
