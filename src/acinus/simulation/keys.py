"""The keys of protocol files: what may stand there, what must, and what is said where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, Place, nearest

if TYPE_CHECKING:
    from acinus.documents import Node

__all__ = ["check_keys", "mapping", "missing", "sequence"]


def sequence(node: Node | None, what: str, findings: list[Diagnostic]) -> list[Node]:
    """Return the children of a list; report what is none."""
    if node is None or node.value is None:
        return []
    if not isinstance(node.value, list):
        findings.append(
            Diagnostic(
                Code.VALUE_IMPOSSIBLE, f"{what} are not a list", node.place, "", "Start each line with `- `."
            )
        )
        return []
    return list(node)


def mapping(node: Node | None, what: str, findings: list[Diagnostic]) -> list[tuple[str, Node]]:
    """Return the pairs of a mapping; report what is none."""
    if node is None or node.value is None:
        return []
    if not isinstance(node.value, dict):
        findings.append(
            Diagnostic(Code.VALUE_IMPOSSIBLE, f"{what} are not pairs", node.place, "", "Write `{BW: 70 kg}`.")
        )
        return []
    return list(node.items())


def check_keys(
    node: Node, allowed: tuple[str, ...], required: tuple[str, ...], what: str, findings: list[Diagnostic]
) -> bool:
    """Report keys that are unknown or missing; say whether the node can be read on."""
    if node.value is None and not required:
        return True
    if not isinstance(node.value, dict):
        findings.append(
            Diagnostic(
                Code.VALUE_IMPOSSIBLE,
                f"{what} is `{node.plain()}`",
                node.place,
                "",
                f"Write it as keys and values; the keys are {', '.join(f'`{key}`' for key in allowed)}.",
            )
        )
        return False
    before = len(findings)
    for key, child in node.items():
        if key not in allowed:
            findings.append(
                Diagnostic(
                    Code.UNKNOWN_KEY,
                    f"{what} has no key `{key}`",
                    child.place,
                    f"The keys are {', '.join(f'`{k}`' for k in allowed)}.",
                    nearest(key, allowed),
                )
            )
    findings.extend(missing(key, what, node.place) for key in required if key not in node)
    return len(findings) == before


def missing(key: str, what: str, place: Place) -> Diagnostic:
    """Return the finding that a key is not there."""
    return Diagnostic(Code.MISSING_KEY, f"{what} needs the key `{key}`", place, "", f"Add `{key}: ...`.")
