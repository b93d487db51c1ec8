"""SUNDIALS CVODE (BDF, dense) by scikit-sundae, with right-hand side and Jacobian compiled by Numba."""

from __future__ import annotations

import functools
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from sksundae.cvode import CVODE

from benchmarks.compiled_equations import NumbaPeer
from benchmarks.peer import PeerFailed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ToolPeer"]


class ToolPeer(NumbaPeer):
    """`sksundae.cvode.CVODE`."""

    name = f"scikit-sundae {version('scikit-sundae')} (CVODE dense), Numba"

    def piece(
        self, times: NDArray[np.float64], state: NDArray[np.float64], relative: float
    ) -> NDArray[np.float64]:
        """Return the states between two events; see `NumbaPeer.piece`."""
        found = self.solver(relative).solve(times, state)
        if not found.success:
            raise PeerFailed(str(found.message))
        # For two times the solver returns all its steps.
        return found.y if len(times) > 2 else found.y[[0, -1]]

    @functools.cache  # noqa: B019 (one peer lives as long as its process)
    def solver(self, relative: float) -> Any:
        """Return the solver for a tolerance."""
        slope, jacobian, held = self.slope, self.jacobian, self.held

        def rates(t: float, y: Any, out: Any) -> None:
            slope(t, y, held, out)

        def derivatives(t: float, y: Any, _: Any, out: Any) -> None:
            jacobian(t, y, held, out)

        return CVODE(
            rates,
            method="BDF",
            linsolver="dense",
            jacfn=derivatives,
            rtol=relative,
            atol=1e-3 * relative * self.sizes,
            max_num_steps=100_000,
        )
