"""AC103: every name means something.

Antimony makes an empty parameter of any name it has not seen, so a misspelt name would load and be zero or
nothing. A name means something if the text defines it (species, compartment, constant, rule, reaction,
port), if a module it is handed to defines it, or if the parameter tables have a row for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, nearest

if TYPE_CHECKING:
    from collections.abc import Collection

    from acinus.model.library import Library
    from acinus.model.scan import ModelText, Statement, Word
    from acinus.model.tree import Instance, Tree

__all__ = ["undefined_symbols"]

_DEFINING = (
    "species",
    "compartment",
    "constant",
    "reaction",
    "assignment",
    "rate",
    "initial",
    "instance",
    "event",
)
_USING = (*_DEFINING, "other")


def undefined_symbols(library: Library, tree: Tree, rows: Collection[str]) -> list[Diagnostic]:
    """Return AC103 for each name without a meaning, once per place in the text."""
    out: dict[tuple[str, int, int], Diagnostic] = {}
    functions = {f.name for source in library.sources for f in source.functions}
    # A module used several times is judged once, by the rows that any of its instances could mean.
    joined: dict[int, set[str]] = {}
    models: dict[int, tuple[ModelText, Instance]] = {}
    for instance in tree.root.walk():
        key = id(instance.model)
        models.setdefault(key, (instance.model, instance))
        for statement in instance.model.of(*_USING):
            for word in _used(statement):
                if tree.row(instance.flat(word.text), rows) is not None:
                    joined.setdefault(key, set()).add(word.text)
    for key, (model, instance) in models.items():
        known = _known(library, model) | functions | joined.get(key, set())
        ports = {port.text for port in model.ports} if instance is tree.root else set()
        for statement in model.of(*_USING):
            for word in _used(statement):
                if word.text in known or word.text in rows or word.text in ports:
                    continue
                if "." in word.text and _reaches(library, model, word.text, rows):
                    continue
                place = model.source.place(word)
                near = {*(n for n in known if "." not in n), *rows, *_beyond(library, model, word.text)}
                out.setdefault(
                    (place.file, word.line, word.column),
                    Diagnostic(
                        Code.UNDEFINED_SYMBOL,
                        f"undefined symbol `{word.text}`",
                        place,
                        "Antimony would silently create an empty parameter with this name.",
                        nearest(word.text, near)
                        or "Define it here, or give it a row in biology/parameters/.",
                    ),
                )
    return list(out.values())


def _used(statement: Statement) -> list[Word]:
    words = [*statement.uses, *statement.assigned, *(w for w in statement.arguments if w.kind == "name")]
    if statement.kind == "initial" and statement.target is not None and "." in statement.target.text:
        words.append(statement.target)
    return words


def _known(library: Library, model: ModelText) -> set[str]:
    """Return the names a model defines itself, has as ports, or gets from a module it hands them to."""
    own = {
        statement.name for statement in model.of(*_DEFINING) if statement.name and "." not in statement.name
    }
    return own | {port.text for port in model.ports} | _handed(library, model, ())


def _handed(library: Library, model: ModelText, above: tuple[str, ...]) -> set[str]:
    out = set()
    for instance in model.of("instance"):
        module = library.modules.get(instance.module.text) if instance.module else None
        if module is None or len(module.ports) != len(instance.arguments):
            out |= {argument.text for argument in instance.arguments}  # the wiring is refused already
            continue
        if module.name in above:
            continue
        defined = {
            s.name for s in module.of("species", "compartment", "constant", "assignment", "rate", "initial")
        }
        defined |= _handed(library, module, (*above, model.name))
        out |= {
            a.text for port, a in zip(module.ports, instance.arguments, strict=False) if port.text in defined
        }
    return out


def _inside(library: Library, model: ModelText, instance: str) -> ModelText | None:
    found = next((s for s in model.of("instance") if s.name == instance), None)
    return library.modules.get(found.module.text) if found is not None and found.module is not None else None


def _reaches(library: Library, model: ModelText, dotted: str, rows: Collection[str]) -> bool:
    """Say whether ``z1.cells.healthy`` leads to a name."""
    head, _, rest = dotted.partition(".")
    module = _inside(library, model, head)
    if module is None:
        return any(s.name == head for s in model.of("instance"))  # the unknown module is refused as such
    if "." in rest:
        return _reaches(library, module, rest, rows)
    mentioned = {w.text for s in module.of(*_USING) for w in _used(s)}
    return rest in _known(library, module) or (rest in rows and rest in mentioned)


def _beyond(library: Library, model: ModelText, dotted: str) -> set[str]:
    """Return what could have been meant after the dot."""
    head, _, rest = dotted.partition(".")
    module = _inside(library, model, head) if rest else None
    return {f"{head}.{name}" for name in _known(library, module)} if module is not None else set()
