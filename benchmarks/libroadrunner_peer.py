"""libroadrunner: its own LLVM code of the right-hand side and CVODE, one instance a process."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from acinus.system import start_as_numbers
from benchmarks.peer import Peer, PeerFailed

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.problem import Problem

__all__ = ["ToolPeer"]


class ToolPeer(Peer):
    """`roadrunner.RoadRunner`, reset and given its values for each individual."""

    name = f"libroadrunner {version('libroadrunner')} (CVODE)"
    absolute = "1e-3 x relative x typical size of the state, a vector"

    def __init__(self, problem: Problem, sizes: NDArray[np.float64], folder: Path) -> None:
        del folder
        for level in ("WARNING", "ERROR", "INFO", "DEBUG"):
            os.environ.setdefault(f"SUNLOGGER_{level}_FILENAME", os.devnull)
        import libsbml
        import roadrunner

        roadrunner.Logger.disableLogging()
        # The default back end takes ten times longer to compile a large model.
        roadrunner.Config.setValue(roadrunner.Config.LLVM_BACKEND, roadrunner.Config.LLJIT)
        self.problem = problem
        # It writes initial assignments out in full, for our own model beyond any memory; `solve` sets what they give.
        self.runner = roadrunner.RoadRunner(start_as_numbers(problem.sbml))
        self.everything = roadrunner.SelectionRecord.ALL
        self.model = self.runner.model
        content = libsbml.readSBMLFromString(problem.sbml).getModel()
        species = {item.getId(): item for item in content.getListOfSpecies()}
        self.runner.timeCourseSelections = [
            key if key not in species or species[key].getHasOnlySubstanceUnits() else f"[{key}]"
            for key in problem.states
        ]
        ruled = {rule.getVariable() for rule in content.getListOfRules() if rule.isAssignment()}
        known = {key: k for k, key in enumerate(self.model.getGlobalParameterIds()) if key not in ruled}
        floating = {key: k for k, key in enumerate(self.model.getFloatingSpeciesIds())}
        volumes = {key: k for k, key in enumerate(self.model.getCompartmentIds()) if key not in ruled}
        self.parameters = _shared(problem.start_names, known)
        self.volumes = _shared(problem.start_names, volumes)
        self.variables = _shared(problem.states, known)
        self.species = _shared(problem.states, floating)
        ids = [self.model.getStateVectorId(k) for k in range(len(problem.states))]
        sizes_by_id = dict(zip(problem.states, sizes, strict=True))
        self.sizes = np.array([sizes_by_id[key] for key in ids])

    def solve(self, individual: int, relative: float) -> NDArray[np.float64]:
        """Return the recorded states; see `Peer.solve`."""
        integrator = self.runner.getIntegrator()
        integrator.setValue("relative_tolerance", relative)
        integrator.setValue("absolute_tolerance", list(1e-3 * relative * self.sizes))
        integrator.setValue("maximum_num_steps", 100_000)
        self.runner.reset(self.everything)
        # Initial assignments are worked out beforehand: a reset of 2.10 keeps some values of the one before.
        start, states = self.problem.start_values[individual], self.problem.start_states[individual]
        for setter, (places, sources), values in (
            (self.model.setGlobalParameterValues, self.parameters, start),
            (self.model.setCompartmentVolumes, self.volumes, start),
            (self.model.setGlobalParameterValues, self.variables, states),
            (self.model.setFloatingSpeciesAmounts, self.species, states),
        ):
            if places:
                setter(places, values[sources])
        try:
            return np.array(self.runner.simulate(times=list(self.problem.times)))
        except RuntimeError as error:
            raise PeerFailed(str(error)) from error


def _shared(names: tuple[str, ...], known: dict[str, int]) -> tuple[list[int], list[int]]:
    """Return where roadrunner keeps some of the names, and where these stand among the names."""
    pairs = [(known[name], k) for k, name in enumerate(names) if name in known]
    return [place for place, _ in pairs], [source for _, source in pairs]
