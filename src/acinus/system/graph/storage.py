"""A program as bytes and back, exactly: compressed JSON, so that reading a file from a cache runs no code."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zlib
from typing import Any

from acinus.system.graph.program import Assignment, Barrier, Event, Node, Program

__all__ = ["from_bytes", "key_of", "to_bytes"]

_FORMAT = 1


def to_bytes(program: Program) -> bytes:
    """Return a program as bytes; equal programs give equal bytes."""
    fields = {f.name: getattr(program, f.name) for f in dataclasses.fields(program)}
    ops = sorted({node.op for node in program.nodes})
    number = {op: i for i, op in enumerate(ops)}
    nodes = fields.pop("nodes")
    fields["ops"] = ops
    fields["nodes"] = [
        [number[n.op], repr(n.value)] if not n.args else [number[n.op], *n.args] for n in nodes
    ]
    for name in ("parameter_only", "positive"):
        fields[name] = "".join("1" if flag else "0" for flag in fields[name])
    fields["param_defaults"] = [repr(v) for v in fields["param_defaults"]]
    text = json.dumps({"format": _FORMAT, **fields}, separators=(",", ":"), default=dataclasses.astuple)
    return zlib.compress(text.encode("utf-8"), 1)


def key_of(data: bytes) -> str:
    """Return the name of a stored program."""
    return hashlib.sha256(data).hexdigest()


def from_bytes(data: bytes) -> Program:
    """Return the program that `to_bytes` wrote.

    Raises
    ------
    ValueError
        If the bytes are damaged or of another format; then build the program again.
    """
    try:
        fields = json.loads(zlib.decompress(data))
        if fields.pop("format") != _FORMAT:
            raise ValueError("another format")
        program = _program(fields)
    except (zlib.error, KeyError, TypeError, IndexError, UnicodeDecodeError) as error:
        raise ValueError(f"not a stored program: {error}") from error
    program.__dict__["key"] = key_of(data)  # known without writing it all again
    return program


def _program(fields: dict[str, Any]) -> Program:
    ops = fields.pop("ops")
    leaf = [op in ("const", "time", "state", "param") for op in ops]
    fields["nodes"] = tuple(
        Node(ops[n[0]], (), float(n[1])) if leaf[n[0]] else Node(ops[n[0]], tuple(n[1:]), 0.0)
        for n in fields["nodes"]
    )
    for name in ("parameter_only", "positive"):
        fields[name] = tuple(mark == "1" for mark in fields[name])
    fields["param_defaults"] = tuple(float(v) for v in fields["param_defaults"])
    for kind, name in ((Barrier, "barriers"), (Event, "events")):
        fields[name] = tuple(_happening(kind, row) for row in fields[name])
    return Program(**{name: _tuples(value) for name, value in fields.items()})


def _happening(kind: Any, row: list[Any]) -> Any:
    made = dict(zip(kind._fields, row, strict=True))
    made["assignments"] = tuple(Assignment(*a) for a in made["assignments"])
    if "roots" in made:
        made["roots"] = tuple(made["roots"])
    return kind(**made)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
