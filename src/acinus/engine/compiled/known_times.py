"""Times at which a comparison changes its answer whatever the states do: where a step must end.

A function that is affine in time, slope and rest made of parameters alone, is zero at ``-rest / slope``. Whole parts
(`floor`, `ceil`) of such functions, and choices between such functions, are affine between two known times, which
covers what repeats: ``time - 24 floor(time / 24) < 8``. Slope, rest and moments are then those of the present time,
to be computed again after every known time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acinus.engine.compiled.tape import Tape

__all__ = ["COMPARISONS", "KnownTimes"]

COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})


class KnownTimes:
    """Finds known times on a tape, and adds to the tape what computes them.

    Attributes
    ----------
    moments : list of int
        Places of times. One that lies in the past, or is not a number, means no time at all.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.zero, self.one = tape.add("const", (), 0.0), tape.add("const", (), 1.0)
        self.time = tape.add("time")
        self._moments: dict[int, None] = {}
        self._affine: dict[int, tuple[int, int] | None] = {}

    @property
    def moments(self) -> list[int]:
        """The times found so far."""
        return list(self._moments)

    def watch(self, place: int) -> bool:
        """Take up the zero of a function; return False where its time is not known."""
        form = self.affine(place)
        if form is None:
            return False
        slope, rest = form
        if slope != self.zero:
            self._moments[self._over(self._negative(rest), slope)] = None
        return True

    def affine(self, place: int) -> tuple[int, int] | None:
        """Return slope and rest of a function that is affine in time, else None; whole parts below are taken up."""
        for p in self.tape.above([place], set(self._affine)):
            self._affine[p] = self._form(p)
        return self._affine[place]

    def _form(self, place: int) -> tuple[int, int] | None:
        tape = self.tape
        kind = tape.kinds[place]
        if tape.fixed[place]:
            return self.zero, place
        if kind == "time":
            return self.one, self.zero
        known = [self._affine[a] for a in tape.args[place]]
        forms = [form for form in known if form is not None]
        if kind == "state" or len(forms) < len(known):
            return None
        if kind in COMPARISONS:
            (a, p), (b, q) = forms
            slope = self._minus(a, b)
            if slope != self.zero:
                self._moments[self._over(self._minus(q, p), slope)] = None
            return self.zero, place
        if kind in ("floor", "ceil"):
            self._whole_part(place, *forms[0])
            return self.zero, place
        if kind in ("add", "sub"):
            combine = self._plus if kind == "add" else self._minus
            return combine(forms[0][0], forms[1][0]), combine(forms[0][1], forms[1][1])
        if kind == "neg":
            return self._negative(forms[0][0]), self._negative(forms[0][1])
        if kind == "select" and forms[0][0] == self.zero:
            (slope, rest), (other, other_rest) = forms[1:]
            return self._either(tape.args[place][0], slope, other), self._either(
                tape.args[place][0], rest, other_rest
            )
        return self._product(place, kind, forms)

    def _product(self, place: int, kind: str, forms: list[tuple[int, int]]) -> tuple[int, int] | None:
        args = self.tape.args[place]
        steady = [slope == self.zero for slope, _ in forms]
        if all(steady):
            return self.zero, place
        if kind == "mul" and any(steady):
            factor, (slope, rest) = (args[0], forms[1]) if steady[0] else (args[1], forms[0])
            return self._times(factor, slope), self._times(factor, rest)
        if kind == "div" and steady[1]:
            return self._over(forms[0][0], args[1]), self._over(forms[0][1], args[1])
        return None

    def _whole_part(self, place: int, slope: int, rest: int) -> None:
        """Take up the next time at which ``floor`` or ``ceil`` of a function jumps."""
        if slope == self.zero:
            return
        tape = self.tape
        up, down = (
            (tape.add("add", (place, self.one)), place)
            if tape.kinds[place] == "floor"
            else (place, tape.add("sub", (place, self.one)))
        )
        rises = tape.add("lt", (self.zero, slope))
        level = self._either(rises, up, down)
        first = self._over(self._minus(level, rest), slope)
        period = tape.add("abs", (self._over(self.one, slope),))
        # Rounding may hide that a jump is just over; then the one after it is next.
        over = tape.add("le", (first, self.time))
        self._moments[tape.add("select", (over, tape.add("add", (first, period)), first))] = None

    # Arithmetic that leaves a plain ``time - x`` exact
    def _plus(self, a: int, b: int) -> int:
        if self.zero in (a, b):
            return b if a == self.zero else a
        return self._folded("add", a, b)

    def _minus(self, a: int, b: int) -> int:
        if a == b:
            return self.zero
        if b == self.zero:
            return a
        return self._negative(b) if a == self.zero else self._folded("sub", a, b)

    def _negative(self, a: int) -> int:
        if self.tape.kinds[a] == "neg":
            return self.tape.args[a][0]
        number = self.tape.constant(a)
        return self.tape.add("neg", (a,)) if number is None else self.tape.add("const", (), 0.0 - number)

    def _times(self, a: int, b: int) -> int:
        if self.zero in (a, b):
            return self.zero
        if self.one in (a, b):
            return b if a == self.one else a
        return self._folded("mul", a, b)

    def _over(self, a: int, b: int) -> int:
        if a == self.zero or b == self.one:
            return a
        number = self.tape.constant(b)
        if number is None:
            return self.tape.add("div", (a, b))
        if number == -1.0:
            return self._negative(a)
        return self._times(a, self.tape.add("const", (), 1.0 / number if number else float("nan")))

    def _either(self, condition: int, a: int, b: int) -> int:
        return a if a == b else self.tape.add("select", (condition, a, b))

    def _folded(self, kind: str, a: int, b: int) -> int:
        x, y = self.tape.constant(a), self.tape.constant(b)
        if x is None or y is None:
            return self.tape.add(kind, (a, b))
        return self.tape.add("const", (), {"add": x + y, "sub": x - y, "mul": x * y}[kind])
