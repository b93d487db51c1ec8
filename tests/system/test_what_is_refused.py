"""What is not computed exactly is refused by name, all of it at once."""

from __future__ import annotations

import pytest

from acinus.errors import EquationError
from acinus.system import build_system

HEAD = '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"{0}><model id="m">{1}</model></sbml>'
SPECIES = (
    '<listOfCompartments><compartment id="V" size="1" constant="true" spatialDimensions="3"/></listOfCompartments>'
    '<listOfSpecies><species id="A" compartment="V" initialAmount="1" hasOnlySubstanceUnits="true" '
    'boundaryCondition="false" constant="false"/></listOfSpecies>'
)
PARAMETER = (
    '<listOfParameters><parameter id="p" value="1" constant="false"/>'
    '<parameter id="q" value="1" constant="false"/></listOfParameters>'
)
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'


def refusal(as_model, content: str, namespaces: str = "") -> str:
    with pytest.raises(EquationError) as refused:
        build_system(as_model(HEAD.format(namespaces, content)))
    assert {d.code.value for d in refused.value.diagnostics} <= {"AC301", "AC302", "AC303"}
    return str(refused.value)


def test_an_algebraic_rule(as_model):
    rule = f"<listOfRules><algebraicRule>{MATH.format('<apply><minus/><ci>p</ci><ci>q</ci></apply>')}</algebraicRule></listOfRules>"
    assert "AC301 the algebraic rule `0 = p - q` is not supported" in refusal(as_model, PARAMETER + rule)


def test_a_delay(as_model):
    delay = (
        '<apply><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/delay">delay</csymbol>'
        "<ci>q</ci><cn>1</cn></apply>"
    )
    rule = f'<listOfRules><assignmentRule variable="p">{MATH.format(delay)}</assignmentRule></listOfRules>'
    assert "the symbol `delay` is used in the assignmentRule of `p`" in refusal(as_model, PARAMETER + rule)


def test_a_fast_reaction_and_a_reaction_without_rate_at_once(as_model):
    reaction = (
        '<listOfReactions><reaction id="J" reversible="false" fast="true"><listOfReactants>'
        '<speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants></reaction></listOfReactions>'
    )
    text = refusal(as_model, SPECIES + reaction)
    assert "the reaction `J` is marked fast" in text
    assert "the reaction `J` has no rate law" in text


def test_a_package(as_model):
    space = ' xmlns:fbc="http://www.sbml.org/sbml/level3/version1/fbc/version2" fbc:required="false"'
    assert "the SBML package `fbc` is not supported" in refusal(as_model, PARAMETER, space)


def test_a_package_that_nobody_knows(as_model):
    space = ' xmlns:odd="http://www.sbml.org/sbml/level3/version1/odd/version1" odd:required="true"'
    assert "the SBML package `odd` is not supported" in refusal(as_model, PARAMETER, space)


def test_a_stoichiometry_that_is_a_formula(as_model):
    reaction = (
        '<listOfInitialAssignments><initialAssignment symbol="n">'
        + MATH.format("<ci>p</ci>")
        + "</initialAssignment>"
        '</listOfInitialAssignments><listOfReactions><reaction id="J" reversible="false" fast="false"><listOfReactants>'
        '<speciesReference id="n" species="A" constant="true"/></listOfReactants><kineticLaw>'
        + MATH.format("<ci>p</ci>")
        + "</kineticLaw></reaction></listOfReactions>"
    )
    text = refusal(as_model, SPECIES + PARAMETER + reaction)
    assert "the stoichiometry of `A` in `J` is a formula" in text


def test_symbols_without_a_value_are_all_named(as_model, sbml_of):
    with pytest.raises(EquationError) as refused:
        build_system(as_model(sbml_of("species A; J: A => ; k*A; B' = m;  V := k*A;")))
    text = str(refused.value)
    for name in ("species `A`", "parameter `k`", "parameter `B`", "parameter `m`"):
        assert name in text
    assert {d.code.value for d in refused.value.diagnostics} == {"AC302"}


def test_a_circular_definition_is_shown_as_a_circle(as_model):
    rules = "".join(
        f'<assignmentRule variable="{one}">{MATH.format(f"<ci>{other}</ci>")}</assignmentRule>'
        for one, other in (("p", "q"), ("q", "p"))
    )
    text = refusal(as_model, f"{PARAMETER}<listOfRules>{rules}</listOfRules>")
    assert "AC303 `p` is defined by itself: p -> q -> p" in text


def test_an_event_that_fires_at_the_start(as_model, sbml_of):
    with pytest.raises(EquationError, match="AC301 the event `E` fires at time zero"):
        build_system(as_model(sbml_of("A = 1; A' = 1; E: at A > 0, t0=false: A = 0;")))


def test_what_only_draws_is_not_refused(as_model):
    space = ' xmlns:layout="http://www.sbml.org/sbml/level3/version1/layout/version1" layout:required="false"'
    assert build_system(as_model(HEAD.format(space, PARAMETER))).parameters == ("p", "q")
