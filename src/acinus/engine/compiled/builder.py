"""LLVM's builder with the few forms that the loop over individuals needs, and the module that its functions stand in."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from acinus.engine.compiled.calling import ARGUMENTS, LANE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from acinus.engine.compiled.layout import Layout

__all__ = ["F64", "I64", "POINTER", "VOID", "Builder", "Frame"]

I64, F64, POINTER, VOID = ir.IntType(64), ir.DoubleType(), ir.PointerType(), ir.VoidType()


class Frame:
    """What the functions of one loop share: their module, the layout of the working memory, tables of numbers."""

    def __init__(self, layout: Layout, lanes: int) -> None:
        self.layout, self.lanes = layout, lanes
        self.module = ir.Module("driver")
        self.functions: dict[str, ir.Function] = {}
        self._vector_functions: dict[str, ir.Function] = {}

    def text(self) -> str:
        """Return the functions; those of the model stand in the same text and must not be declared again."""
        kept = [
            line
            for line in str(self.module).splitlines()
            if not line.startswith(("declare", "target", "source_filename", "; ModuleID")) or "@llvm." in line
        ]
        return "\n".join(kept)

    def declare(self, name: str) -> ir.Function:
        """Return a new function of one lane: ``name(arguments, memory, fields, lane)``."""
        kind = ir.FunctionType(VOID, [POINTER, POINTER, POINTER, I64])
        function = ir.Function(self.module, kind, name)
        function.linkage = "internal"
        self.functions[name] = function
        return function

    def vector_function(self, name: str, pointers: int) -> ir.Function:
        """Return a function over all lanes that is defined elsewhere in the text."""
        if name not in self._vector_functions:
            kind = ir.FunctionType(VOID, [POINTER] * (1 + pointers))
            self._vector_functions[name] = ir.Function(self.module, kind, name)
        return self._vector_functions[name]

    def table(self, name: str, numbers: Sequence[int] | Sequence[float], kind: Any = I64) -> Any:
        """Return a constant array, at least one number long."""
        values = list(numbers) or [0]
        array = ir.ArrayType(kind, len(values))
        place: Any = ir.GlobalVariable(self.module, array, name)
        place.linkage, place.global_constant = "internal", True
        place.initializer = ir.Constant(array, values)
        return place

    def slot(self, region: str, offset: int = 0) -> int:
        """Return where a vector of the working memory begins, in numbers."""
        return (self.layout[region] + offset) * self.lanes


class Builder:
    """The body of one function in the making; `lane` is the lane that is meant by the fields and slots."""

    def __init__(self, frame: Frame, function: ir.Function) -> None:
        self.frame, self.function = frame, function
        self.entry = function.append_basic_block("entry")
        body = function.append_basic_block("body")
        self.b = ir.IRBuilder(self.entry)
        self.b.branch(body)
        self.b.position_at_end(body)
        self.arguments, self.memory, self.fields = function.args[:3]
        self.lane: Any = function.args[3] if len(function.args) > 3 else None

    # Constants, variables, memory
    def i(self, value: int) -> Any:
        """Return a whole number."""
        return ir.Constant(I64, value)

    def f(self, value: float) -> Any:
        """Return a number."""
        return ir.Constant(F64, value)

    def bit(self, value: int) -> Any:
        """Return a truth value."""
        return ir.Constant(ir.IntType(1), value)

    def variable(self, start: Any, kind: Any = None) -> Any:
        """Return a variable that has this value whenever the code passes here."""
        with self.b.goto_block(self.entry):
            place = self.b.alloca(kind or start.type)
        self.b.store(start, place)
        return place, kind or start.type

    def get(self, variable: Any, kind: Any = None) -> Any:
        """Return the value of a variable."""
        return self.b.load(variable[0], typ=kind or variable[1])

    def put(self, variable: Any, value: Any) -> None:
        """Give a variable a value."""
        self.b.store(value, variable[0])

    def at(self, base: Any, index: Any, kind: Any = F64) -> Any:
        """Return the address of an element."""
        return self.b.gep(base, [self.i(index) if isinstance(index, int) else index], source_etype=kind)

    def load(self, base: Any, index: Any, kind: Any = F64) -> Any:
        """Return an element."""
        return self.b.load(self.at(base, index, kind), typ=kind)

    def store(self, base: Any, index: Any, value: Any) -> None:
        """Set an element."""
        self.b.store(value, self.at(base, index, value.type))

    def absolute(self, value: Any) -> Any:
        """Return the size of a number."""
        return self.b.select(self.b.fcmp_ordered("<", value, self.f(0.0)), self.b.fneg(value), value)

    # The caller's arguments, a lane's memory and fields
    def argument(self, name: str) -> Any:
        """Return one of the caller's arguments."""
        return self.load(self.arguments, self.i(ARGUMENTS.index(name)), I64)

    def argument_pointer(self, name: str) -> Any:
        """Return one of the caller's arguments that is an address."""
        return self.b.inttoptr(self.argument(name), POINTER)

    def vector(self, name: str, *pointers: Any) -> None:
        """Call a function over all lanes."""
        self.b.call(self.frame.vector_function(name, len(pointers)), [self.memory, *pointers])

    def call(self, name: str) -> None:
        """Call a function of this lane."""
        self.b.call(self.frame.functions[name], [self.arguments, self.memory, self.fields, self.lane])

    def call_address(self, name: str, *pointers: Any) -> None:
        """Call a function whose address is an argument."""
        self.call_pointer(self.argument(name), *pointers)

    def call_pointer(self, word: Any, *pointers: Any) -> None:
        """Call a function by its address."""
        kind = ir.FunctionType(VOID, [POINTER] * len(pointers))
        self.b.call(_Indirect(self.b.inttoptr(word, POINTER), kind), list(pointers))

    def slot(self, first: int, index: Any, lane: Any) -> Any:
        """Return a number of a lane; `first` is where the first vector begins."""
        return self.load(self.memory, self._place(first, index, lane))

    def set_slot(self, first: int, index: Any, lane: Any, value: Any) -> None:
        """Set a number of a lane."""
        self.store(self.memory, self._place(first, index, lane), value)

    def _place(self, first: int, index: Any, lane: Any) -> Any:
        offset = self.b.mul(index, self.i(self.frame.lanes))
        return self.b.add(self.b.add(offset, self.i(first)), lane)

    def _field_place(self, row: int, lane: Any) -> Any:
        return self.b.add(self.i(row * self.frame.lanes), lane)

    def field(self, name: str, lane: Any) -> Any:
        """Return a whole number that is kept for a lane."""
        return self.load(self.fields, self._field_place(LANE_FIELDS.index(name), lane), I64)

    def set_field(self, name: str, lane: Any, value: Any) -> None:
        """Set a whole number that is kept for a lane."""
        self.store(self.fields, self._field_place(LANE_FIELDS.index(name), lane), value)

    def barrier(self, k: int, lane: Any) -> Any:
        """Return 1 if a barrier is over for a lane."""
        return self.load(self.fields, self._field_place(len(LANE_FIELDS) + k, lane), I64)

    def set_barrier(self, k: int, lane: Any, value: Any) -> None:
        """Say whether a barrier is over for a lane."""
        self.store(self.fields, self._field_place(len(LANE_FIELDS) + k, lane), value)

    # One lane's control slots, and whole numbers in the same memory
    def control(self, name: str) -> Any:
        """Return the lane's number in a region of one vector."""
        return self.slot(self.frame.slot(name), self.i(0), self.lane)

    def set_control(self, name: str, value: Any) -> None:
        """Set the lane's number in a region of one vector."""
        self.set_slot(self.frame.slot(name), self.i(0), self.lane, value)

    def whole(self, region: str, index: Any) -> Any:
        """Return a whole number of the lane out of a region of numbers."""
        return self.load(self.memory, self._place(self.frame.slot(region), index, self.lane), I64)

    def entry_of(self, region: str, index: Any) -> Any:
        """Return the lane's number at an index of a region."""
        return self.slot(self.frame.slot(region), index, self.lane)

    def set_entry(self, region: str, index: Any, value: Any) -> None:
        """Set the lane's number, or whole number, at an index of a region."""
        self.set_slot(self.frame.slot(region), index, self.lane, value)

    # Structure
    def _left(self) -> bool:
        return self.b.block is not None and self.b.block.is_terminated

    @contextmanager
    def when(self, condition: Any) -> Iterator[None]:
        """Do something if a condition holds."""
        yes = self.function.append_basic_block("when")
        after = self.function.append_basic_block("after")
        self.b.cbranch(condition, yes, after)
        self.b.position_at_end(yes)
        yield
        if not self._left():
            self.b.branch(after)
        self.b.position_at_end(after)

    @contextmanager
    def choose(self, condition: Any) -> Iterator[tuple[Any, Any]]:
        """Do one thing or another."""
        with self.b.if_else(condition) as (yes, no):
            yield yes, no

    @contextmanager
    def loop(self, count: Any) -> Iterator[Any]:
        """Count from 0."""
        counter = self.variable(self.i(0))
        head, body, after = (self.function.append_basic_block(n) for n in ("head", "body", "after"))
        self.b.branch(head)
        self.b.position_at_end(head)
        i = self.get(counter)
        self.b.cbranch(self.b.icmp_signed("<", i, count), body, after)
        self.b.position_at_end(body)
        yield i
        if not self._left():
            self.put(counter, self.b.add(i, self.i(1)))
            self.b.branch(head)
        self.b.position_at_end(after)

    @contextmanager
    def forever(self) -> Iterator[Callable[[Any], None]]:
        """Repeat until the function that this gives is called with a condition that holds."""
        head, after = self.function.append_basic_block("again"), self.function.append_basic_block("left")
        self.b.branch(head)
        self.b.position_at_end(head)

        def leave(condition: Any) -> None:
            stay = self.function.append_basic_block("stay")
            self.b.cbranch(condition, after, stay)
            self.b.position_at_end(stay)

        yield leave
        if not self._left():
            self.b.branch(head)
        self.b.position_at_end(after)


class _Indirect:
    """An address with the type of the function behind it, as the builder's `call` wants it."""

    def __init__(self, address: Any, kind: ir.FunctionType) -> None:
        self.address, self.function_type = address, kind
        self.type, self.args = address.type, ()

    def get_reference(self) -> str:
        return self.address.get_reference()
