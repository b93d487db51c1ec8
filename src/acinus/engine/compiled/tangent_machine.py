"""A program and its sensitivities as machine code: made beside the plain code, so that plain runs stay as fast."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from acinus.cache import cache_key
from acinus.engine.compiled.loaded_code import LoadedCode
from acinus.engine.compiled.machine import (
    Machine,
    cached,
    machine_key,
    method_named,
    one_compiles,
    whole_head,
)
from acinus.engine.compiled.rosenbrock import RosenbrockMethod
from acinus.engine.compiled.stateless import with_a_state
from acinus.engine.compiled.target import Target, host_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from acinus.engine.compiled.tangent_code import TangentCode
    from acinus.system.graph.program import Program

__all__ = ["TangentMachine", "tangent_machine_for"]


@dataclass(eq=False)
class TangentMachine(Machine):
    """The code of one program and its tangents.

    Attributes
    ----------
    block : int
        Vectors of memory for each chosen parameter.
    """

    block: int = 0
    _tangent_samples: dict[tuple[int, ...], tuple[int, int, int]] = field(default_factory=dict)

    def tangent_samples(self, outputs: Sequence[int]) -> tuple[int, int, int]:
        """Return the addresses of the functions that record tangents of some outputs, and the memory they need."""
        wanted = tuple(int(k) for k in outputs)
        with one_compiles:
            if wanted not in self._tangent_samples:
                key = cache_key(self.key.encode(), b"tangents", json.dumps(wanted).encode())
                head, files = cached(key, lambda: self._compile_tangent_samples(wanted))
                names = ("tangent_sample_within", "tangent_sample_now")
                loaded = LoadedCode(files, self.target, names)
                self._kept.append(loaded)
                within, now = map(loaded.address, names)
                self._tangent_samples[wanted] = within, now, head["size"]
            return self._tangent_samples[wanted]

    def _code(self) -> TangentCode:
        from acinus.engine.compiled.tangent_code import TangentCode

        assert isinstance(self.method, RosenbrockMethod)
        return TangentCode(self.program, self.method, self.target)

    def _compile_tangent_samples(self, outputs: tuple[int, ...]) -> tuple[dict[str, Any], list[bytes]]:
        from acinus.engine.compiled.emission import object_files
        from acinus.engine.compiled.tangent_samples import tangent_sample_code

        code = self._code()
        files = object_files([tangent_sample_code(code, outputs)], self.target, entry=False)
        return {"size": code.layout.size}, files


@functools.lru_cache(maxsize=4)
def tangent_machine_for(program: Program, method: str, target: Target | None = None) -> TangentMachine:
    """Return the code of a program and its tangents, compiled at most once per process and, as other code, kept."""
    program = with_a_state(program)
    chosen, rosenbrock = target or host_target(), method_named(method)
    assert isinstance(rosenbrock, RosenbrockMethod)
    key = cache_key(b"tangents", machine_key(program, method, chosen).encode())
    with one_compiles:
        head, files = cached(key, lambda: _compile(program, rosenbrock, chosen))
        loaded = LoadedCode(files, chosen, ["run"])
    return TangentMachine(
        program,
        key,
        rosenbrock,
        chosen,
        head["places"],
        head["sizes"],
        head["size"],
        head["horizon"],
        loaded.address("run"),
        loaded,
        block=head["block"],
    )


def _compile(
    program: Program, method: RosenbrockMethod, target: Target
) -> tuple[dict[str, Any], list[bytes]]:
    from acinus.engine.compiled.emission import object_files
    from acinus.engine.compiled.step_code import StepCode
    from acinus.engine.compiled.tangent_code import TangentCode
    from acinus.engine.compiled.tangent_driver import tangent_driver_text
    from acinus.engine.compiled.tangent_step import TangentStep

    code = TangentCode(program, method, target)

    def parts() -> Iterator[str]:
        yield from code.texts()
        yield code.tangent_text()
        yield StepCode(code.layout, method, target, len(program.states)).text()
        yield TangentStep(code.layout, code.block, method, target).text()
        yield tangent_driver_text(code)

    files = object_files(parts(), target, entry=True)
    return whole_head(code.layout, program) | {"block": code.block.size}, files
