"""The check that elimination without pivoting has kept its digits.

A pivot is compared with what stood in its place before the elimination, ``M / (gamma h) - J_ii``: scaling a state or
its equation scales both alike. A pivot far below it is what a cancellation left over; one far above it has swallowed
the place's own value. Either way the lane's step is made again with a smaller h, which lets ``M / (gamma h)`` rule, and
an equation without that term (an algebraic one) ends on the rung that has pivoting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.kernel import Kernel, Piece
from acinus.engine.compiled.vector_text import number

if TYPE_CHECKING:
    from acinus.engine.compiled.target import Target

__all__ = ["PivotKernel", "PivotPiece"]

#: Four digits are left of a pivot that is so many times smaller than what stood in its place, or of a value that a
#: pivot so many times as large has swallowed. Fast exchange between two states cancels too, harmlessly, and pivoting
#: could not help it: hence no more caution than this.
_LARGEST_RATIO = 1e12


class PivotPiece(Piece):
    """A piece that notes, lane by lane, whether one of its pivots is in doubt."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self._slot = 0
        self._limits: dict[float, tuple[str, str]] = {}

    def check(self, before: str, inverse: str, slot: int, *, squared: bool = False) -> None:
        """Compare what stood in a place with the pivot, given by its inverse (or the squares of both)."""
        ratio = self.loose("fmul", before, inverse)
        if not squared:
            ratio = self.call_one("fabs", ratio)
        limit = _LARGEST_RATIO**2 if squared else _LARGEST_RATIO
        largest, smallest = self._limits.get(limit, (ratio, ratio))
        if limit in self._limits:
            largest = self.select(self.compare("ogt", ratio, largest), ratio, largest)
            smallest = self.select(self.compare("olt", ratio, smallest), ratio, smallest)
        self._limits[limit] = largest, smallest
        self._slot = slot

    @property
    def text(self) -> str:
        """The instructions, with the note at their end."""
        for limit, (largest, smallest) in self._limits.items():
            doubt = self.either(
                self.compare("ogt", largest, number(limit)),
                self.compare("olt", smallest, number(1.0 / limit)),
            )
            self.store(self.select(doubt, number(1.0), self.load(self._slot)), self._slot)
        self._limits.clear()
        return super().text


class PivotKernel(Kernel):
    """A kernel whose pieces check pivots."""

    piece_type = PivotPiece
