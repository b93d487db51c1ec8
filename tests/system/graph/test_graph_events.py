from __future__ import annotations

import numpy as np
import pytest
from plain_solver import PlainSolver
from small_sbml import compartment, event, model, one_species

from acinus.system.graph import build_program, evaluate, start_values


def built(*events, **more):
    given = {
        "parameters": {"t1": 3.0, "dose": 5.0},
        "variables": {"x": 1.0, "k": 0.0, "s": 2.0},
        "rates": {"x": "-0.1 * x"},
        "events": "".join(events),
    }
    return build_program(model(**{**given, **more}))


@pytest.mark.parametrize(
    ("trigger", "strict"),
    [("time >= t1", False), ("time > t1", True), ("t1 <= time", False), ("time >= t1 * 2 + dose", False)],
)
def test_an_event_at_a_time_that_parameters_give_is_a_barrier(trigger, strict):
    program = built(event("E", trigger, {"x": "x + dose"}))
    assert program.events == ()
    (barrier,) = program.barriers
    assert barrier.strict is strict
    assert program.parameter_only[barrier.time]


@pytest.mark.parametrize(
    "events",
    [
        [event("E", "x < t1", {"x": "5"})],
        [event("E", "time >= x", {"x": "5"})],
        [event("E", "time >= s", {"x": "5"}), event("F", "x < 0.5", {"s": "9"})],
        [event("E", "time >= t1", {"x": "5"}, delay="1")],
        [event("E", "time >= t1", {"x": "5"}, priority="1")],
        [event("E", "(time >= t1) && (x > 0)", {"x": "5"})],
    ],
    ids=["state", "time against state", "time that an event moves", "delay", "priority", "conjunction"],
)
def test_an_event_whose_time_the_run_decides_is_not_a_barrier(events):
    assert "E" in [e.id for e in built(*events).events]


def test_the_roots_of_a_trigger_are_zero_where_it_changes():
    program = built(event("E", "(x < 0.5) || (time > 7 && x > k)", {"x": "1"}))
    (found,) = program.events
    p, _ = start_values(program)
    assert evaluate(program, found.roots, 1.0, np.array([0.5]), p)[:1] == pytest.approx([0.0])
    assert len(found.roots) == 3


def test_an_assigned_concentration_becomes_an_amount_by_the_volume_before_the_event():
    program = built(
        event("E", "time >= t1", {"V": "8", "S": "dose"}),
        variables={},
        rates={},
        compartments=compartment("V", 2.0, constant=False),
        species=one_species("S", "V", 'initialConcentration="1"'),
    )
    states, params = PlainSolver(program).run([0.0, 4.0])
    assert states[:, 0] == pytest.approx([2.0, 10.0])
    assert params[:, program.params.index("V")] == pytest.approx([2.0, 8.0])


def test_amounts_stay_when_an_event_changes_the_volume_of_a_species_with_a_rate_rule():
    program = built(
        event("E", "time >= t1", {"V": "8"}),
        variables={},
        rates={"S": "0"},
        compartments=compartment("V", 2.0, constant=False),
        species=one_species("S", "V", 'initialConcentration="4"'),
    )
    assert program.state_kinds == ("concentration",)
    states, _ = PlainSolver(program).run([0.0, 4.0])
    assert states[:, 0] == pytest.approx([4.0, 1.0])


def test_priority_delay_and_persistence_are_carried():
    program = built(
        event(
            "E",
            "x < 0.9",
            {"k": "1"},
            delay="2 * t1",
            priority="dose",
            initial=False,
            persistent=False,
            from_trigger=False,
        )
    )
    (found,) = program.events
    p, y = start_values(program)
    assert found.delay is not None
    assert found.priority is not None
    assert evaluate(program, [found.delay, found.priority], 0.0, y, p) == pytest.approx([6.0, 5.0])
    assert (found.persistent, found.initial_value, found.use_values_from_trigger_time) == (
        False,
        False,
        False,
    )


def test_an_event_changes_a_parameter_in_its_slot():
    program = built(event("E", "x < 0.5", {"k": "7"}))
    ((assignment,),) = [e.assignments for e in program.events]
    assert assignment.kind == "param"
    assert program.params[assignment.index] == "k"
