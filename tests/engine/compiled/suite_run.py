"""One case of the SBML Test Suite through the compiled engine."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from acinus.engine import Batch, Tolerances
from acinus.engine.compiled.calling import ENDS
from acinus.engine.compiled.integration import integrate
from acinus.engine.compiled.machine import machine_for
from acinus.system.graph import build_program

sys.path.append(str(Path(__file__).resolve().parents[2] / "system" / "graph"))
from suite_case import SuiteCase, agrees, wanted_nodes

__all__ = ["SuiteCase", "program_of_case", "worst_error"]


def program_of_case(case):
    return build_program(case.model.read_text(encoding="utf-8"), str(case.model))


def worst_error(case, program, relative=1e-9):
    """Return the worst error in units of what the case allows; infinite where the end was not reached."""
    names, expected = case.expected()
    nodes = wanted_nodes(program, case, names[1:])
    flat = [n for pair in nodes for n in pair if n is not None]
    program = replace(program, outputs=tuple(flat), output_names=tuple(map(str, range(len(flat)))))
    times = expected[:, 0]
    sizes = np.abs(expected[:, 1:])
    smallest = float(sizes[sizes > 0].min()) if (sizes > 0).any() else 1.0
    tolerances = Tolerances(relative, min(1e-12, max(1e-100, 1e-6 * smallest)))
    batch = Batch(
        np.array([program.param_defaults[: program.settable]]),
        ((),),
        times,
        np.arange(len(flat), dtype=np.int64),
    )
    machine = machine_for(program, "rodas5p")
    raw = integrate(machine, batch, tolerances)
    if raw.ends[0] != ENDS.index("reached"):
        return float("inf")
    found = np.empty((len(times), len(nodes)))
    column = 0
    for k, (_, over) in enumerate(nodes):
        found[:, k] = raw.values[0, :, column]
        if over is not None:
            with np.errstate(all="ignore"):
                found[:, k] /= raw.values[0, :, column + 1]
            column += 1
        column += 1
    return agrees(case, expected[:, 1:], found)
