"""Health statements as written in ``biology/evidence/*.yaml``: read, checked, everything wrong said at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from acinus.calibration.entry import Entry
from acinus.documents import Node, biology_folder, read_yaml, shown
from acinus.errors import Code, Diagnostic, RequestError, nearest
from acinus.evidence.ledger.arithmetic import COMPARISONS, OPERATIONS, Sum
from acinus.model.bibliography import read_bibliography

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from acinus.errors import Place
    from acinus.model.bibliography import Reference

__all__ = [
    "KINDS",
    "LEVELS",
    "VERDICTS",
    "HealthStatement",
    "MechanismCheck",
    "SurveyCheck",
    "read_statements",
]

KINDS = ("mechanism", "epidemiology", "treatment", "dosing", "safety", "prevalence", "context")
LEVELS = ("high", "moderate", "low", "very low")
VERDICTS = (
    "supported",
    "partly",
    "overstated",
    "contradicted",
    "wrong",
    "unsafe",
    "opinion",
    "untestable",
)
_KEYS = (
    *("id", "article", "kind", "title", "statement", "known", "sources", "certainty", "verdict", "unmoved", "when"),
    *("would_change", "check", "warning"),
)  # fmt: skip
_CHECKS = ("claims", "survey", "arithmetic", "mechanism", "none")
_MOVED_BY = ("passed", "failed", "mixed")
_SURVEY_TESTS = ("high_below", "low_above", "holds_within")
_RUNS = ("liver_deaths",)


@dataclass(frozen=True, slots=True)
class SurveyCheck:
    """An estimate of the survey whose interval must lie below, above, or around a number."""

    estimate: str
    test: str
    limit: float

    @property
    def words(self) -> str:
        """What must hold, in words."""
        return {
            "high_below": f"the whole interval lies below {self.limit:g}",
            "low_above": f"the whole interval lies above {self.limit:g}",
            "holds_within": f"the interval holds {self.limit:g}",
        }[self.test]

    def holds(self, low: float, high: float) -> bool:
        """Say whether an interval meets the test."""
        if self.test == "high_below":
            return high < self.limit
        return low > self.limit if self.test == "low_above" else low <= self.limit <= high


@dataclass(frozen=True, slots=True)
class MechanismCheck:
    """A run of the model's own mechanisms whose ratio must not exceed a number."""

    run: str
    at_most: float


@dataclass(frozen=True, eq=False)
class HealthStatement:
    """One statement of an article.

    Attributes
    ----------
    id, article, kind, title, statement : str
        The statement in our words; `article` is A or B.
    known : str
        What is known, and where the article is off.
    sources : tuple of str
        Keys of references.bib.
    certainty : str
        GRADE level, of `LEVELS`.
    because : tuple of str
        Why that level.
    verdict : str or None
        Typed, where no result of a check can move it.
    unmoved : str
        Why not, for a typed verdict that has a check.
    when : mapping
        Result of the check -> verdict.
    would_change : str
    claims, survey, arithmetic, mechanism : what is checked
    unchecked : str
        Why nothing is checked, or empty.
    warning : str
        Printed wherever the statement is.
    """

    id: str
    article: str
    kind: str
    title: str
    statement: str
    known: str
    sources: tuple[str, ...]
    certainty: str
    because: tuple[str, ...]
    verdict: str | None
    unmoved: str
    when: Mapping[str, str]
    would_change: str
    place: Place
    claims: tuple[str, ...] = ()
    survey: tuple[SurveyCheck, ...] = ()
    arithmetic: tuple[Sum, ...] = ()
    mechanism: MechanismCheck | None = None
    unchecked: str = ""
    warning: str = ""
    references: Mapping[str, Reference] = field(default_factory=dict, repr=False)

    @property
    def checked(self) -> bool:
        """Whether there is a check that runs."""
        return not self.unchecked


