"""One function of the model as vector code: which operations, in which order, cut into pieces that compile fast.

A kernel is a list of actions. Operations are computed just before the first action that needs them; those that go
through a function over arrays (`exp`, `power`, ...) are gathered into passes of some eight, as their dependence allows. The
list is cut into pieces of some hundred operations, because LLVM's time grows faster than a function's length; what
one piece hands to another goes through working memory, unless it is as cheap to compute it again.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from acinus.engine.compiled.tape import LEAVES, Tape
from acinus.engine.compiled.vector_text import VectorText, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from acinus.engine.compiled.layout import Layout
    from acinus.engine.compiled.target import Target

__all__ = ["Action", "Kernel", "Piece", "put", "put_behind"]

_LONGEST_PIECE = 450

#: Array functions of one pass: what they read and write, a few kilobytes, is still in the nearest cache when it is used.
_MOST_FUNCTIONS = 8

_ARITHMETIC = {"add": "fadd", "sub": "fsub", "mul": "fmul"}
_AGAIN = frozenset({*_ARITHMETIC, "neg", "abs"})
_COMPARISON = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
_INTRINSIC = {"sqrt": "sqrt", "abs": "fabs", "floor": "floor", "ceil": "ceil"}


class Piece(VectorText):
    """The body of one function; the working memory is ``%w``."""

    def load(self, slot: int) -> str:
        """Add a load from working memory."""
        return self.load_at("%w", slot)

    def store(self, value: str, slot: int) -> None:
        """Add a store to working memory."""
        self.store_at(value, "%w", slot)


@dataclass(frozen=True, slots=True)
class Action:
    """Something done with values: `needs` are places on the tape, `write` adds the code given their names."""

    needs: tuple[int, ...]
    write: Callable[[Piece, list[str]], None]
    weight: int = 1


def put(place: int, slot: int) -> Action:
    """Return a store of a value into working memory."""
    return Action((place,), lambda piece, values: piece.store(values[0], slot))


def put_behind(place: int, index: int) -> Action:
    """Return a store of a value behind the pointer ``%u``."""
    return Action((place,), lambda piece, values: piece.store_at(values[0], "%u", index))


@dataclass(slots=True)
class _Cut:
    """A piece in the making, and the pass over arrays that follows it."""

    steps: list[int | Action] = field(default_factory=list)
    weight: int = 0
    passes: list[_Pass] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Pass:
    """A call of a function over arrays: where its inputs and its output begin in scratch memory."""

    kind: str
    slots: tuple[int, ...]
    count: int


class _Scratch:
    """Scratch memory handed out twice where lifetimes do not meet.

    Slots are numbered as they are asked for; `place` decides where they really lie, once all lifetimes are known.
    Times are 2 i for piece i and 2 i + 1 for the passes after it.

    Parameters
    ----------
    rooms : sequence of (slot, count)
        Memory that holds nothing while the function runs; it is filled first.
    base : int
        Where memory of its own begins, of which `size` slots are used.
    """

    def __init__(self, rooms: Sequence[tuple[int, int]], base: int) -> None:
        self._rooms, self._base, self.size = rooms, base, 0
        self._count = 0
        self._blocks: list[tuple[int, int]] = []  # first number, length
        self._of: list[int] = []  # block of each number
        self._life: list[list[int]] = []
        self._place: list[int] = []  # of each block

    def reserve(self, count: int) -> int:
        """Return the first of `count` numbers for slots that lie side by side."""
        first = self._count
        self._blocks.append((first, count))
        self._of += [len(self._life)] * count
        self._life.append([])
        self._count += count
        return first

    def touch(self, slot: int, time: int) -> None:
        """Note that a slot is written or read at a time."""
        self._life[self._of[slot]].append(time)

    def place(self) -> None:
        """Give each block the lowest place that is free during its life."""
        taken: list[tuple[int, int, int]] = []  # place, length, end of its life; by place
        self._place = [0] * len(self._blocks)
        order = sorted(range(len(self._blocks)), key=lambda k: (min(self._life[k], default=0), k))
        for k in order:
            if not self._life[k]:
                continue
            start, end, length = min(self._life[k]), max(self._life[k]), self._blocks[k][1]
            taken = [block for block in taken if block[2] >= start]
            self._place[k] = self._free(taken, length)
            bisect.insort(taken, (self._place[k], length, end))

    def _free(self, taken: Sequence[tuple[int, int, int]], length: int) -> int:
        """Return the lowest place of a length, in the rooms one after the other and then in memory of its own."""
        for first, count in self._rooms:
            place = _lowest(taken, first, length)
            if place + length <= first + count:
                return place
        place = _lowest(taken, self._base, length)
        self.size = max(self.size, place + length - self._base)
        return place

    def __getitem__(self, slot: int) -> int:
        block = self._of[slot]
        return self._place[block] + slot - self._blocks[block][0]


def _lowest(taken: Sequence[tuple[int, int, int]], place: int, length: int) -> int:
    """Return the lowest place from some place on where so many slots are free."""
    for other, size, _ in taken:
        if place + length <= other:
            break
        if other + size > place:  # `max` would take most of the time of placing
            place = other + size
    return place


class Kernel:
    """A function of the model; use `text` once.

    Parameters
    ----------
    name : str
        Of the function, without ``@``.
    leaves : mapping
        Slot where `state` begins, where `param` begins, and of `time`.
    hoisted : mapping
        Slots of operations that were computed before.
    rooms : sequence of (slot, count), optional
        Memory that holds nothing while the function runs and may serve as scratch memory.
    """

    piece_type: type[Piece] = Piece

    def __init__(
        self,
        tape: Tape,
        target: Target,
        layout: Layout,
        name: str,
        leaves: Mapping[str, int],
        hoisted: Mapping[int, int],
        rooms: Sequence[tuple[int, int]] = (),
    ) -> None:
        self.tape, self.target, self.layout, self.name = tape, target, layout, name
        self.leaves, self.hoisted = leaves, hoisted
        self._scratch = _Scratch(rooms, layout["scratch"])
        self._homes: dict[int, int] = {}
        self._cuts: list[_Cut] = [_Cut()]

    def text(self, actions: Sequence[Action], *pointers: str) -> str:
        """Return the functions of the kernel; each takes `pointers`, such as ``%u``, besides the working memory."""
        self._arrange(actions)
        self._give_homes()
        arguments = ", ".join(f"ptr {name}" for name in ("%w", *pointers))
        functions: list[str] = []
        calls: list[str] = []
        for i, cut in enumerate(self._cuts):
            if cut.steps:
                piece = self._piece(cut)
                head = f"define internal void @{self.name}_{i}({arguments}) #0 {{"
                functions.append(f"{head}\n{piece.text}\n  ret void\n}}")
                calls.append(f"  call void @{self.name}_{i}({arguments})")
            for k, one in enumerate(cut.passes):
                calls += self._call(one, f"%a{i}_{k}")
        self.layout.widen("scratch", self._scratch.size)
        body = "\n".join(calls)
        return "\n".join(
            [*functions, f"define internal void @{self.name}({arguments}) #0 {{\n{body}\n  ret void\n}}"]
        )

    # ---------------------------------------------------------------------------------------- order and cuts
    def _ready(self, place: int) -> bool:
        return self.tape.kinds[place] in LEAVES or place in self.hoisted

    def _arrange(self, actions: Sequence[Action]) -> None:
        tape, stop = self.tape, set(self.hoisted)
        needed = tape.functions_above((place for action in actions for place in action.needs), stop)
        functions = [p for p in needed if tape.is_array_function(tape.kinds[p])]
        level: dict[int, int] = {}
        for p in needed:
            below = max((level.get(a, 0) for a in tape.args[p]), default=0)
            level[p] = below + tape.is_array_function(tape.kinds[p])
        done: set[int] = set()
        for group, wanted in _groups(actions, needed):
            members = [p for k, p in enumerate(functions) if wanted >> k & 1]
            while members:
                some, members = members[:_MOST_FUNCTIONS], members[_MOST_FUNCTIONS:]
                for depth in sorted({level[p] for p in some}):
                    self._gather([p for p in some if level[p] == depth], done)
            for action in group:
                for place in action.needs:
                    self._compute(place, done)
                self._append(action, action.weight)

    def _append(self, step: int | Action, weight: int = 1) -> None:
        if self._cuts[-1].weight + weight > _LONGEST_PIECE and self._cuts[-1].steps:
            self._cuts.append(_Cut())
        self._cuts[-1].steps.append(step)
        self._cuts[-1].weight += weight

    def _compute(self, place: int, done: set[int]) -> None:
        waiting = [place]
        while waiting:
            p = waiting[-1]
            if p in done or self._ready(p):
                waiting.pop()
                continue
            missing = [a for a in self.tape.args[p] if a not in done and not self._ready(a)]
            if missing:
                waiting += reversed(missing)
                continue
            done.add(p)
            self._append(p)
            waiting.pop()

    def _gather(self, functions: Sequence[int], done: set[int]) -> None:
        """Compute array functions that do not depend on each other, kind by kind, after what they need."""
        tape = self.tape
        groups: dict[str, list[int]] = {}
        for p in functions:
            groups.setdefault(tape.kinds[p], []).append(p)
        passes: list[_Pass] = []
        for kind, members in groups.items():
            count = len(members)
            inputs = [self._scratch.reserve(count) for _ in tape.args[members[0]]]
            output = self._scratch.reserve(count)
            for i, p in enumerate(members):
                for slot, place in zip(inputs, tape.args[p], strict=True):
                    self._compute(place, done)
                    self._append(self._put(place, slot + i))
                    self._scratch.touch(slot, 2 * len(self._cuts) - 2)
                self._homes[p] = output + i
            passes.append(_Pass(kind, (*inputs, output), count))
        for one in passes:
            for slot in one.slots:
                self._scratch.touch(slot, 2 * len(self._cuts) - 1)
        self._cuts[-1].passes = passes
        self._cuts.append(_Cut())
        done.update(functions)

    def _put(self, place: int, slot: int) -> Action:
        return Action((place,), lambda piece, values: piece.store(values[0], self._scratch[slot]))

    def _call(self, one: _Pass, prefix: str) -> list[str]:
        """Return the call of a function over arrays."""
        vector = f"<{self.target.lanes} x double>"
        names = [f"{prefix}_{i}" for i in range(len(one.slots))]
        lines = [
            f"  {name} = getelementptr inbounds {vector}, ptr %w, i64 {self._scratch[slot]}"
            for name, slot in zip(names, one.slots, strict=True)
        ]
        return [
            *lines,
            f"  call void @each_{one.kind}({', '.join(f'ptr {name}' for name in names)}, i64 {one.count})",
        ]

    def _give_homes(self) -> None:
        """Reserve memory for what one piece computes and a later one uses."""
        made: dict[int, int] = {}
        for i, cut in enumerate(self._cuts):
            for step in cut.steps:
                for place in self.tape.args[step] if isinstance(step, int) else step.needs:
                    self._use(place, i, made)
                if isinstance(step, int):
                    made[step] = i
        self._scratch.place()

    def _use(self, place: int, piece: int, made: Mapping[int, int]) -> None:
        """Note that a piece uses a value; `made` says which one made it first."""
        if place not in self._homes and made.get(place, piece) < piece:
            source = self._source(place)
            if source is not None:
                self._use(source, piece, made)
                return
            self._homes[place] = self._scratch.reserve(1)
            self._scratch.touch(self._homes[place], 2 * made[place])
        if place in self._homes:
            self._scratch.touch(self._homes[place], 2 * piece)

    def _source(self, place: int) -> int | None:
        """Return what a value is computed from again instead of being kept; None for what is kept.

        With one operand that changes during a step, one operation costs no more than fetching the result, and nothing
        has to be stored: right-hand sides are full of amounts times 1 / volume.
        """
        tape = self.tape
        if tape.kinds[place] not in _AGAIN:
            return None
        moving = [
            a for a in tape.args[place] if a not in self.hoisted and tape.kinds[a] not in ("const", "param")
        ]
        if len(moving) != 1 or (not self._ready(moving[0]) and self._source(moving[0]) is not None):
            return None
        return moving[0]

    # ------------------------------------------------------------------------------------------------- code
    def _piece(self, cut: _Cut) -> Piece:
        piece = self.piece_type(self.target)
        names: dict[int, str] = {}
        for step in cut.steps:
            if isinstance(step, int):
                names[step] = self._operation(piece, step, names)
                if step in self._homes:
                    piece.store(names[step], self._scratch[self._homes[step]])
            else:
                step.write(piece, [self._value(piece, place, names) for place in step.needs])
        return piece

    def _value(self, piece: Piece, place: int, names: dict[int, str]) -> str:
        if place in names:
            return names[place]
        kind = self.tape.kinds[place]
        if kind == "const":
            return number(self.tape.values[place])
        if place in self.hoisted:
            names[place] = self._given(piece, self.hoisted[place])
        elif kind == "param":
            names[place] = self._given(piece, self.leaves[kind] + int(self.tape.values[place]))
        elif kind in LEAVES:
            names[place] = piece.load(self.leaves[kind] + int(self.tape.values[place]))
        elif place in self._homes:
            names[place] = piece.load(self._scratch[self._homes[place]])
        else:
            names[place] = self._operation(piece, place, names)
        return names[place]

    def _given(self, piece: Piece, slot: int) -> str:
        """Return what a lane was given or has computed before."""
        return piece.load(slot)

    def _operation(self, piece: Piece, place: int, names: dict[int, str]) -> str:
        kind = self.tape.kinds[place]
        v = [self._value(piece, a, names) for a in self.tape.args[place]]
        if kind in _ARITHMETIC:
            return piece.loose(_ARITHMETIC[kind], v[0], v[1])
        if kind == "div":
            return piece.quotient(v[0], v[1])
        if kind == "reciprocal":
            return piece.reciprocal(v[0])
        if kind == "neg":
            return piece.negative(v[0])
        if kind in _COMPARISON:
            return piece.truth(piece.compare(_COMPARISON[kind], v[0], v[1]))
        if kind in _INTRINSIC:
            return piece.call_one(_INTRINSIC[kind], v[0])
        return _RARE[kind](piece, *v)


def _groups(actions: Sequence[Action], needed: Mapping[int, int]) -> Iterator[tuple[Sequence[Action], int]]:
    """Cut a list of actions where they need more new array functions than a pass should have.

    Yields each group with the functions that no earlier one needs, as bits.
    """
    start, wanted, done = 0, 0, 0
    for i, action in enumerate(actions):
        more = 0
        for place in action.needs:
            more |= needed.get(place, 0)
        more &= ~done
        if i > start and (wanted | more).bit_count() > _MOST_FUNCTIONS:
            yield actions[start:i], wanted
            done |= wanted
            start, wanted, more = i, 0, more & ~wanted
        wanted |= more
    yield actions[start:], wanted


def _is_true(piece: Piece, value: str) -> str:
    return piece.compare("une", value, number(0.0))


def _signed_power(piece: Piece, base: str, exponent: str, power: str) -> str:
    """Give |base|^exponent its sign: negative for an odd exponent, not a number for a broken one."""
    half = piece.op("fmul", exponent, number(0.5))
    even = piece.compare("oeq", piece.call_one("floor", half), half)
    whole = piece.compare("oeq", piece.call_one("floor", exponent), exponent)
    signed = piece.select(even, power, piece.negative(power))
    below = piece.select(whole, signed, number(float("nan")))
    return piece.select(piece.compare("olt", base, number(0.0)), below, power)


# A NaN on the left survives `min` and `max`: the comparison is false and the left value is taken.
_RARE: dict[str, Callable[..., str]] = {
    "min": lambda p, a, b: p.select(p.compare("olt", b, a), b, a),
    "max": lambda p, a, b: p.select(p.compare("ogt", b, a), b, a),
    "select": lambda p, c, a, b: p.select(_is_true(p, c), a, b),
    "and": lambda p, a, b: p.op("fmul", a, b),
    "or": lambda p, a, b: p.select(_is_true(p, a), number(1.0), b),
    "xor": lambda p, a, b: p.truth(p.compare("une", a, b)),
    "not": lambda p, a: p.op("fsub", number(1.0), a),
    "signed_power": _signed_power,
}
