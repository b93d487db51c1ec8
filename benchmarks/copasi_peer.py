"""COPASI: its own SBML import and LSODA, by the Python bindings that copasi-basico brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import COPASI
import numpy as np

from benchmarks.peer import Peer, PeerFailed

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.problem import Problem

__all__ = ["ToolPeer"]


class ToolPeer(Peer):
    """A `CDataModel` whose initial values are set for each individual."""

    name = f"COPASI {COPASI.__version__} (LSODA)"
    absolute = "1e-3 x relative x lowest tenth of typical sizes, one number"

    def __init__(self, problem: Problem, sizes: NDArray[np.float64], folder: Path) -> None:
        del folder
        self.problem = problem
        self.data = COPASI.CRootContainer.addDatamodel()
        if not self.data.importSBMLFromString(problem.sbml):
            raise PeerFailed("COPASI did not read the SBML")
        self.model = self.data.getModel()
        self.size = float(np.quantile(sizes, 0.1))
        values = {item.getSBMLId(): item for item in self.model.getModelValues()}
        values |= {item.getSBMLId(): item for item in self.model.getCompartments()}
        self.columns = [(values[key], problem.parameters.index(key)) for key in problem.varied]
        self.task = self.data.getTask("Time-Course")
        self.task.setMethodType(COPASI.CTaskEnum.Method_deterministic)
        settings = self.task.getProblem()
        settings.setDuration(float(problem.times[-1]))
        settings.setStepNumber(len(problem.times) - 1)
        settings.setTimeSeriesRequested(True)
        self.found: list[int | None] = []

    def solve(self, individual: int, relative: float) -> NDArray[np.float64]:
        """Return the recorded states; see `Peer.solve`."""
        method = self.task.getMethod()
        method.getParameter("Relative Tolerance").setDblValue(relative)
        method.getParameter("Absolute Tolerance").setDblValue(1e-3 * relative * self.size)
        method.getParameter("Max Internal Steps").setUIntValue(100_000)
        changed = COPASI.ObjectStdVector()
        for item, column in self.columns:
            item.setInitialValue(float(self.problem.values[individual, column]))
            changed.append(item.getInitialValueReference())
        self.model.updateInitialValues(changed)
        if not self.task.process(True):
            raise PeerFailed(str(COPASI.CCopasiMessage.getAllMessageText()))
        return self.table(self.task.getTimeSeries(), individual)

    def table(self, series: Any, individual: int) -> NDArray[np.float64]:
        """Return the recorded states of a time series; it leaves out those that no reaction changes."""
        if not self.found:
            titles = {series.getSBMLId(k, self.data): k for k in range(series.getNumVariables())}
            self.found = [titles.get(key) for key in self.problem.states]
        rows = range(series.getRecordedSteps())
        still = self.problem.start_states[individual] * self.problem.factor[individual]
        columns = [
            np.full(len(rows), still[j])
            if k is None
            else [series.getConcentrationData(row, k) for row in rows]
            for j, k in enumerate(self.found)
        ]
        return np.array(columns, dtype=np.float64).T
