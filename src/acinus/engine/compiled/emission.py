"""From the text of a program to object files, on two processor cores where there is much to do.

Nearly all of the text is straight-line functions that call nothing but LLVM's own. They are taken out as the text is
written, some at a time, and made into object files of their own: by a thread, while Python writes the rest, and where
many are waiting by a second process too, because llvmlite lets only one thread at a time into LLVM. Where the cuts
fall depends on the text alone, and the code of a function does not depend on its neighbours. If there is no second
process, or it ends, the thread does all of it.
"""

from __future__ import annotations

import os
import queue
import re
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from acinus.engine.compiled.assembly import module_text, object_code, whole_text
from acinus.engine.compiled.second_process import SecondProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from acinus.engine.compiled.target import Target

__all__ = ["Emission", "object_files"]

#: Characters of straight-line functions that make an object file of their own: less than a tenth of a second's work.
_ENOUGH = 150_000

#: Texts that wait when a second process is worth its start: it needs the time of two before it has begun.
_MANY = 6

_HEAD = re.compile(r"\s*define internal void @(\w+)\(ptr %w((?:, ptr %\w+)*)\) #0 \{\n")
_END = "\n}"
_NOT_STRAIGHT = ("call void @", "\n  br ", "@power(")


def object_files(parts: Iterable[str], target: Target, *, entry: bool) -> list[bytes]:
    """Return the object files of a module made of `parts`, which may be text that is still being written.

    `entry` adds ``@run``, the function that Python calls.
    """
    with Emission(target) as emission:
        for part in parts:
            emission.add(part)
        return emission.finish(entry=entry)


class Emission:
    """Object files in the making. A context manager; leaving it ends the second process."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._rest: list[str] = []
        self._straight: list[str] = []
        self._declared: list[str] = []
        self._length = 0
        self._files: list[Future[bytes]] = []
        self._threads: ThreadPoolExecutor | None = None
        self._second: SecondProcess | None = None
        self._places: queue.SimpleQueue[Callable[[str], bytes]] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        if self._second is not None:
            self._second.close()

    def add(self, part: str) -> None:
        """Take some whole functions."""
        *functions, tail = part.split(_END)
        for function in functions:
            head = _HEAD.match(function)
            if head is None or any(word in function for word in _NOT_STRAIGHT):
                self._rest.append(function + _END)
                continue
            self._straight.append(function + _END)
            self._declared.append(f"declare void @{head[1]}(ptr{', ptr' * head[2].count(',')}) #0")
            self._length += len(function)
            if self._length > _ENOUGH:
                self._submit_straight()
        self._rest.append(tail)

    def finish(self, *, entry: bool) -> list[bytes]:
        """Return the object files, the last of which holds all that has no file of its own."""
        text = whole_text([*self._rest, *self._straight], self._target, entry=entry)
        last = object_code(text, self._target)
        return [*(file.result() for file in self._files), last]

    def _submit_straight(self) -> None:
        text = "\n".join(self._straight).replace("define internal", "define")
        self._submit(module_text(text, self._target))
        self._rest += self._declared
        self._straight, self._declared, self._length = [], [], 0

    def _submit(self, text: str) -> None:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(2)
            self._places.put(self._here)
        waiting = sum(not file.done() for file in self._files)
        if self._second is None and waiting >= _MANY and _processors() > 1:
            self._second = SecondProcess(self._target)
            self._places.put(self._second.object_code)
        self._files.append(self._threads.submit(self._emit, text))

    def _emit(self, text: str) -> bytes:
        place = self._places.get()
        try:
            return place(text)
        except (EOFError, OSError):  # the second process has ended, or never began
            place = self._here
            return place(text)
        finally:
            self._places.put(place)

    def _here(self, text: str) -> bytes:
        return object_code(text, self._target)


def _processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
