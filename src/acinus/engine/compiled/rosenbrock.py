"""What a Rosenbrock method is made of.

With u the transformed stages, h the step, M the mass matrix and J the Jacobian at the start of the step,

    (M / (h gamma) - J) u_i = f(t + alpha_i h, y + sum_j a_ij u_j) + M sum_j (c_ij / h) u_j + d_i h df/dt

(Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.7). The methods used here are stiffly
accurate: the argument of each of the last stages is the one before it plus the last stage found, the new state is the
argument of the last stage plus that stage, and the last stage is the estimate of the error.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["DenseSums", "RosenbrockMethod"]


@dataclass(frozen=True, slots=True)
class DenseSums:
    """The polynomials of a dense output by sums of stages that are soon complete: k_q is the sum of weights[q][r] sum_r.

    Attributes
    ----------
    rows : rows of s values
        How each sum weighs the stages; the last r of them do not enter sum r.
    weights : rows of values, none larger than one
    """

    rows: tuple[tuple[float, ...], ...]
    weights: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class RosenbrockMethod:
    """The coefficients of a stiffly accurate Rosenbrock method of s stages.

    Attributes
    ----------
    name, reference : str
    order : int
        Order of the step; the embedded estimate is one lower.
    gamma : float
    a, c : rows of lower triangles, row i holds i values
    alpha, d : s values
    dense : rows of s values
        Row r weighs the stages in the polynomial k_r, and
        ``y(theta) = (1 - theta) y0 + theta (y1 + (1 - theta) (k_1 + theta k_2 + theta^2 k_3))``.
    """

    name: str
    reference: str
    order: int
    gamma: float
    a: tuple[tuple[float, ...], ...]
    c: tuple[tuple[float, ...], ...]
    alpha: tuple[float, ...]
    d: tuple[float, ...]
    dense: tuple[tuple[float, ...], ...]

    @property
    def stages(self) -> int:
        """Number of stages s."""
        return len(self.alpha)

    @property
    def error_order(self) -> int:
        """Power of the step that its estimated error follows."""
        return self.order

    @property
    def fold(self) -> int:
        """The stage before which all earlier ones are folded into what is still needed of them.

        From then on only sums are kept: those that enter the stages after it, and the polynomials of the dense output.
        """
        fold = self.stages - 2
        assert all(self.extends(s) for s in range(fold + 1, self.stages))
        return fold

    @property
    def dense_sums(self) -> DenseSums:
        """What a step keeps for its dense output."""
        return _dense_sums(self.dense)

    def extends(self, stage: int) -> bool:
        """Say whether the argument of a stage is that of the stage before it plus that stage."""
        return stage > 1 and self.a[stage] == (*self.a[stage - 1], 1.0)


@functools.cache
def _dense_sums(dense: tuple[tuple[float, ...], ...]) -> DenseSums:
    """Eliminate the last stages from all rows but one, those before them from all but two, and so on.

    With pivots chosen by size, so that the sums grow little.
    """
    left = {q: [Fraction(x) for x in row] for q, row in enumerate(dense)}
    weights = [[Fraction(0)] * len(dense) for _ in dense]
    rows: list[list[Fraction]] = []
    while left:
        r, last = len(rows), len(dense[0]) - 1 - len(rows)
        best = max(left, key=lambda q: abs(left[q][last]))
        rows.append(left.pop(best))
        weights[best][r] = Fraction(1)
        for q, row in left.items():
            weights[q][r] = row[last] / rows[r][last]
            left[q] = [x - weights[q][r] * y for x, y in zip(row, rows[r], strict=True)]
    return DenseSums(_rounded(rows), _rounded(weights))


def _rounded(table: list[list[Fraction]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(x) for x in row) for row in table)
