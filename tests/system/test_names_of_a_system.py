"""What may be set, what may be given and what can be recorded."""

from __future__ import annotations

import numpy as np

from acinus.system import system_from_sbml

BODY = """
    compartment V, W; V = 2; W = 1; W' = 0.1;
    species A in V, $B in V; substanceOnly species D in V; A = 1; B = 2; D = 3;
    k = 0.1; half = k/2; const k, half; x := 2*A; y = 4; y' = -k; z = 0; E: at time > 5: z = 1; F: at A < 0.5: z = 2;
    J: A => D; k*A;
"""


def test_parameters_are_the_constants_that_no_formula_gives(sbml_of):
    system = system_from_sbml(sbml_of(BODY))
    assert dict(zip(system.parameters, system.parameter_values, strict=True)) == {
        "k": 0.1,
        "z": 0.0,
        "V": 2.0,
    }


def test_species_take_doses_and_everything_that_changes_can_be_recorded(sbml_of):
    system = system_from_sbml(sbml_of(BODY))
    assert system.species == ("A", "B", "D")
    assert set(system.outputs) == {"A", "B", "D", "x", "y", "z", "W"}


def test_only_events_that_look_at_the_state_are_listed(sbml_of):
    assert system_from_sbml(sbml_of(BODY)).state_events == ("F",)


def test_a_species_under_a_rule_takes_no_dose(sbml_of):
    system = system_from_sbml(sbml_of("species A, $B; A = 1; B := 2*A; J: A => ; A;"))
    assert system.species == ("A",)


def test_local_parameters_are_not_offered():
    sbml = (
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"><model id="m">'
        '<listOfCompartments><compartment id="V" size="1" constant="true" spatialDimensions="3"/></listOfCompartments>'
        '<listOfSpecies><species id="A" compartment="V" initialAmount="1" hasOnlySubstanceUnits="true" '
        'boundaryCondition="false" constant="false"/></listOfSpecies>'
        '<listOfReactions><reaction id="J" reversible="false" fast="false"><listOfReactants>'
        '<speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants><kineticLaw>'
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><ci>k</ci></math>'
        '<listOfLocalParameters><localParameter id="k" value="2"/></listOfLocalParameters></kineticLaw></reaction>'
        "</listOfReactions></model></sbml>"
    )
    system = system_from_sbml(sbml)
    assert system.parameters == ("V",)
    np.testing.assert_array_equal(system.parameter_values, [1.0])
