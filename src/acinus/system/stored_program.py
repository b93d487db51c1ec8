"""Programs built once per process, and kept between processes beside their object code."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.cache import cache_key, key_of_sources, read_cached, write_cached

if TYPE_CHECKING:
    from acinus.system.graph import Program

__all__ = ["program_of"]


@functools.lru_cache(maxsize=16)
def program_of(sbml: str, location: str | None = None) -> Program:
    """Return the program of SBML text; see `acinus.system.graph.build_program`."""
    from acinus.system.graph.storage import from_bytes, to_bytes

    if "externalModelDefinition" in sbml:
        # What it refers to may change while the text stays the same.
        return _built(sbml, location)
    key = cache_key(b"program", _graph_version(), sbml.encode())
    data = read_cached(key)
    if data is not None:
        return from_bytes(data)
    program = _built(sbml, location)
    write_cached(key, to_bytes(program))
    return program


def _built(sbml: str, location: str | None) -> Program:
    from acinus.system.graph.build import build_program

    return build_program(sbml, location)


@functools.cache
def _graph_version() -> bytes:
    """Return what a program depends on besides the model: the text of the package that builds it."""
    return key_of_sources(Path(__file__).parent / "graph").encode()
