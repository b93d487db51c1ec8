"""An assembly written out as one flat model: the text of every module, under the names it has in the whole.

In: the tree of instances. Out: Antimony text of one model without instances, and for each of its lines the source and
line it came from.

Antimony can flatten modules by itself, but the time it takes to join their ports grows with the square of the model: a
minute of processor time for eight zones of thirty ports each. The names are those it would have given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from acinus.model.scan import ModelText, Source, Statement, Word
    from acinus.model.tree import Instance, Tree

__all__ = ["FlatText", "write_flat"]


@dataclass(slots=True)
class FlatText:
    """Flat text, line by line, and where each line came from."""

    lines: list[str] = field(default_factory=list)
    origins: list[tuple[Source, int]] = field(default_factory=list)

    def add(self, text: str, source: Source, line: int) -> None:
        """Add one line and its origin."""
        self.lines.append(text)
        self.origins.append((source, line))

    @property
    def text(self) -> str:
        """The whole, as antimony reads it."""
        return "\n".join(self.lines) + "\n"


def write_flat(main: ModelText, tree: Tree) -> FlatText:
    """Return the main model without instances; modules stand before the statements of those who call them."""
    flat = FlatText()
    sources = {id(i.model.source): i.model.source for i in tree.root.walk()}
    for source in sources.values():
        for function in source.functions:
            flat.add(_spaced((word, word.text) for word in function.words), source, function.first.line)
    flat.add(f"model {main.name}()", main.source, main.place.line)
    _write_instance(tree.root, flat)
    flat.add("end", main.source, main.place.line)
    return flat


def _write_instance(instance: Instance, flat: FlatText) -> None:
    for child in instance.children.values():
        _write_instance(child, flat)
    source = instance.model.source
    for statements in _as_written(instance.model.statements):
        first = statements[0]
        if first.kind == "instance" and first.name in instance.children:
            continue
        named = {id(word) for statement in statements for word in _named(statement)}
        pairs = [(w, _flat_name(instance, w) if id(w) in named else w.text) for w in first.words]
        # The scanner keeps a reaction's law apart from its equation; antimony wants the semicolon back.
        law = len(first.formula) if first.kind == "reaction" else 0
        equation = pairs[: len(pairs) - law]
        text = _spaced(equation) + (f"; {_spaced(pairs[len(pairs) - law :])}" if law else "")
        flat.add(f"  {text};", source, first.first.line)


def _as_written(statements: Iterable[Statement]) -> Iterator[list[Statement]]:
    """Yield statements in groups that were written as one: a declaration of several names is one line."""
    group: list[Statement] = []
    for statement in statements:
        if group and statement.words is not group[-1].words:
            yield group
            group = []
        group.append(statement)
    if group:
        yield group


def _named(statement: Statement) -> Iterator[Word]:
    """Yield the words that are ids of the model."""
    if statement.target is not None:
        yield statement.target
    yield from statement.uses
    yield from statement.assigned
    if statement.compartment is not None:
        yield statement.compartment


def _flat_name(instance: Instance, word: Word) -> str:
    head, dot, rest = word.text.partition(".")
    if dot and head not in instance.children:
        return f"{instance.flat(head)}.{rest}"  # an annotation or a spread of a name
    return instance.flat(word.text)


def _spaced(pairs: Iterable[tuple[Word, str]]) -> str:
    """Return words side by side where they stood so, and apart where they did not."""
    out: list[str] = []
    end = None
    for word, text in pairs:
        if out and word.column != end:
            out.append(" ")
        out.append(text)
        end = word.column + len(word.text)
    return "".join(out)
