"""AMICI: C++ generated from the SBML, compiled once, and CVODES with KLU."""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.peer import Peer, PeerFailed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.problem import Problem

__all__ = ["ToolPeer"]

_PATIENCE = 600.0  # s; the liver model of 87 states takes less than one minute


class ToolPeer(Peer):
    """A compiled model package, simulated without sensitivities."""

    absolute = "1e-3 x relative x lowest tenth of typical sizes, one number"

    @staticmethod
    def prepare(problem: Problem, folder: Path) -> None:
        """Generate and compile the package, in a process of its own; it is tens of seconds of C++."""
        if importlib.util.find_spec("amici") is None:
            raise PeerFailed(f"does not install here: {_reason()}")
        place = folder / f"amici_{problem.name}"
        shutil.rmtree(place, ignore_errors=True)
        model = folder / f"{problem.name}.xml"
        model.write_text(problem.sbml, encoding="utf-8")
        command = [sys.executable, "-m", "benchmarks.amici_build", str(model), problem.name, str(place)]
        # Its build looks for the swig that pip installed beside Python.
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "PATH": path},
                timeout=_PATIENCE,
            )
        except subprocess.TimeoutExpired:
            raise PeerFailed(f"does not build this model within {_PATIENCE / 60:g} minutes") from None
        if done.returncode:
            said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            raise PeerFailed(f"does not build this model: {said[-1] if said else 'no message'}")

    def __init__(self, problem: Problem, sizes: NDArray[np.float64], folder: Path) -> None:
        import amici

        logging.getLogger("amici").setLevel(logging.ERROR)
        from amici.sim import sundials

        self.name = f"AMICI {amici.__version__} (CVODES, KLU)"
        self.problem, self.sundials = problem, sundials
        self.size = float(np.quantile(sizes, 0.1))
        package = f"amici_{problem.name}"
        self.model = sundials.import_model_module(package, folder / package).get_model()
        self.model.set_timepoints(problem.times)
        self.solver = self.model.create_solver()
        self.solver.set_max_steps(100_000)
        ids = list(self.model.get_free_parameter_ids())
        known = {key: k for k, key in enumerate(problem.parameters)}
        self.defaults = np.array(self.model.get_free_parameters())
        pairs = [(k, known[key]) for k, key in enumerate(ids) if key in known]
        self.places, self.sources = [k for k, _ in pairs], [k for _, k in pairs]
        found = {key: k for k, key in enumerate(self.model.get_state_ids())}
        self.columns = [found[key] for key in problem.states]

    def solve(self, individual: int, relative: float) -> NDArray[np.float64]:
        """Return the recorded states; see `Peer.solve`."""
        self.solver.set_relative_tolerance(relative)
        self.solver.set_absolute_tolerance(1e-3 * relative * self.size)
        values = self.defaults.copy()
        values[self.places] = self.problem.values[individual, self.sources]
        self.model.set_free_parameters(values)
        found = self.sundials.run_simulation(self.model, self.solver)
        if found.status != 0:
            raise PeerFailed(f"AMICI ended with status {found.status}")
        return np.asarray(found.x)[:, self.columns]


def _reason() -> str:
    """Return the last error in what pip said when the environment was made."""
    log = Path(sys.prefix) / "amici.log"
    said = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    found = [line.strip() for line in said if "error" in line.lower()]
    return found[-1] if found else "pip left no message"
