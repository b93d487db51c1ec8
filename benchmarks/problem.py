"""A model, virtual individuals and sampling times: what every tool is given alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.system.graph import build_program, evaluate, start_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from acinus.system.graph import Program

__all__ = ["SAMPLING", "Problem", "problem_of"]

SAMPLING = np.linspace(0.0, 96.0, 193)


@dataclass(frozen=True, eq=False)
class Problem:
    """Individuals of one model. N individuals, S states, T times.

    Attributes
    ----------
    name : str
    sbml : str
        The model with all its doses: events at times that depend on parameters, or amounts at the start.
    parameters : tuple of str
        What may be set, in the order of the columns of `values`.
    varied : tuple of str
        Those in which individuals differ; only these are set where setting costs time.
    values : (N, P) array
    times : (T,) array, h
    states : tuple of str
        What is recorded: every state, a species in its own meaning (concentration or amount).
    start_names : tuple of str
        Everything that has a value of its own at the start besides the states.
    start_values : (N, Q) array
        Of `start_names`: parameters, initial assignments worked out.
    start_states : (N, S) array
        Amounts and values at the start.
    factor : (N, S) array
        What is recorded is the amount or value times this.
    least : (S,) array
        The smallest size that counts for accuracy: a thousandth of it is the least denominator of a relative error.
    """

    name: str
    sbml: str
    parameters: tuple[str, ...]
    varied: tuple[str, ...]
    values: NDArray[np.float64]
    times: NDArray[np.float64]
    states: tuple[str, ...]
    start_names: tuple[str, ...]
    start_values: NDArray[np.float64]
    start_states: NDArray[np.float64]
    factor: NDArray[np.float64]
    least: NDArray[np.float64]

    @property
    def size(self) -> int:
        """Number of individuals N."""
        return len(self.values)


def problem_of(name: str, sbml: str, people: int, columns: Mapping[str, NDArray[np.float64]]) -> Problem:
    """Return the problem of a model whose parameters take the values of some (N,) columns.

    Raises
    ------
    ValueError
        If a state is recorded in a way that depends on more than itself and the parameters, since its amount could
        then not be compared.
    """
    program = build_program(sbml)
    parameters = program.params[: program.settable]
    values = np.tile(np.array(program.param_defaults[: program.settable]), (people, 1))
    for parameter, column in columns.items():
        values[:, parameters.index(parameter)] = column
    start, states = start_values(program, values)
    return Problem(
        name,
        sbml,
        parameters,
        tuple(columns),
        values,
        SAMPLING,
        program.states,
        program.params,
        start,
        states,
        _factors(program, start),
        np.zeros(len(program.states)),
    )


def _factors(program: Program, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (N, S) ratio of each state's recorded value to what is integrated."""
    recorded = dict(zip(program.output_names, program.outputs, strict=True))
    nodes = [recorded[state] for state in program.states]
    count = len(nodes)
    one, two = (
        evaluate(program, nodes, time, np.full((len(start), count), level), start)
        for time, level in ((0.0, 1.0), (1.0, 2.0))
    )
    if not np.allclose(2.0 * one, two, rtol=1e-12):
        raise ValueError("a compartment of this model changes its size; amounts cannot be compared")
    return one
