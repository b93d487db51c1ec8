"""A linear system that keeps relays as unknowns has the same solution as the one without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from acinus.engine import Status, Tolerances, sensitivities
from acinus.engine.compiled import CompiledEngine
from acinus.system.graph.elimination import elimination

TIMES = np.linspace(0.0, 4.0, 17)
PLACES = range(6)


@pytest.fixture(scope="module")
def places(system_of):
    """Six places of two stiff states each; what they hold on the whole drives four more, which act back on them."""
    body = ["const k, inflow; k = 300; inflow = 1;", "total := " + " + ".join(f"q{i}" for i in PLACES) + ";"]
    for i in PLACES:
        body.append(f"p{i} = {1 + 0.2 * i}; p{i}' = inflow - (1 + {i})*p{i}/(1 + s0*s0);")
        body.append(f"q{i} = 0; q{i}' = {1 + i}*p{i} - k*q{i};")
    body += [f"s{j} = 0.1; s{j}' = {2 + j}*total^2 - {1 + 40 * j}*s{j};" for j in range(4)]
    return system_of("\n".join(body))


@pytest.fixture(scope="module")
def places_without(places):
    """The same system without relays."""
    program = places.program
    order, pattern = elimination(len(program.states), ((i, j) for i, j, _ in program.jacobian))
    plain = replace(program, relays=(), relayed_jacobian=program.jacobian, order=order, pattern=pattern)
    return replace(places, program=plain)


def test_the_model_has_one(places, places_without):
    assert len(places.program.relays) == 1
    assert len(places.program.pattern) < len(places_without.program.pattern)


@pytest.mark.parametrize("relative", [1e-5, 1e-9])
def test_solutions_agree_to_rounding(engine, places, places_without, batch_of, relative):
    one, other = (
        engine.solve(system, batch_of(system, TIMES, outputs=["q0", "s0", "s3"]), Tolerances(relative, 1e-12))
        for system in (places, places_without)
    )
    assert one.status == other.status == (Status.REACHED_END,)
    np.testing.assert_array_equal(one.steps, other.steps)
    np.testing.assert_allclose(one.values, other.values, rtol=1e-9)


def test_sensitivities_agree_to_rounding(places, places_without, batch_of):
    one, other = (
        sensitivities(
            system,
            batch_of(system, TIMES, outputs=["q0", "s0", "s3"]),
            [system.parameters.index(name) for name in ("k", "inflow")],
            Tolerances(1e-7, 1e-12),
        ).derivatives
        for system in (places, places_without)
    )
    np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("growth", [0.5, 1.0, 1.0001, 2.0])
def test_growth_through_a_relay_follows_its_closed_form(system_of, batch_of, growth):
    # All x are alike, and so are all y: with x' = g y and y' = g x both grow as exp(g t), through the sum of the x.
    body = ["total := " + " + ".join(f"x{i}" for i in range(5)) + ";"]
    body += [f"x{i} = 0.001; x{i}' = {growth}*y{i};" for i in range(5)]
    body += [f"y{i} = 0.001; y{i}' = {growth}*total/5;" for i in range(5)]
    body.append("z = 0.001; z' = x0;")
    system = system_of("\n".join(body))
    solution = CompiledEngine().solve(
        system, batch_of(system, TIMES, outputs=["x0"]), Tolerances(1e-9, 1e-14)
    )
    np.testing.assert_allclose(solution.values[0, :, 0], 0.001 * np.exp(growth * TIMES), rtol=5e-8)
