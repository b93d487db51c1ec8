"""Programs built once per process, and kept between processes beside their object code."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.cache import cache_key, read_cached, write_cached

if TYPE_CHECKING:
    from acinus.system.graph import Program

__all__ = ["program_of"]


@functools.lru_cache(maxsize=16)
def program_of(sbml: str, location: str | None = None) -> Program:
    """Return the program of SBML text; see `acinus.system.graph.build_program`."""
    from acinus.system.graph import build_program, from_bytes, to_bytes

    if "externalModelDefinition" in sbml:
        # What it refers to may change while the text stays the same.
        return build_program(sbml, location)
    key = cache_key(b"program", _graph_version(), sbml.encode())
    data = read_cached(key)
    if data is not None:
        return from_bytes(data)
    program = build_program(sbml, location)
    write_cached(key, to_bytes(program))
    return program


@functools.cache
def _graph_version() -> bytes:
    """Return what a program depends on besides the model: the text of the package that builds it."""
    from acinus.system import graph

    files = sorted(Path(graph.__file__).parent.glob("*.py"))
    return cache_key(*(file.read_bytes() for file in files)).encode()
