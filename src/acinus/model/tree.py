"""The tree of instances of an assembly: which name inside which module is which id of the flat model.

In: a library and the name of its main model. Out: a `Tree`. It predicts antimony's flattening (prefix by
instance, ports become the caller's names), so that a flat id can be led back to the line it came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from acinus.model.library import Library
    from acinus.model.scan import ModelText, Statement

__all__ = ["Instance", "Tree", "build_tree"]

# Statements whose words are symbols of the model, as opposed to names, annotations and units.
MENTIONING = (
    "species", "compartment", "constant", "reaction", "assignment", "rate", "initial", "instance", "event",
)  # fmt: skip


@dataclass(slots=True)
class Instance:
    """One use of a module; the assembly itself has the empty path."""

    path: tuple[str, ...]
    model: ModelText
    zone: int | None
    ports: dict[str, str] = field(default_factory=dict)
    children: dict[str, Instance] = field(default_factory=dict)
    statement: Statement | None = None

    def flat(self, name: str) -> str:
        """Return the flat id of a name written in this instance, such as ``gsh`` or ``z1.gsh``."""
        head, _, rest = name.partition(".")
        if rest:
            child = self.children.get(head)
            return child.flat(rest) if child is not None else name.replace(".", "_")
        return self.ports.get(head) or "_".join((*self.path, head))

    def walk(self) -> Iterator[Instance]:
        """Yield the instance and all below it, callers first."""
        yield self
        for child in self.children.values():
            yield from child.walk()


@dataclass(slots=True)
class Tree:
    """Instances, and for every flat id its owner (the highest instance that has it) and what mentions it."""

    root: Instance
    owners: dict[str, tuple[Instance, str]]
    mentions: dict[str, list[tuple[Instance, Statement]]]
    zone_names: Mapping[str, tuple[str, int]]

    def candidates(self, flat: str) -> tuple[str, ...]:
        """Return the row ids a flat id may stand for, most particular first.

        ``z1_ugt_supply`` may be ``z1_ugt_supply``, ``ugt_supply`` or ``supply``; ``cyp2e1_3`` made by the
        template may also be ``cyp2e1``.
        """
        if flat not in self.owners:
            return (flat,)
        owner, local = self.owners[flat]
        names = ["_".join((*owner.path[start:], local)) for start in range(len(owner.path) + 1)]
        if not owner.path and local in self.zone_names:
            names.append(self.zone_names[local][0])
        return tuple(dict.fromkeys(names))

    def row(self, flat: str, rows: Collection[str]) -> str | None:
        """Return the row a flat id stands for, or None."""
        return next((name for name in self.candidates(flat) if name in rows), None)

    def zone(self, flat: str) -> int | None:
        """Return the zone a flat id belongs to."""
        if flat not in self.owners:
            return None
        owner, local = self.owners[flat]
        if owner.zone is None and not owner.path and local in self.zone_names:
            return self.zone_names[local][1]
        return owner.zone


def build_tree(library: Library, main: ModelText) -> Tree:
    """Return the tree of a main model; instances of unknown modules and cycles are left out."""
    zone_names = library.zone_names.get(main.source.file, {})
    root = _instance(library, main, (), None, {}, None, zone_names, ())
    tree = Tree(root, {}, {}, zone_names)
    for instance in root.walk():
        for port in instance.model.ports:
            tree.owners.setdefault(instance.flat(port.text), (instance, port.text))
        for statement in instance.model.of(*MENTIONING):
            seen = set()
            for word in _symbols(statement):
                flat = instance.flat(word)
                if "." not in word:
                    tree.owners.setdefault(flat, (instance, word))
                if flat not in seen:
                    seen.add(flat)
                    tree.mentions.setdefault(flat, []).append((instance, statement))
    return tree


def _symbols(statement: Statement) -> Iterator[str]:
    if statement.target is not None and statement.kind != "instance":
        yield statement.target.text
    for word in (*statement.uses, *statement.arguments, *statement.assigned):
        if word.kind == "name":
            yield word.text


def _instance(
    library: Library,
    model: ModelText,
    path: tuple[str, ...],
    zone: int | None,
    ports: dict[str, str],
    statement: Statement | None,
    zone_names: Mapping[str, tuple[str, int]],
    above: tuple[str, ...],
) -> Instance:
    here = Instance(path, model, zone, ports, {}, statement)
    for inner in model.of("instance"):
        module = library.modules.get(inner.module.text) if inner.module else None
        if module is None or module.name in above or not inner.name:
            continue
        joined = {
            port.text: here.flat(argument.text)
            for port, argument in zip(module.ports, inner.arguments, strict=False)
            if argument.kind == "name"
        }
        inside = zone_names[inner.name][1] if not path and inner.name in zone_names else zone
        here.children[inner.name] = _instance(
            library, module, (*path, inner.name), inside, joined, inner, zone_names, (*above, model.name)
        )
    return here
