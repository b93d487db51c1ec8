"""A light scanner of Antimony: which statements stand where, and which names and numbers each one mentions.

In: the lines of a file. Out: a `Source` of `ModelText`s made of `Statement`s whose every word knows its
line and column. It knows Antimony's shapes, not its meaning: antimony itself flattens, this is what lets
refusals point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from acinus.errors import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["FUNCTIONS", "ModelText", "Source", "Statement", "Word", "scan"]

_TOKEN = re.compile(
    r"""(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
      |(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
      |(?P<string>"[^"\n]*")
      |(?P<sign>:=|=>|->|<=|>=|==|!=|&&|\|\||[^\s])""",
    re.VERBOSE,
)
_DECLARERS = {"species", "compartment", "formula", "gene", "reaction", "event", "operator"}
_MODIFIERS = {"const", "var", "substanceOnly"}
_ANNOTATIONS = {"sboTerm", "notes", "model_entity_is", "created", "modified", "creator"}
_SPREAD = {
    "stdev", "mean", "std", "standardDeviation", "variance", "median", "mode", "distribution",
    "confidenceInterval", "credibleInterval", "interquartileRange", "range", "standardError",
    "coefficientOfVariation", "sampleSize", "kurtosis", "skewness", "externalParameter",
    "externalDistribution",
}  # fmt: skip
_QUALIFIERS = {
    "identity", "is", "isVersionOf", "hasPart", "isPartOf", "isDescribedBy", "hasVersion", "isHomologTo",
    "encodes", "isEncodedBy", "occursIn", "hasProperty", "isPropertyOf", "hasTaxon", "part", "version",
    "property",
}  # fmt: skip

FUNCTIONS = {
    "abs", "acos", "arccos", "acosh", "asin", "arcsin", "atan", "arctan", "ceil", "ceiling", "cos", "cosh",
    "exp", "factorial", "floor", "ln", "log", "log10", "piecewise", "power", "pow", "root", "sqrt", "sqr",
    "sin", "sinh", "tan", "tanh", "and", "or", "not", "xor", "gt", "lt", "geq", "leq", "eq", "neq", "max",
    "min", "delay", "rateOf", "rem", "quotient", "implies", "normal", "uniform", "lognormal", "exponential",
    "gamma", "poisson", "truncatedNormal", "cauchy", "chisquare", "laplace", "rayleigh", "binomial",
    "bernoulli",
}  # fmt: skip
CONSTANTS = {
    "time",
    "pi",
    "exponentiale",
    "avogadro",
    "true",
    "false",
    "inf",
    "infinity",
    "nan",
    "NaN",
    "INF",
}


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a statement with its line and column, both from 1."""

    text: str
    kind: str
    line: int
    column: int


@dataclass(slots=True)
class Statement:
    """One statement.

    `kind` is one of species, compartment, constant, reaction, assignment (:=), rate ('=), initial (=),
    instance, event, label, annotation, unit, spread, function, delete, import, other. `target` is the id it
    says something about; `uses` are the ids its formulas mention.
    """

    kind: str
    words: tuple[Word, ...]
    target: Word | None = None
    uses: tuple[Word, ...] = ()
    formula: tuple[Word, ...] = ()
    reactants: tuple[tuple[float, Word], ...] = ()
    products: tuple[tuple[float, Word], ...] = ()
    module: Word | None = None
    arguments: tuple[Word, ...] = ()
    assigned: tuple[Word, ...] = ()
    compartment: Word | None = None
    amount: bool = False

    @property
    def name(self) -> str:
        """Return the id it says something about, or an empty string."""
        return self.target.text if self.target else ""

    @property
    def first(self) -> Word:
        """Return its first word."""
        return self.words[0]


@dataclass(slots=True)
class ModelText:
    """One ``model ... end`` block of a file."""

    name: str
    place: Word
    ports: tuple[Word, ...]
    source: Source
    statements: list[Statement] = field(default_factory=list)

    def of(self, *kinds: str) -> list[Statement]:
        """Return its statements of some kinds, in the order written."""
        return [statement for statement in self.statements if statement.kind in kinds]


@dataclass(slots=True)
class Source:
    """A scanned file: its name as shown, the author's lines, its models and what stands outside any model."""

    file: str
    lines: Sequence[str]
    text: str
    origin: Sequence[int]
    models: list[ModelText] = field(default_factory=list)
    functions: list[Statement] = field(default_factory=list)
    outside: list[Statement] = field(default_factory=list)

    def place(self, word: Word | None) -> Place:
        """Return where a word stands, with the author's line as excerpt."""
        if word is None:
            return Place(self.file)
        if not 0 < word.line <= len(self.lines):
            return Place(self.file, word.line)
        raw = self.lines[word.line - 1]
        column = word.column if raw[word.column - 1 :].startswith(word.text) else raw.find(word.text) + 1
        if column < 1:
            # A word made by the template: the author wrote it with a hole in it.
            stem = re.sub(r"\d+", r"\\{[^}]*\\}", re.escape(word.text))
            found = re.search(stem, raw)
            if found is None:
                return Place(self.file, word.line, None, raw)
            return Place(self.file, word.line, found.start() + 1, raw, found.end() - found.start())
        return Place(self.file, word.line, column, raw, len(word.text))


def scan(file: str, lines: Sequence[str], written: Sequence[tuple[str, int]] | None = None) -> Source:
    """Return the statements of a file.

    Parameters
    ----------
    file : str
        Its name as shown to the user.
    lines : sequence of str
        Its lines as the author wrote them.
    written : sequence of (text, line number), optional
        The lines after the template was expanded; the author's own lines unless given.

    Returns
    -------
    Source
        `text` is what antimony gets: comments and imports blanked, one line per expanded line; `origin`
        says which of the author's lines each stands for.
    """
    pairs = (
        list(written)
        if written is not None
        else [(line, number) for number, line in enumerate(lines, start=1)]
    )
    blanked = _without_comments([text for text, _ in pairs])
    blanked = ["" if re.match(r"\s*import\b", line) else line for line in blanked]
    source = Source(file, lines, "\n".join(blanked) + "\n", [number for _, number in pairs])
    current: ModelText | None = None
    function: list[Word] | None = None
    for segments in _logical_lines(blanked, source.origin):
        position = 0
        while position < len(segments):
            words = segments[position]
            position += 1
            if not words:
                continue
            head = words[0].text
            if function is not None:
                function += words
                if head == "end":
                    source.functions.append(_function(function))
                    function = None
                continue
            if head == "function":
                function = list(words)
                continue
            if head in ("model", "module") and len(words) > 1 and current is None:
                current = _model(words, source)
                source.models.append(current)
                continue
            if head == "end" and len(words) == 1:
                current = None
                continue
            statements = []
            if _is_reaction(words):
                law = segments[position] if position < len(segments) else ()
                position += 1
                statements.append(_reaction(words, law))
            else:
                statements += _plain(words)
            (current.statements if current is not None else source.outside).extend(statements)
    return source


def _without_comments(lines: list[str]) -> list[str]:
    """Blank comments but keep every column."""
    out = []
    inside = False
    for line in lines:
        kept, position = [], 0
        while position < len(line):
            if inside:
                stop = line.find("*/", position)
                end = len(line) if stop < 0 else stop + 2
                inside = stop < 0
                kept.append(" " * (end - position))
                position = end
            elif line[position] == '"':
                stop = line.find('"', position + 1)
                end = len(line) if stop < 0 else stop + 1
                kept.append(line[position:end])
                position = end
            elif line.startswith("//", position) or line[position] == "#":
                break
            elif line.startswith("/*", position):
                inside = True
                kept.append("  ")
                position += 2
            else:
                kept.append(line[position])
                position += 1
        out.append("".join(kept))
    return out


def _logical_lines(lines: Iterable[str], origin: Sequence[int]) -> Iterable[list[tuple[Word, ...]]]:
    """Yield each line as its segments between semicolons."""
    for line, number in zip(lines, origin, strict=True):
        segments: list[list[Word]] = [[]]
        for found in _TOKEN.finditer(line):
            kind = found.lastgroup or "sign"
            if found.group() == ";":
                segments.append([])
            else:
                segments[-1].append(Word(found.group(), kind, number, found.start() + 1))
        yield [tuple(segment) for segment in segments]


def _names(words: Iterable[Word]) -> tuple[Word, ...]:
    """Return the ids among words; a name right after a number is its unit, not an id."""
    listed = list(words)
    out = []
    for index, word in enumerate(listed):
        before = listed[index - 1].kind if index else ""
        called = index + 1 < len(listed) and listed[index + 1].text == "(" and word.text in FUNCTIONS
        if word.kind == "name" and before != "number" and not called and word.text not in CONSTANTS:
            out.append(word)
    return tuple(out)


def _model(words: tuple[Word, ...], source: Source) -> ModelText:
    named = [w for w in words[1:] if w.kind == "name"]
    opened = next((i for i, w in enumerate(words) if w.text == "("), len(words))
    ports = tuple(w for w in words[opened:] if w.kind == "name")
    return ModelText(named[0].text if named else "", named[0] if named else words[0], ports, source)


def _function(words: list[Word]) -> Statement:
    closed = next((i for i, w in enumerate(words) if w.text == ")"), 1)
    arguments = {w.text for w in words[2:closed]}
    body = tuple(w for w in words[closed + 1 :] if w.text != "end")
    uses = tuple(w for w in _names(body) if w.text not in arguments)
    return Statement("function", tuple(words), words[1] if len(words) > 1 else None, uses, body)


def _is_reaction(words: tuple[Word, ...]) -> bool:
    return any(w.text in ("->", "=>") for w in words) and words[0].text != "at"


def _reaction(words: tuple[Word, ...], law: tuple[Word, ...]) -> Statement:
    target, rest = None, words
    if len(words) > 1 and words[1].text == ":":
        target, rest = words[0], words[2:]
    arrow = next(i for i, w in enumerate(rest) if w.text in ("->", "=>"))
    reactants, products = _side(rest[:arrow]), _side(rest[arrow + 1 :])
    named = tuple(w for _, w in (*reactants, *products))
    return Statement(
        "reaction",
        (*words, *law),
        target,
        (*named, *_names(law)),
        tuple(law),
        tuple(reactants),
        tuple(products),
    )


def _side(words: tuple[Word, ...]) -> list[tuple[float, Word]]:
    out, count = [], 1.0
    for word in words:
        if word.kind == "number":
            count = float(word.text)
        elif word.kind == "name" and word.text != "in":
            out.append((count, word))
            count = 1.0
    return out


def _plain(words: tuple[Word, ...]) -> list[Statement]:
    first = words[0]
    head = first.text
    second = words[1].text if len(words) > 1 else ""
    if head == "import":
        return [Statement("import", words)]
    if head == "unit":
        return [Statement("unit", words, words[1] if len(words) > 1 else None)]
    if head == "delete":
        return [Statement("delete", words)]
    if head in _DECLARERS or head in _MODIFIERS:
        return _declaration(words)
    if head == "at" or (second == ":" and len(words) > 2 and words[2].text == "at"):
        return [_event(words)]
    if second == ":" and len(words) > 3 and words[3].text == "(":
        return [_instance(words)]
    if second == "is":
        kind = "label" if len(words) > 2 and words[2].kind == "string" else "other"
        return [Statement(kind, words, first, () if kind == "label" else _names(words[2:]))]
    if second in _QUALIFIERS and len(words) > 2 and words[2].kind == "string":
        return [Statement("annotation", words, first)]
    if second == "has":
        return [Statement("unit", words, first)]
    last = head.rsplit(".", 1)
    if len(last) == 2 and second == "=" and last[1] in _ANNOTATIONS:
        return [Statement("annotation", words, first)]
    if len(last) == 2 and last[1] in _SPREAD:
        return [Statement("spread", words, first)]
    if second == ":=":
        return [Statement("assignment", words, first, _names(words[2:]), words[2:])]
    if second == "'":
        return [Statement("rate", words, first, _names(words[3:]), words[3:])]
    if second == "=":
        return [Statement("initial", words, first, _names(words[2:]), words[2:])]
    return [Statement("other", words, first, _names(words))]


def _declaration(words: tuple[Word, ...]) -> list[Statement]:
    kind, amount, position = "constant", False, 0
    while position < len(words) and words[position].text in _DECLARERS | _MODIFIERS:
        kind = words[position].text if words[position].text in _DECLARERS else kind
        amount = amount or words[position].text == "substanceOnly"
        position += 1
    out, part = [], []
    for word in (*words[position:], Word(",", "sign", 0, 0)):
        if word.text != ",":
            part.append(word)
            continue
        named = [w for w in part if w.kind == "name"]
        if named:
            texts = [w.text for w in part]
            inside = (
                part[texts.index("in") + 1] if "in" in texts and texts.index("in") + 1 < len(part) else None
            )
            out.append(
                Statement(
                    kind, words, named[0], (inside,) if inside else (), compartment=inside, amount=amount
                )
            )
            sign = next((s for s in (":=", "=") if s in texts), None)
            if sign is not None:
                formula = tuple(part[texts.index(sign) + 1 :])
                rule = "assignment" if sign == ":=" else "initial"
                out.append(Statement(rule, words, named[0], _names(formula), formula))
        part = []
    return out


def _event(words: tuple[Word, ...]) -> Statement:
    target, rest = (words[0], words[2:]) if words[1].text == ":" else (None, words)
    assigned, depth = [], 0
    for index, word in enumerate(rest):
        depth += {"(": 1, ")": -1}.get(word.text, 0)
        if (
            word.text == "="
            and depth == 0
            and index
            and rest[index - 1].text not in ("priority", "t0", "persistent", "fromTrigger")
        ):
            assigned.append(rest[index - 1])
    return Statement(
        "event",
        words,
        target,
        tuple(w for w in _names(rest) if w.text not in _EVENT_WORDS),
        rest,
        assigned=tuple(assigned),
    )


_EVENT_WORDS = {"at", "after", "priority", "t0", "persistent", "fromTrigger"}


def _instance(words: tuple[Word, ...]) -> Statement:
    arguments = tuple(w for w in words[4:] if w.kind in ("name", "number"))
    return Statement("instance", words, words[0], (), (), module=words[2], arguments=arguments)
