"""Models without states: one is added that stands still, so that the step has something to carry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acinus.system.graph.program import Program

__all__ = ["with_a_state"]


def with_a_state(program: Program) -> Program:
    """Return a program with at least one state; nothing reads the one that is added."""
    if program.states:
        return program
    zero = next(i for i, node in enumerate(program.nodes) if node.op == "const" and node.value == 0.0)
    return replace(
        program,
        states=("(nothing)",),
        state_kinds=("value",),
        mass=(True,),
        derivative=(zero,),
        jacobian=((0, 0, zero),),
        relayed_jacobian=((0, 0, zero),),
        time_derivative=(zero,),
        initial=(zero,),
        order=(0,),
        pattern=((0, 0),),
    )
