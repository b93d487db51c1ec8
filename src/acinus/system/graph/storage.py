"""A program as bytes and back, exactly: compressed JSON, so that reading a file from a cache runs no code.

Two texts: what a program says of itself, and its graph. Whoever finds the machine code of a program in the cache never
looks at the graph, which is most of the work of reading; it is read when it is first asked for.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zlib
from typing import Any

from acinus.system.graph.program import Assignment, Barrier, Event, Node, Program

__all__ = ["from_bytes", "key_of", "to_bytes"]

_FORMAT = 3

#: What only those read who write code for a program or evaluate it.
_GRAPH = frozenset(
    (
        "nodes",
        "parameter_only",
        "positive",
        "derivative",
        "jacobian",
        "relays",
        "relayed_jacobian",
        "time_derivative",
        "initial",
        "symbols",
        "amounts",
        "flux_names",
        "switches",
        "order",
        "pattern",
        "conserved",
    )
)


def to_bytes(program: Program) -> bytes:
    """Return a program as bytes; equal programs give equal bytes."""
    fields = {f.name: getattr(program, f.name) for f in dataclasses.fields(program)}
    ops = sorted({node.op for node in program.nodes})
    number = {op: i for i, op in enumerate(ops)}
    fields["nodes"] = [
        [number[n.op], repr(n.value)] if not n.args else [number[n.op], *n.args] for n in program.nodes
    ]
    for name in ("parameter_only", "positive"):
        fields[name] = "".join("1" if flag else "0" for flag in fields[name])
    fields["param_defaults"] = [repr(v) for v in fields["param_defaults"]]
    graph = {"ops": ops, **{name: fields.pop(name) for name in sorted(_GRAPH)}}
    first, second = _packed({"format": _FORMAT, **fields}), _packed(graph)
    return len(first).to_bytes(4, "little") + first + second


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
    end = 4 + int.from_bytes(data[:4], "little")
    try:
        fields = json.loads(zlib.decompress(data[4:end]))
        if fields.pop("format") != _FORMAT:
            raise ValueError("another format")
        graph = zlib.decompress(data[end:])
        program = _StoredProgram.of(_described(fields), graph)
    except (zlib.error, KeyError, TypeError, IndexError, AttributeError, UnicodeDecodeError) as error:
        raise ValueError(f"not a stored program: {error}") from error
    program.__dict__["key"] = key_of(data)  # known without writing it all again
    return program


class _StoredProgram(Program):
    """A program whose graph is read from its text when it is first asked for."""

    @classmethod
    def of(cls, fields: dict[str, Any], graph: bytes) -> _StoredProgram:
        """Return a program from all fields but those of the graph, and the text that holds these."""
        if {f.name for f in dataclasses.fields(cls)} != fields.keys() | _GRAPH:
            raise ValueError("other fields")
        program = object.__new__(cls)
        program.__dict__.update(fields, _graph=graph)
        return program

    def __getattr__(self, name: str) -> Any:
        # Python comes here only for what is not there.
        if name not in _GRAPH:
            raise AttributeError(f"a program has no `{name}`")
        self.__dict__.update(_graph_fields(json.loads(self.__dict__["_graph"])))
        return self.__dict__[name]


def _packed(fields: dict[str, Any]) -> bytes:
    text = json.dumps(fields, separators=(",", ":"), default=dataclasses.astuple)
    return zlib.compress(text.encode("utf-8"), 1)


def _described(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a program outside its graph as they were."""
    fields["param_defaults"] = tuple(float(v) for v in fields["param_defaults"])
    for kind, name in ((Barrier, "barriers"), (Event, "events")):
        fields[name] = tuple(_happening(kind, row) for row in fields[name])
    return {name: _tuples(value) for name, value in fields.items()}


def _graph_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a program's graph as they were."""
    ops = fields.pop("ops")
    leaf = [op in ("const", "time", "state", "param") for op in ops]
    fields["nodes"] = tuple(
        Node(ops[n[0]], (), float(n[1])) if leaf[n[0]] else Node(ops[n[0]], tuple(n[1:]), 0.0)
        for n in fields["nodes"]
    )
    for name in ("parameter_only", "positive"):
        fields[name] = tuple(mark == "1" for mark in fields[name])
    return {name: _tuples(value) for name, value in fields.items()}


def _happening(kind: Any, row: list[Any]) -> Any:
    made = dict(zip(kind._fields, row, strict=True))
    made["assignments"] = tuple(Assignment(*a) for a in made["assignments"])
    if "roots" in made:
        made["roots"] = tuple(made["roots"])
    return kind(**made)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
