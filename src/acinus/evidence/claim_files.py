"""Finding claims: the shipped folder, or the files and folders a user names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.calibration.statement import Statement, is_claims_file, read_statements
from acinus.documents import biology_folder, read_yaml, shown
from acinus.errors import AcinusError, Code, Diagnostic, Place, RequestError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Unreadable", "find_claims"]


class Unreadable:
    """A file that may hold claims and cannot be read."""

    def __init__(self, path: Path, error: AcinusError) -> None:
        self.path = path
        self.diagnostics = error.diagnostics


def find_claims(paths: Iterable[str | Path] | None = None) -> tuple[Statement | Unreadable, ...]:
    """Return every claim of the files and folders named (the shipped claims if None), in order.

    In a folder, YAML files at any depth are looked at; those that are no claims files (protocols,
    populations) are passed over. An id that stands twice within one path is noted at the second.

    Raises
    ------
    RequestError
        AC908 if a path does not exist or holds no claims.
    """
    roots = [biology_folder() / "claims"] if paths is None else [Path(path) for path in paths]
    found: list[Statement | Unreadable] = []
    findings: list[Diagnostic] = []
    for root in dict.fromkeys(root.resolve() for root in roots):
        if not root.exists():
            beside = [p.name for p in root.parent.iterdir()] if root.parent.is_dir() else []
            findings.append(
                Diagnostic(
                    Code.CLAIM_NOT_FOUND,
                    f"no such file or folder: {shown(root)}",
                    None,
                    "",
                    nearest(root.name, beside),
                )
            )
            continue
        here = _claims_of(root)
        if not here:
            findings.append(
                Diagnostic(
                    Code.CLAIM_NOT_FOUND,
                    f"{shown(root)} holds no claims",
                    Place(shown(root)),
                    "A claims file is YAML with `claims:` at the top.",
                    "docs/claims.md shows one.",
                )
            )
        found += here
    if findings:
        raise RequestError(findings)
    return tuple(found)


def _claims_of(root: Path) -> list[Statement | Unreadable]:
    files = [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.suffix in (".yaml", ".yml"))
    found: list[Statement | Unreadable] = []
    seen: dict[str, Statement] = {}
    for file in files:
        try:
            if root.is_dir() and not is_claims_file(read_yaml(file)):
                continue
            statements = read_statements(file, root)
        except AcinusError as error:
            found.append(Unreadable(file, error))
            continue
        for statement in statements:
            first = seen.setdefault(statement.id, statement)
            found.append(statement if first is statement else _twice(statement, first))
    return found


def _twice(statement: Statement, first: Statement) -> Statement:
    finding = Diagnostic(
        Code.CLAIM_TWICE,
        f"`{statement.id}` stands twice",
        statement.node.place,
        f"The first is in {shown(first.file)}.",
        "Give one of them another id.",
    )
    return replace(statement, findings=(*statement.findings, finding))