def read_statements(
    folder: Path | None = None, *, biology: Path | None = None, with_claims: bool = True
) -> tuple[HealthStatement, ...]:
    """Return the statements of a folder, by id.

    Parameters
    ----------
    folder : Path, optional
        Holds one YAML file for each statement; the shipped ones by default.
    biology : Path, optional
        Holds references.bib and the claims; the shipped one by default.
    with_claims : bool
        Whether to look up the claims that are named, which takes seconds; what only shows the texts can do without.

    Raises
    ------
    ModelTextError
        AC101 or AC102 if a file cannot be read.
    RequestError
        AC940 to AC943, all that is wrong in all files.
    """
    science = biology or biology_folder()
    home = folder or science / "evidence"
    references = read_bibliography(science / "references.bib").references
    findings: list[Diagnostic] = []
    nodes = [read_yaml(path) for path in sorted(home.glob("*.yaml"))]
    claims = None
    if with_claims and any("claims" in (node.get("check") or node) for node in nodes):
        claims = _claims(science)
    statements = [_read(node, references, claims, findings) for node in nodes]
    first: dict[str, HealthStatement] = {}
    for statement in statements:
        twin = first.setdefault(statement.id, statement)
        if twin is not statement:
            findings.append(
                Diagnostic(
                    Code.STATEMENT_VALUE,
                    f"`{statement.id}` stands twice",
                    statement.place,
                    f"The first is in {twin.place.file}.",
                    "Give one of them another id.",
                )
            )
    if not statements:
        findings.append(
            Diagnostic(
                Code.STATEMENT_UNKNOWN,
                f"{shown(home)} holds no statement",
                None,
                "A statement is a YAML file; docs/evidence.md shows one.",
            )
        )
    if findings:
        raise RequestError(dict.fromkeys(findings))
    return tuple(statements)


def _claims(science: Path) -> frozenset[str]:
    """Return the ids of all claims: reading them takes seconds, so only where one is named."""
    from acinus.calibration.statement import Statement
    from acinus.evidence.claim_files import find_claims

    return frozenset(claim.id for claim in find_claims([science / "claims"]) if isinstance(claim, Statement))


def _read(
    node: Node, references: Mapping[str, Any], claims: Iterable[str] | None, findings: list[Diagnostic]
) -> HealthStatement:
    name = node["id"].plain() if "id" in node else "?"
    entry = _Part(node, f"the statement `{name}`", findings)
    entry.only(*_KEYS)
    certainty = entry.part("certainty")
    certainty.only("level", "because")
    check = entry.part("check")
    check.only(*_CHECKS)
    verdict, when = _verdicts(entry, check)
    sources = entry.texts("sources", needed=True)
    for child in entry.children("sources"):
        if child.value not in references:
            entry.refuse(
                f"`{child.value}` is not in references.bib",
                child.place,
                "",
                nearest(str(child.value), references) or "Add the entry, with its DOI or PMID.",
                Code.STATEMENT_SOURCE,
            )
    if not sources:
        entry.refuse(f"{entry.what} has no source", node.place, "", "Name one.", Code.STATEMENT_SOURCE)
    for child in check.children("claims"):
        if claims is not None and child.value not in claims:
            entry.refuse(
                f"there is no claim `{child.value}`",
                child.place,
                "",
                nearest(str(child.value), claims),
                Code.STATEMENT_CHECK,
            )
    statement = HealthStatement(
        id=entry.word("id"),
        article=entry.choice("article", ("A", "B")) or "",
        kind=entry.choice("kind", KINDS) or "",
        title=entry.word("title"),
        statement=entry.word("statement"),
        known=entry.word("known"),
        sources=sources,
        certainty=certainty.choice("level", LEVELS) or "",
        because=certainty.texts("because", needed=True),
        verdict=verdict,
        unmoved=entry.text("unmoved") or "",
        when=when,
        would_change=entry.word("would_change"),
        place=node.place,
        claims=check.texts("claims"),
        survey=tuple(filter(None, (_survey(child, findings) for child in check.children("survey")))),
        arithmetic=tuple(filter(None, (_sum(child, findings) for child in check.children("arithmetic")))),
        mechanism=_mechanism(check),
        unchecked=check.text("none") or "",
        warning=entry.text("warning") or "",
        references={key: references[key] for key in sources if key in references},
    )
    if bool(statement.unchecked) == any(key in check.node for key in _CHECKS if key != "none"):
        check.refuse(
            f"`check` of {entry.what} should hold a check, or `none` with the reason", check.node.place
        )
    return statement


