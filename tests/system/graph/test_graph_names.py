from __future__ import annotations

import pytest

from acinus.model import load_model
from acinus.system import build_system
from acinus.system.graph import build_program


@pytest.fixture(scope="module")
def pair():
    model = load_model("human")
    return build_system(model), build_program(model.sbml)


def test_parameters_stand_in_the_order_of_the_system(pair):
    system, program = pair
    assert program.params[: program.settable] == system.parameters
    assert program.param_defaults[: program.settable] == tuple(system.parameter_values)


def test_species_and_outputs_are_those_of_the_system(pair):
    system, program = pair
    assert program.species == system.species
    assert program.output_names == system.outputs
