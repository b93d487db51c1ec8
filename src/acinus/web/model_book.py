"""The model as a book: what every module says of itself, its equations typeset, its numbers with grade and source.

In: the texts of ``biology/``, read once. Out: `ModulePage` records for pages. Never compiles or simulates anything.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from acinus.documents import biology_folder
from acinus.model import GRADES
from acinus.model.library import read_library
from acinus.model.tables import read_tables
from acinus.report.citations import cite
from acinus.web.mathml import formula_mathml, reaction_mathml, symbol_mathml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.model import Card
    from acinus.model.scan import ModelText, Statement, Word

__all__ = ["Equation", "ModelBook", "ModulePage", "Number", "model_book"]

_ZONES = 8  # the library expands assemblies; modules, which are all that is read here, do not depend on it


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the tables: its card, and its sources in full."""

    card: Card
    sources: tuple[str, ...]
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation.

    `kind` is ``reaction``, ``rate`` or ``definition``; `left` and `right` are MathML, `text` is what the file says.
    """

    kind: str
    name: str
    label: str
    left: str
    right: str
    text: str


@dataclass(frozen=True, slots=True)
class ModulePage:
    """One module: one subsystem of the body.

    `about` is the comment at its head without its first line, which is the `title`; `words` is what a search looks in.
    """

    id: str
    system: str
    title: str
    about: str
    equations: tuple[Equation, ...]
    numbers: tuple[Number, ...]
    symbols: tuple[tuple[str, str, str], ...]
    text: str
    words: str


@dataclass(frozen=True)
class ModelBook:
    """All modules by id, such as ``glutathione/synthesis``, and all numbers by theirs."""

    modules: Mapping[str, ModulePage]
    numbers: Mapping[str, Number]

    @property
    def systems(self) -> Mapping[str, list[ModulePage]]:
        """Modules by system, in the order of the folders."""
        found: dict[str, list[ModulePage]] = {}
        for page in self.modules.values():
            found.setdefault(page.system, []).append(page)
        return found

    @property
    def grades(self) -> list[tuple[str, int]]:
        """How many numbers are known how well, best first."""
        counts = Counter(number.card.grade for number in self.numbers.values())
        return [(grade, counts[grade]) for grade in GRADES if counts[grade]]


@functools.cache
def model_book() -> ModelBook:
    """Return the book of the shipped model, read once."""
    biology = biology_folder()
    tables = read_tables(biology)
    library = read_library(biology, _ZONES)
    texts = {_id(model): model for model in library.modules.values()}
    used_in: dict[str, list[str]] = {}
    for key, model in texts.items():
        for name in _mentioned(model):
            if name in tables.cards:
                used_in.setdefault(name, []).append(key)
    numbers = {
        key: Number(card, tuple(_source(one) for one in card.sources), tuple(used_in.get(key, ())))
        for key, card in tables.cards.items()
    }
    vocabulary = {key: (entry.name, entry.unit) for key, entry in tables.vocabulary.items()}
    return ModelBook({key: _page(key, model, numbers, vocabulary) for key, model in texts.items()}, numbers)


def _id(model: ModelText) -> str:
    path = PurePosixPath(model.source.file.replace("\\", "/"))
    return f"{path.parent.name}/{path.stem}"


def _mentioned(model: ModelText) -> list[str]:
    return list(dict.fromkeys(word.text for statement in model.statements for word in statement.uses))


def _source(key: str) -> str:
    if key.startswith("fit:"):
        return f"fitted: calibration/{key.removeprefix('fit:')}.yaml"
    return cite(key, biology_folder()) or key


def _page(
    key: str, model: ModelText, numbers: Mapping[str, Number], vocabulary: Mapping[str, tuple[str, str]]
) -> ModulePage:
    head = []
    for line in model.source.lines:
        if not line.startswith("//"):
            break
        head.append(line.removeprefix("//").removeprefix(" "))
    labels = {
        statement.name: next((word.text.strip('"') for word in statement.words if word.kind == "string"), "")
        for statement in model.of("label")
    }
    equations = tuple(_equation(one, labels) for one in model.of("reaction", "assignment", "rate"))
    names = dict.fromkeys(
        [*(port.text for port in model.ports), *_mentioned(model), *(one.name for one in equations)]
    )
    mine = tuple(numbers[name] for name in names if name in numbers)
    symbols = tuple((name, *vocabulary[name]) for name in names if name in vocabulary)
    words = [key, *head, *names, *labels.values()]
    return ModulePage(
        id=key,
        system=key.partition("/")[0],
        title=head[0] if head else model.name,
        about="\n".join(head[1:]).strip("\n"),
        equations=equations,
        numbers=mine,
        symbols=symbols,
        text="\n".join(model.source.lines),
        words=" ".join(words).lower(),
    )


def _equation(statement: Statement, labels: Mapping[str, str]) -> Equation:
    formula = " ".join(word.text for word in statement.formula)
    right = formula_mathml(formula.replace(".", "__") if _dotted(statement.formula) else formula)
    name = statement.name
    if statement.kind == "reaction":
        left = reaction_mathml(_side(statement.reactants), _side(statement.products))
    elif statement.kind == "rate":
        left = f"<mfrac><mrow><mi>d</mi>{symbol_mathml(name)}</mrow><mrow><mi>d</mi><mi>t</mi></mrow></mfrac>"
    else:
        left = symbol_mathml(name)
    kind = {"assignment": "definition"}.get(statement.kind, statement.kind)
    return Equation(kind, name, labels.get(name, ""), left, right, formula)


def _dotted(words: tuple[Word, ...]) -> bool:
    return any(word.kind == "name" and "." in word.text for word in words)


def _side(parts: tuple[tuple[float, Word], ...]) -> list[tuple[float, str]]:
    return [(amount, word.text) for amount, word in parts]
