"""Other simulators as they are called: libroadrunner (CVODE) and COPASI (LSODA).

Each function runs in a process of its own (`acinus.verification.isolation`), loads the SBML by itself and returns
amounts of species and values of everything else. Absolute tolerances are far below the size of every variable, which
a first, loose run of the same simulator shows.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.engine.libroadrunner import model_of_libroadrunner
from acinus.provenance import version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["PEERS", "Question", "installed", "peer_course", "peer_version"]

#: Name, package that must be installed, distribution that has the version.
PEERS = {"libroadrunner": ("roadrunner", "libroadrunner"), "COPASI": ("basico", "python-copasi")}

_RELATIVE = 1e-10
_LOOSE = 1e-6
_BELOW = 1e-13  # absolute tolerance, as a share of the smallest of the largest values
_MAX_STEPS = 1_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """What a peer is asked.

    Attributes
    ----------
    file : str
    species : tuple of str
        Their amounts are wanted.
    others : tuple of str
        Parameters and compartments; their values are wanted.
    end : float, unit of time of the model
    points : int
        Samples from 0 to `end`, evenly spaced.
    """

    file: str
    species: tuple[str, ...]
    others: tuple[str, ...]
    end: float
    points: int


def installed(peer: str) -> bool:
    """Say whether a peer is there."""
    return importlib.util.find_spec(PEERS[peer][0]) is not None


def peer_version(peer: str) -> str:
    """Return a peer's name and version."""
    return f"{peer} {version(PEERS[peer][1])}"


def peer_course(peer: str, question: Question) -> NDArray[np.float64]:
    """Return the (T, K) course of what is asked, species first; an exception of the peer's own kind if it fails."""
    run = {"libroadrunner": _roadrunner, "COPASI": _copasi}[peer]
    try:
        return run(question)
    except RuntimeError as error:
        # libroadrunner adds the place in its own source code.
        raise RuntimeError(str(error).split(", at ")[0]) from None


def _small(values: NDArray[np.float64]) -> float:
    """Return an absolute tolerance that is small for every column of a loose result."""
    with np.errstate(all="ignore"):
        sizes = np.abs(np.where(np.isfinite(values), values, 0.0)).max(axis=0)
    sizes = sizes[sizes > 0.0]
    return max(1e-60, _BELOW * float(sizes.min())) if sizes.size else 1e-20


def _roadrunner(question: Question) -> NDArray[np.float64]:
    grid = np.linspace(0.0, question.end, question.points)

    def run(relative: float, absolute: float) -> NDArray[np.float64]:
        # A new instance each time: its reset keeps some values of the run before.
        runner: Any = model_of_libroadrunner(question.file)
        runner.timeCourseSelections = ["time", *question.species, *question.others]
        integrator = runner.getIntegrator()
        integrator.setValue("relative_tolerance", relative)
        # A single number would be multiplied, state by state, with whatever stands there at the start.
        integrator.setValue("absolute_tolerance", [absolute] * len(integrator.getAbsoluteToleranceVector()))
        integrator.setValue("maximum_num_steps", _MAX_STEPS)
        rows: list[NDArray[np.float64]] = []
        for start, stop in _pieces(question.end):
            inside = grid[(grid > start) & (grid < stop)]
            found = np.array(runner.simulate(times=[start, *inside, stop]))
            first = 0 if start == 0.0 else 1
            last = len(found) if stop == question.end else -1
            rows.append(found[first:last, 1:])
        return np.concatenate(rows)

    absolute = _small(run(_LOOSE, 1e-20))
    return run(_RELATIVE, absolute)


def _pieces(end: float) -> Sequence[tuple[float, float]]:
    """Return the spans between fresh starts of CVODE.

    It takes its first Jacobian by differences around states that may be zero, and keeps it while the step grows by
    many orders of magnitude; a start a little later takes one that holds.
    """
    return ((0.0, 1.1e-4 * end), (1.1e-4 * end, 1.1e-2 * end), (1.1e-2 * end, end))


def _copasi(question: Question) -> NDArray[np.float64]:
    import basico
    import COPASI

    data = basico.load_model_from_string(Path(question.file).read_text(encoding="utf-8"))
    if data is None:
        messages = COPASI.CCopasiMessage.getAllMessageText() or "the SBML cannot be imported"
        raise RuntimeError(messages.strip().splitlines()[0])
    model: Any = data.getModel()
    kinds = (
        (model.getMetabolites(), "ParticleNumber"),
        (model.getModelValues(), "Value"),
        (model.getCompartments(), "Volume"),
    )
    names = {
        item.getSBMLId(): item.getObject(COPASI.CCommonName(f"Reference={what}")).getCN().getString()
        for group, what in kinds
        for item in group
    }
    wanted = (*question.species, *question.others)
    missing = [key for key in wanted if key not in names]
    if missing:
        raise RuntimeError(f"it does not keep {', '.join(missing)}")
    factor = np.array(
        [model.getNumber2QuantityFactor()] * len(question.species) + [1.0] * len(question.others)
    )

    def run(relative: float, absolute: float) -> NDArray[np.float64]:
        table: Any = basico.run_time_course_with_output(
            [names[key] for key in wanted],
            0.0,
            question.end,
            question.points - 1,
            method="deterministic",
            use_initial_values=True,
            update_model=False,
            r_tol=relative,
            a_tol=absolute,
            max_steps=_MAX_STEPS,
        )
        found = table.to_numpy(dtype=np.float64)
        if found.shape != (question.points, len(wanted)):
            messages = COPASI.CCopasiMessage.getAllMessageText() or "no reason named"
            raise RuntimeError(f"it stopped early: {messages.strip().splitlines()[0]}")
        return found * factor

    return run(_RELATIVE, _small(run(_LOOSE, 1e-20)))
