"""Statements: what a claims file says, except for its check: who, under which protocol, with which model.

A claims file holds ``claims:`` (a list), or one claim as its top mapping; ``protocols:`` names protocols for
the file.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acinus.calibration.entry import Entry
from acinus.documents import Node, read_yaml, shown
from acinus.errors import Code, Diagnostic, ModelTextError, Place, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CHECKS",
    "KINDS",
    "ModelChoice",
    "PopulationChoice",
    "Setting",
    "Statement",
    "is_claims_file",
    "read_model_choice",
    "read_statements",
]

KINDS = ("calibration", "validation")
CHECKS = ("curve", "scalar", "compare", "share", "discrimination", "pool")
_KEYS = (
    "id",
    "kind",
    "statement",
    "source",
    "note",
    "protocol",
    "arm",
    "population",
    "model",
    "values",
    *CHECKS,
)
_POOL_KEYS = ("id", "kind", "statement", "source", "note", "pool")


@dataclass(frozen=True)
class ModelChoice:
    """Which model a statement is about: name or path (None: the protocol's own, or ``human``), and zones."""

    source: str | None = None
    zones: int | None = None


@dataclass(frozen=True)
class PopulationChoice:
    """Which virtual people: a name or path, how many, the seed, and columns that are described anew."""

    source: str
    n: int
    seed: int
    columns: Mapping[str, Node] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """Under what conditions a statement is made; see `acinus.calibration.bench.Bench`.

    Attributes
    ----------
    protocol : Node, str, Path or None
        An inline mapping, a path, or the name of a shipped protocol.
    label : str
        How the protocol is called in messages.
    arm : str or None
    model : ModelChoice
    population : PopulationChoice or None
    values : mapping from parameter id to Node
        Quantities that replace the model's values.
    known : tuple of str
        Names of the protocols of the file, for hints.
    place : Place or None
        Where the protocol is asked for.
    """

    protocol: Node | str | Path | None
    label: str
    arm: str | None = None
    model: ModelChoice = ModelChoice()
    population: PopulationChoice | None = None
    values: Mapping[str, Node] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    place: Place | None = None


@dataclass(frozen=True)
class Statement:
    """One claim as written, its check still a node.

    Attributes
    ----------
    id, kind, statement, source, note : str
    setting : Setting
    check : str
        Which of `CHECKS`.
    node : Node
        The mapping under that key.
    file : Path
    root : Path
        The folder or file that was asked for; ids are unique and pools look for their members within it.
    place : Place
        Where the claim begins.
    findings : tuple of Diagnostic
        What is wrong with it; a statement with findings cannot be used.
    """

    id: str
    kind: str
    statement: str
    source: str
    note: str
    setting: Setting
    check: str
    node: Node
    file: Path
    root: Path
    place: Place
    findings: tuple[Diagnostic, ...] = ()


def is_claims_file(root: Node) -> bool:
    """Say whether a YAML file means to hold claims; protocols and other files may lie beside them."""
    keys = [key for key, _ in root.items()]
    if "claims" in keys or any(key in keys for key in CHECKS) or {"statement", "kind"} <= set(keys):
        return True
    return any(_looks_like_claims(key) for key in keys)


def _looks_like_claims(key: str) -> bool:
    # Stricter than `nearest`, which would take the `columns` of a population for it.
    return difflib.SequenceMatcher(None, key.lower(), "claims").ratio() > 0.8


def read_statements(path: Path, root: Path | None = None) -> tuple[Statement, ...]:
    """Return every statement of a claims file, the wrong ones with what is wrong.

    Raises
    ------
    ModelTextError
        AC101 or AC102 if the file cannot be read; AC901 if it holds no claims.
    """
    top = read_yaml(path)
    findings: list[Diagnostic] = []
    if "claims" in top:
        Entry(top, f"the claims file {shown(path)}", findings).only("title", "note", "protocols", "claims")
        nodes = list(top["claims"]) if isinstance(top["claims"].value, list) else []
        if not nodes:
            findings.append(
                Diagnostic(
                    Code.CLAIM_KEY,
                    "`claims` is not a list of claims",
                    top["claims"].place,
                    "",
                    "Start each with `- id: `.",
                )
            )
    elif is_claims_file(top) and "id" in top:
        nodes = [top]
    else:
        nodes = []
        keys = [key for key, _ in top.items()]
        near = [key for key in keys if _looks_like_claims(key)]
        findings.append(
            Diagnostic(
                Code.CLAIM_KEY,
                f"{shown(path)} holds no claims",
                top[near[0]].place if near else top.place,
                f"Its keys are {', '.join(f'`{k}`' for k in keys) or 'none'}.",
                "Did you mean `claims`?" if near else "Write `claims:` and a list.",
            )
        )
    if findings:
        raise ModelTextError(findings)
    protocols = dict(top["protocols"].items()) if "protocols" in top else {}
    return tuple(
        _statement(node, protocols, path, root or path, number) for number, node in enumerate(nodes, 1)
    )


def _statement(node: Node, protocols: Mapping[str, Node], path: Path, root: Path, number: int) -> Statement:
    findings: list[Diagnostic] = []
    written = node.get("id")
    name = str(written.value) if written is not None else f"{path.stem}[{number}]"
    entry = Entry(node, f"the claim `{name}`", findings)
    is_pool = "pool" in node
    entry.only(*(_POOL_KEYS if is_pool else _KEYS))
    entry.need("id")
    kind = entry.choice("kind", KINDS) or ""
    statement = entry.text("statement", needed=True) or ""
    source = entry.text("source", needed=True) or ""
    checks = [key for key in CHECKS if key in node]
    if len(checks) != 1:
        entry.refuse(
            f"the claim `{name}` has {'no check' if not checks else 'several checks: ' + ', '.join(checks)}",
            node.place,
            f"A claim is checked in one way: {', '.join(CHECKS)}.",
            next(
                (hint for key, _ in node.items() if key not in _KEYS and (hint := nearest(key, CHECKS))),
                "Keep one.",
            ),
            Code.CLAIM_CHECK,
        )
    setting = Setting(None, "") if is_pool or not checks else _setting(entry, protocols, path)
    check = checks[0] if checks else ""
    return Statement(
        name,
        kind,
        statement,
        source,
        entry.text("note") or "",
        setting,
        check,
        node[check] if check else node,
        path,
        root,
        node.place,
        tuple(findings),
    )


def _setting(entry: Entry, protocols: Mapping[str, Node], path: Path) -> Setting:
    protocol = entry.need("protocol")
    source, label = _protocol_source(entry, protocol, protocols, path)
    population = None
    people = entry.get("population")
    if people is not None:
        part = Entry(people, f"the population of {entry.what}", entry.findings)
        part.only("name", "path", "n", "seed", "columns")
        file = part.text("path")
        called = part.text("name", needed=file is None)
        columns = part.get("columns")
        population = PopulationChoice(
            str((path.parent / file).resolve()) if file is not None else (called or ""),
            part.whole("n", 200, low=1),
            part.whole("seed", 1),
            dict(columns.items()) if columns is not None else {},
        )
    choice = read_model_choice(entry, path)
    values = entry.get("values")
    return Setting(
        source,
        label,
        entry.text("arm"),
        choice,
        population,
        dict(values.items()) if values is not None else {},
        tuple(protocols),
        protocol.place if protocol is not None else None,
    )


def read_model_choice(entry: Entry, path: Path) -> ModelChoice:
    """Return the model that an entry names, by name or path or with its zones; a path counts from the file `path`."""
    model = entry.get("model")
    if model is None:
        return ModelChoice()
    if isinstance(model.value, str):
        return ModelChoice(_model_source(model.value, path))
    part = Entry(model, f"the model of {entry.what}", entry.findings)
    part.only("assembly", "path", "zones")
    written = part.text("path")
    assembly = part.text("assembly")
    zones = part.whole("zones", 0, low=1) if "zones" in model else None
    return ModelChoice(_model_source(written, path) if written is not None else assembly, zones)


def _model_source(written: str, path: Path) -> str:
    """Return a path beside the claims file where there is one, else the name of an assembly."""
    beside = path.parent / written
    return str(beside.resolve()) if beside.is_file() else written


def _protocol_source(
    entry: Entry, protocol: Node | None, protocols: Mapping[str, Node], path: Path
) -> tuple[Node | str | Path | None, str]:
    if protocol is None:
        return None, ""
    written: Any = protocol.value
    if isinstance(written, dict):
        name = protocol.get("name")
        return protocol, str(name.value) if name is not None else entry.what.replace("the claim ", "").strip(
            "`"
        )
    if not isinstance(written, str):
        entry.refuse(
            f"the protocol of {entry.what} is `{protocol.plain()}`",
            protocol.place,
            "",
            "Write a mapping, a path relative to this file, or the name of a protocol.",
        )
        return None, ""
    if written in protocols:
        return protocols[written], written
    beside = path.parent / written
    if beside.is_file():
        return beside, beside.stem
    if Path(written).suffix in (".yaml", ".yml"):
        files = [p.name for p in beside.parent.glob("*.y*ml")] if beside.parent.is_dir() else []
        entry.refuse(
            f"there is no protocol file `{written}` beside {path.name}",
            protocol.place,
            "",
            nearest(Path(written).name, files),
        )
        return None, ""
    # Not in this file and not beside it: a shipped protocol, looked up when the model is known.
    return written, written
