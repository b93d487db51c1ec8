"""A program as machine code in memory: compiled or taken from the cache, and ready to be called."""

from __future__ import annotations

import functools
import itertools
import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acinus.cache import cache_key, key_of_sources, read_cached, write_cached
from acinus.engine.compiled.loaded_code import LoadedCode
from acinus.engine.compiled.rodas5 import RODAS5
from acinus.engine.compiled.rodas5p import RODAS5P
from acinus.engine.compiled.stateless import with_a_state
from acinus.engine.compiled.target import Target, host_target
from acinus.errors import Code, Diagnostic, EngineError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from acinus.engine.compiled.layout import Layout
    from acinus.engine.compiled.model_code import ModelCode
    from acinus.engine.compiled.radau import RadauMethod
    from acinus.engine.compiled.rosenbrock import RosenbrockMethod
    from acinus.engine.compiled.step_code import StepCode
    from acinus.system.graph.program import Program

__all__ = [
    "COLLOCATION",
    "METHODS",
    "Machine",
    "cached",
    "machine_for",
    "machine_key",
    "method_named",
    "one_compiles",
    "whole_head",
]

#: Methods of one linear system a step.
METHODS: dict[str, RosenbrockMethod] = {"rodas5": RODAS5, "rodas5p": RODAS5P}
#: Collocation methods by their number of stages; the name says the order.
COLLOCATION = {"radau9": 5, "radau13": 7}

one_compiles = threading.Lock()


def method_named(name: str) -> RosenbrockMethod | RadauMethod:
    """Return a method by name; `EngineError` AC422 for any other."""
    if name in COLLOCATION:
        from acinus.engine.compiled.radau import radau

        return radau(COLLOCATION[name])
    names = (*METHODS, *COLLOCATION)
    if name not in METHODS:
        raise EngineError(
            Diagnostic(
                Code.METHOD_UNKNOWN,
                f"there is no method `{name}`",
                None,
                nearest(name, names),
                f"Choose one of {', '.join(names)}.",
            )
        )
    return METHODS[name]


@dataclass(eq=False)
class Machine:
    """The code of one program.

    Attributes
    ----------
    places, sizes : dict
        Regions of the working memory: where they begin and how many vectors they have.
    size : int
        Vectors of working memory.
    horizon : float
        Time over which the size of states is forecast, in the unit of time of the model.
    run : int
        Address of ``run(arguments, memory, lanes)``.
    """

    program: Program
    key: str
    method: RosenbrockMethod | RadauMethod
    target: Target
    places: dict[str, int]
    sizes: dict[str, int]
    size: int
    horizon: float
    run: int
    _loaded: LoadedCode
    _samples: dict[tuple[int, ...], tuple[int, int, int]] = field(default_factory=dict)
    _kept: list[LoadedCode] = field(default_factory=list)

    def samples(self, outputs: Sequence[int]) -> tuple[int, int, int]:
        """Return the addresses of the functions that record some outputs, and the memory they need."""
        wanted = tuple(int(k) for k in outputs)
        with one_compiles:
            if wanted not in self._samples:
                self._samples[wanted] = self._load_samples(wanted)
            return self._samples[wanted]

    def _load_samples(self, outputs: tuple[int, ...]) -> tuple[int, int, int]:
        key = cache_key(self.key.encode(), json.dumps(outputs).encode())
        size, files = cached(key, lambda: self._compile_samples(outputs))
        loaded = LoadedCode(files, self.target, ["sample_within", "sample_now"])
        self._kept.append(loaded)
        return loaded.address("sample_within"), loaded.address("sample_now"), size["size"]

    def _code(self) -> ModelCode:
        """Return the writer of the code, whose layout is that of the working memory."""
        return model_code(self.program, self.method, self.target)

    def _compile_samples(self, outputs: tuple[int, ...]) -> tuple[dict[str, Any], list[bytes]]:
        from acinus.engine.compiled.emission import object_files
        from acinus.engine.compiled.sample_code import sample_code

        code = self._code()
        files = object_files([sample_code(code, outputs)], self.target, entry=False)
        return {"size": code.layout.size}, files


