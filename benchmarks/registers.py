"""What a machine gives to processes that have nothing in common: arithmetic in registers, in one of them or in all."""

from __future__ import annotations

import ctypes
import multiprocessing
from typing import TYPE_CHECKING, Any, Self

from acinus.engine.compiled.loaded_code import LoadedCode
from acinus.engine.compiled.target import host_target

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from acinus.engine.compiled.target import Target

__all__ = ["Registers"]

_CHAINS = 8  # vectors that do not wait for each other: enough to keep the arithmetic units of a core busy
_TIMES = 50_000_000


class Registers:
    """Processes that multiply and add vectors as wide as ours. A context manager; leaving it ends them."""

    def __init__(self, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes: list[Any] = []
        for _ in range(count):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there,), daemon=True)
            process.start()
            there.close()
            self._pipes.append(here)
            self._processes.append(process)
        self.work(count)  # all have begun

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join()

    def work(self, count: int) -> None:
        """Let some of the processes do the same work each, and wait for the last."""
        for pipe in self._pipes[:count]:
            pipe.send(_TIMES)
        for pipe in self._pipes[:count]:
            pipe.recv()


def _serve(pipe: Connection) -> None:
    from acinus.engine.compiled.assembly import object_code

    target = host_target()
    loaded = LoadedCode([object_code(_loop(target), target)], target, ["work"])
    work = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64)(loaded.address("work"))
    while True:
        try:
            times = pipe.recv()
        except EOFError:
            return
        pipe.send(work(times))


def _loop(target: Target) -> str:
    """Return ``double @work(count)``: so many times x = x / 2 + 1 for each of some vectors."""
    vector = f"<{target.lanes} x double>"
    chains = range(_CHAINS)
    lines = [
        "define double @work(i64 %count) {\nentry:\n  br label %again\nagain:",
        "  %i = phi i64 [ 0, %entry ], [ %next, %again ]",
        *(f"  %x{k} = phi {vector} [ splat (double {k}.0), %entry ], [ %y{k}, %again ]" for k in chains),
        *(f"  %h{k} = fmul contract {vector} %x{k}, splat (double 0.5)" for k in chains),
        *(f"  %y{k} = fadd contract {vector} %h{k}, splat (double 1.0)" for k in chains),
        "  %next = add nuw nsw i64 %i, 1",
        "  %done = icmp eq i64 %next, %count",
        "  br i1 %done, label %left, label %again\nleft:",
        f"  %s0 = fadd {vector} %y0, %y0",
        *(f"  %s{k} = fadd {vector} %s{k - 1}, %y{k}" for k in chains[1:]),
        f"  %sum = extractelement {vector} %s{_CHAINS - 1}, i64 0",
        "  ret double %sum\n}",
    ]
    return "\n".join([f'target triple = "{target.triple}"', *lines, ""])
