"""The check that elimination without pivoting has kept its digits.

The reference of a pivot is what its place held before the elimination, ``|M| / (gamma h) + |J_ii|``: scaling a state
or its equation scales both alike. A pivot far below it is what a cancellation left over; one far above it has
swallowed the place's own value. Either way the lane's step is made again with a smaller h, which lets the first term
rule, and an equation without that term (an algebraic one) ends on the rung that has pivoting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.kernel import Kernel, Piece
from acinus.engine.compiled.vector_text import number

if TYPE_CHECKING:
    from acinus.engine.compiled.target import Target

__all__ = ["PivotKernel", "PivotPiece"]

#: Four digits are left of a pivot that has cancelled to this share of its reference. Fast exchange between two states
#: cancels too, harmlessly, and pivoting could not help it: hence no more caution than this.
_LEAST = 1e-12
#: Four digits are left of a value that a pivot so many times as large has swallowed.
_MOST = 1e12


class PivotPiece(Piece):
    """A piece that notes, lane by lane, whether one of its pivots is in doubt."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.slot: int | None = None
        self._doubt: str | None = None

    def check(
        self, pivot: str, place: str | None, mass: str | None, slot: int, *, squared: bool = False
    ) -> None:
        """Compare a pivot (or the square of its size) with J_ii and M / (gamma h), where there are any."""
        size = pivot if squared else self.call_one("fabs", pivot)
        terms = [self.call_one("fabs", place)] if place is not None else []
        terms += [mass] if mass is not None else []
        if not terms:
            return
        reference = self.loose("fadd", *terms) if len(terms) == 2 else terms[0]
        if squared:
            reference = self.loose("fmul", reference, reference)
        least, most = (_LEAST**2, _MOST**2) if squared else (_LEAST, _MOST)
        small = self.compare("olt", size, self.loose("fmul", reference, number(least)))
        large = self.compare("ogt", size, self.loose("fmul", reference, number(most)))
        doubt = self.either(small, large)
        self._doubt = doubt if self._doubt is None else self.either(self._doubt, doubt)
        self.slot = slot

    @property
    def text(self) -> str:
        """The instructions, with the note at their end."""
        if self._doubt is not None and self.slot is not None:
            noted = self.select(self._doubt, number(1.0), self.load(self.slot))
            self.store(noted, self.slot)
            self._doubt = None
        return super().text


class PivotKernel(Kernel):
    """A kernel whose pieces check pivots."""

    piece_type = PivotPiece