def _verdicts(entry: _Part, check: _Part) -> tuple[str | None, dict[str, str]]:
    """Return the typed verdict and those written for results; exactly one of them is there."""
    typed = entry.choice("verdict", VERDICTS) if "verdict" in entry.node else None
    when: dict[str, str] = {}
    written = entry.get("when")
    if written is not None:
        part = _Part(written, f"`when` of {entry.what}", entry.findings)
        part.only(*_MOVED_BY)
        when = {key: part.choice(key, VERDICTS) or "" for key in _MOVED_BY if key in written}
        for key in ("passed", "failed"):
            part.need(key)
        parts = sum(len(check.children(key)) for key in ("claims", "survey", "arithmetic"))
        if parts + ("mechanism" in check.node) > 1:
            part.need("mixed")
        if len(set(when.values())) == 1:
            entry.refuse(
                f"no result moves the verdict of {entry.what}",
                written.place,
                "The same verdict is written for every result.",
                "Write `verdict:` and in `unmoved:` why.",
            )
    if (typed is None) == (written is None):
        entry.refuse(
            f"{entry.what} needs either `verdict` or `when`",
            entry.node.place,
            "A verdict that a check can move is computed; the rest is typed.",
        )
    if typed is not None and "none" not in check.node and "unmoved" not in entry.node:
        entry.refuse(
            f"the verdict of {entry.what} is typed although it has a check",
            entry.node.place,
            "",
            "Write `when:` with a verdict for each result, or `unmoved:` with the reason.",
        )
    return typed, when


def _survey(node: Node, findings: list[Diagnostic]) -> SurveyCheck | None:
    entry = _Part(node, "the survey check", findings)
    entry.only("estimate", *_SURVEY_TESTS)
    tests = [test for test in _SURVEY_TESTS if test in node]
    if len(tests) != 1:
        entry.refuse(f"{entry.what} needs one of {', '.join(_SURVEY_TESTS)}", node.place)
        return None
    limit = entry.number(tests[0], needed=True)
    return None if limit is None else SurveyCheck(entry.word("estimate"), tests[0], limit)


def _sum(node: Node, findings: list[Diagnostic]) -> Sum | None:
    entry = _Part(node, "the arithmetic", findings)
    entry.only("words", *OPERATIONS, *COMPARISONS)
    operations = [name for name in OPERATIONS if name in node]
    comparisons = [name for name in COMPARISONS if name in node]
    if len(operations) != 1 or len(comparisons) != 1:
        entry.refuse(
            f"{entry.what} needs one operation and one comparison",
            node.place,
            f"Operations: {', '.join(OPERATIONS)}. Comparisons: {', '.join(COMPARISONS)}.",
        )
        return None
    limit = node[comparisons[0]]
    limits = tuple(limit) if isinstance(limit.value, list) else (limit,)
    formula = Node({operations[0]: node[operations[0]]}, node.place)
    found = Sum(entry.word("words"), formula, comparisons[0], limits)
    try:
        found.settle()
    except (ValueError, ZeroDivisionError) as error:
        entry.refuse(f"{entry.what} cannot be done: {error}", node.place, code=Code.STATEMENT_CHECK)
        return None
    return found


def _mechanism(check: _Part) -> MechanismCheck | None:
    if "mechanism" not in check.node:
        return None
    part = check.part("mechanism")
    part.only("run", "at_most")
    run, limit = part.choice("run", _RUNS), part.number("at_most", needed=True)
    return None if run is None or limit is None else MechanismCheck(run, limit)


class _Part(Entry):
    """A mapping of a statement's file; its faults carry the codes of statements."""

    def __init__(self, node: Node, what: str, findings: list[Diagnostic]) -> None:
        super().__init__(node, what, findings, key=Code.STATEMENT_KEY, value=Code.STATEMENT_VALUE)

    def word(self, key: str) -> str:
        return self.text(key, needed=True) or ""

    def part(self, key: str) -> _Part:
        return _Part(self.need(key) or Node({}, self.node.place), f"`{key}` of {self.what}", self.findings)

    def children(self, key: str) -> tuple[Node, ...]:
        child = self.get(key)
        if child is None:
            return ()
        return tuple(child) if isinstance(child.value, list) else (child,)