@functools.lru_cache(maxsize=8)
def machine_for(program: Program, method: str = "rodas5", target: Target | None = None) -> Machine:
    """Return the code of a program, compiled at most once per process and, where a cache is writable, per machine."""
    program = with_a_state(program)
    chosen, rosenbrock = target or host_target(), method_named(method)
    key = machine_key(program, method, chosen)
    with one_compiles:
        head, files = cached(key, lambda: _compile(program, rosenbrock, chosen))
        loaded = LoadedCode(files, chosen, ["run"])
    return Machine(
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
    )


def machine_key(program: Program, method: str, target: Target) -> str:
    """Return the name under which the code of a program is kept."""
    return cache_key(program.key.encode(), method.encode(), target.text.encode(), _version())


def _compile(
    program: Program, method: RosenbrockMethod | RadauMethod, target: Target
) -> tuple[dict[str, Any], list[bytes]]:
    from acinus.engine.compiled.driver import driver_text
    from acinus.engine.compiled.emission import object_files

    code = model_code(program, method, target)

    def parts() -> Iterator[str]:
        yield from code.texts()
        yield _step(code).text()
        yield driver_text(code)

    files = object_files(parts(), target, entry=True)
    return whole_head(code.layout, program), files


@functools.lru_cache(maxsize=1)
def model_code(program: Program, method: RosenbrockMethod | RadauMethod, target: Target) -> ModelCode:
    """Return the writer of a program's code; kept for what is to be recorded, which is mostly asked for next."""
    from acinus.engine.compiled.model_code import ModelCode

    return ModelCode(program, method, target)


def whole_head(layout: Layout, program: Program) -> dict[str, Any]:
    """Return what is kept beside the code: what its caller must know."""
    return {
        "places": layout.places,
        "sizes": layout.sizes,
        "size": layout.size,
        "horizon": _horizon(program),
    }


def _step(code: ModelCode) -> StepCode:
    from acinus.engine.compiled.collocation_code import CollocationCode
    from acinus.engine.compiled.radau import RadauMethod
    from acinus.engine.compiled.step_code import StepCode

    method, count = code.method, len(code.program.states)
    if isinstance(method, RadauMethod):
        assert code.pairs is not None
        return CollocationCode(code.layout, method, code.target, count, code.pairs)
    return StepCode(code.layout, method, code.target, count)


def _horizon(program: Program) -> float:
    """Return the geometric mean of the times in which the states change by themselves, at the model's start."""
    import numpy as np

    from acinus.system.graph.interpreter import evaluate, start_values

    parameters, state = start_values(program)
    diagonal = [node for i, j, node in program.jacobian if i == j]
    with np.errstate(all="ignore"):
        rates = np.abs([float(np.ravel(v)[0]) for v in evaluate(program, diagonal, 0.0, state, parameters)])
    rates = rates[np.isfinite(rates) & (rates > 0)]
    return float(np.exp(-np.log(rates).mean())) if rates.size else 1.0


def cached(
    key: str, make: Callable[[], tuple[dict[str, Any], list[bytes]]]
) -> tuple[dict[str, Any], list[bytes]]:
    """Return a header and object files from the cache, or made and kept."""
    data = read_cached(key)
    if data is None:
        head, files = make()
        first = json.dumps([head, [len(file) for file in files]]).encode()
        write_cached(key, b"".join([len(first).to_bytes(4, "little"), first, *files]))
        return head, files
    end = 4 + int.from_bytes(data[:4], "little")
    head, lengths = json.loads(data[4:end])
    ends = list(itertools.accumulate(lengths, initial=end))
    return head, [data[start:stop] for start, stop in itertools.pairwise(ends)]


@functools.cache
def _version() -> bytes:
    """Return what the object code depends on besides the program: LLVM, this package and that of the graph.

    Tangents are derived, and the horizon is worked out, from a program by the code of the graph.
    """
    import llvmlite

    here = Path(__file__).parent
    sources = key_of_sources(here, here.parents[1] / "system" / "graph")
    return cache_key(llvmlite.__version__.encode(), sources.encode()).encode()
