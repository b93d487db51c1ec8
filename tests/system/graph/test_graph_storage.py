from __future__ import annotations

import dataclasses

import pytest
from small_sbml import event, model

from acinus.system.graph import build_program, from_bytes, to_bytes

TEXT = model(
    parameters={"k": 0.1, "h": 2.5},
    variables={"x": 1.0, "z": None, "n": None},
    starts={"n": "k * 3"},
    rates={"x": "-k * x^h / n"},
    rules={"z": "piecewise(x, x > 0.5)"},
    events=event("E", "x < 0.3", {"x": "1"}, delay="k") + event("B", "time > h", {"x": "x + 2"}),
)


def test_a_program_comes_back_from_bytes_as_it_was():
    program = build_program(TEXT)
    again = from_bytes(to_bytes(program))
    for field in dataclasses.fields(program):
        # Text, because NaN is unequal to itself.
        assert repr(getattr(again, field.name)) == repr(getattr(program, field.name)), field.name


def test_the_same_text_gives_the_same_bytes():
    assert to_bytes(build_program(TEXT)) == to_bytes(build_program(TEXT))


@pytest.mark.parametrize("damage", [b"", b"not a program", "cut"])
def test_damaged_bytes_are_refused(damage):
    data = to_bytes(build_program(TEXT))[:-40] if damage == "cut" else damage
    with pytest.raises(ValueError, match="program"):
        from_bytes(data)
