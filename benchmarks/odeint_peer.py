"""SciPy's LSODA by `odeint`, with right-hand side and Jacobian compiled by Numba."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import scipy
from scipy.integrate import odeint

from benchmarks.compiled_equations import NumbaPeer
from benchmarks.peer import PeerFailed

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ToolPeer"]


class ToolPeer(NumbaPeer):
    """`scipy.integrate.odeint`."""

    name = f"scipy {scipy.__version__} odeint (LSODA), Numba"

    def piece(
        self, times: NDArray[np.float64], state: NDArray[np.float64], relative: float
    ) -> NDArray[np.float64]:
        """Return the states between two events; see `NumbaPeer.piece`."""
        out, matrix, held = np.empty(len(state)), np.empty((len(state), len(state))), self.held
        slope, jacobian = self.slope, self.jacobian

        def rates(t: float, y: NDArray[np.float64]) -> NDArray[np.float64]:
            slope(t, y, held, out)
            return out

        def derivatives(t: float, y: NDArray[np.float64]) -> NDArray[np.float64]:
            jacobian(t, y, held, matrix)
            return matrix

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                return odeint(
                    rates,
                    state,
                    times,
                    Dfun=derivatives,
                    tfirst=True,
                    rtol=relative,
                    atol=1e-3 * relative * self.sizes,
                    mxstep=100_000,
                )
            except Warning as said:
                raise PeerFailed(str(said)) from said
