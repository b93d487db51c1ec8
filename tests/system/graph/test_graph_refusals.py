from __future__ import annotations

import pytest
from small_sbml import compartment, event, math, model, one_species, reaction, sbml

from acinus.errors import Code, EquationError
from acinus.system.graph import build_program

CELL = compartment("V", 1.0) + compartment("W", 1.0)
S = one_species("S", "V", 'initialAmount="1"')
UNIT = 'stoichiometry="1"'
FAST = sbml(
    '<listOfCompartments><compartment id="V" size="1" constant="true"/></listOfCompartments>'
    '<listOfReactions><reaction id="r1" reversible="false" fast="true"><kineticLaw>'
    f"{math('1')}</kineticLaw></reaction></listOfReactions>",
    3,
    1,
)
PACKAGE = sbml("").replace(
    " level=", ' xmlns:q="http://www.sbml.org/sbml/level3/version1/qual/version1" q:required="true" level=', 1
)
FLUX = sbml(
    '<fbc:listOfObjectives fbc:activeObjective="o"><fbc:objective fbc:id="o" fbc:type="maximize"/></fbc:listOfObjectives>',
    3,
    1,
).replace(
    " level=",
    ' xmlns:fbc="http://www.sbml.org/sbml/level3/version1/fbc/version1" fbc:required="false" level=',
    1,
)
OUTSIDE = (
    sbml('<comp:listOfSubmodels><comp:submodel comp:id="a" comp:modelRef="e1"/></comp:listOfSubmodels>')
    .replace(
        " level=",
        ' xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true" level=',
        1,
    )
    .replace(
        "</sbml>",
        '<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id="e1" comp:source="absent.xml"/>'
        "</comp:listOfExternalModelDefinitions></sbml>",
    )
)

CASES = {
    "delay in a rule": (
        Code.DELAY_IN_FORMULA,
        "`x`",
        model(variables={"x": None}, rules={"x": "delay(time, 1)"}),
    ),
    "delay in a rate law": (
        Code.DELAY_IN_FORMULA,
        "`r1`",
        model(compartments=CELL, species=S, reactions=reaction("r1", "delay(S, 1)", uses={"S": UNIT})),
    ),
    "delay in a function": (
        Code.DELAY_IN_FORMULA,
        "`x`",
        model(variables={"x": None}, functions={"f": "lambda(a, delay(a, 1))"}, rules={"x": "f(time)"}),
    ),
    "delay in a trigger": (
        Code.DELAY_IN_FORMULA,
        "`E1`",
        model(variables={"x": 1.0}, events=event("E1", "delay(time, 1) > 2", {"x": "2"})),
    ),
    "fast reaction": (Code.FAST_REACTION, "`r1`", FAST),
    "required package": (Code.PACKAGE_REQUIRED, "`qual`", PACKAGE),
    "flux balance": (Code.FLUX_BALANCE, "`fbc`", FLUX),
    "submodel in another file": (Code.NOT_FLATTENED, "absent.xml", OUTSIDE),
    "undefined id": (
        Code.ID_UNDEFINED,
        "`vmaxx`",
        model(variables={"x": 1.0, "vmax": 1.0}, rates={"x": "vmaxx"}),
    ),
    "undefined function": (Code.ID_UNDEFINED, "`f`", model(variables={"x": 1.0}, rates={"x": "f(x)"})),
    "wrong number of arguments": (
        Code.ID_UNDEFINED,
        "`f`",
        model(variables={"x": 1.0}, functions={"f": "lambda(a, a)"}, rates={"x": "f(x, x)"}),
    ),
    "no value": (
        Code.NO_INITIAL_VALUE,
        "`k`",
        model(parameters={"k": None}, variables={"x": 1.0}, rates={"x": "k"}),
    ),
    "no value of a state": (Code.NO_INITIAL_VALUE, "`x`", model(variables={"x": None}, rates={"x": "1"})),
    "no stoichiometry": (
        Code.NO_INITIAL_VALUE,
        "`S`",
        model(compartments=CELL, species=S, reactions=reaction("r1", "S", uses={"S": ""})),
    ),
    "circle of rules": (
        Code.CIRCULAR_DEFINITION,
        "`a`",
        model(variables={"a": None, "b": None}, rules={"a": "b + 1", "b": "2 * a"}),
    ),
    "circle of starts": (
        Code.CIRCULAR_DEFINITION,
        "`a`",
        model(variables={"a": None, "b": None}, starts={"a": "b + 1", "b": "2 * a"}),
    ),
    "circle of rates": (
        Code.CIRCULAR_DEFINITION,
        "`a`",
        model(variables={"a": 1.0}, rates={"a": "rateOf(a) + 1"}),
    ),
    "rate of an implicit unknown": (
        Code.RATE_OF_RULE,
        "`z`",
        model(variables={"z": 1.0, "x": 1.0}, rates={"x": "rateOf(z)"}, constraints=("z^3 + z - time",)),
    ),
    "rate of a formula": (
        Code.OPERATOR_UNKNOWN,
        "`x`",
        model(variables={"x": 1.0}, functions={"f": "lambda(a, rateOf(a))"}, rates={"x": "f(2 * time)"}),
    ),
    "not SBML": (Code.SBML_UNREADABLE, "no model", "<html/>"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_construct_is_refused_by_its_code_and_id(case):
    code, name, text = CASES[case]
    with pytest.raises(EquationError) as caught:
        build_program(text)
    assert {d.code for d in caught.value.diagnostics} == {code}, str(caught.value)
    assert name in str(caught.value)
    assert all(d.remedy for d in caught.value.diagnostics)


def test_all_refusals_are_reported_at_once():
    text = model(
        variables={"x": None, "y": None}, rules={"x": "delay(time, 1)", "y": "delay(time, 2) + absent"}
    )
    with pytest.raises(EquationError) as caught:
        build_program(text)
    assert len(caught.value.diagnostics) == 3


def test_a_near_name_is_suggested():
    with pytest.raises(EquationError, match="Did you mean `vmax`"):
        build_program(CASES["undefined id"][2])


def test_every_code_of_the_compiled_path_has_a_case():
    own = {code for code in Code if "AC320" <= code.value <= "AC349"}
    elsewhere = {Code.ALGEBRAIC_RULE_UNSOLVABLE, Code.START_NOT_EXPLICIT}
    assert own == {code for code, _, _ in CASES.values() if code in own} | elsewhere
