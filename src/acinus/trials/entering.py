"""Who enters a trial: rules on columns, and on what a blood test of the untreated would show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.entry import Entry
from acinus.documents import Node
from acinus.errors import Code
from acinus.population.plausibility import Rule, read_rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from acinus.errors import Diagnostic
    from acinus.trials.answers import Answers

__all__ = ["Criterion", "Screening", "eligible", "read_criteria", "screen"]


@dataclass(frozen=True, eq=False)
class Criterion:
    """One condition of entry: a rule on a column, or an endpoint that answers yes or no.

    Attributes
    ----------
    words : str
        As a reader says it.
    rule : Rule or None
    endpoint : Node or None
        Read on the individual's own course in the arm of reference. One of the two.
    """

    words: str
    rule: Rule | None
    endpoint: Node | None


@dataclass(frozen=True)
class Screening:
    """Everyone who was screened: ``n_in = n_ok + n_failed`` and ``n_ok = n_entered + sum(n_not_entered)``.

    Attributes
    ----------
    n_in : int
        Screened.
    n_failed : int
        Whose untreated course did not finish, so that nobody knows whether they would have entered.
    n_entered : int
    n_not_entered : mapping from the words of a criterion to int
        Those who met the criteria before it and not this one; rules on columns come before what is read off a course.
    n_implausible : int
        Left out by rules of the population before screening.
    """

    n_in: int
    n_failed: int
    n_entered: int
    n_not_entered: Mapping[str, int]
    n_implausible: int = 0

    @property
    def n_ok(self) -> int:
        """Of whom it is known whether they enter."""
        return self.n_in - self.n_failed


def eligible(
    criteria: Sequence[Criterion], columns: Mapping[str, NDArray[np.float64]], n: int
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Return who meets the rules on columns, (n,), and how many fail which first; nobody has to be simulated for it."""
    inside = np.ones(n, dtype=bool)
    out = dict.fromkeys((criterion.words for criterion in criteria), 0)
    for criterion in criteria:
        if criterion.rule is not None:
            meets = criterion.rule.holds(columns)
            out[criterion.words] = int((inside & ~meets).sum())
            inside &= meets
    return inside, out


def screen(
    criteria: Sequence[Criterion], answers: Answers, out: Mapping[str, int]
) -> tuple[NDArray[np.bool_], Screening]:
    """Return who of the eligible enters, (B,), and the count of everyone else by the first criterion not met.

    Parameters
    ----------
    criteria : sequence of Criterion
    answers : Answers
        Of the eligible in the arm of reference; no reading counts as a criterion not met.
    out : mapping from the words of a criterion to int
        Those who were not eligible.
    """
    inside = answers.ok.copy()
    failed = int(inside.size - inside.sum())
    found = dict(out)
    for criterion in criteria:
        if criterion.endpoint is not None:
            meets = answers[criterion.endpoint].values == 1.0
            found[criterion.words] += int((inside & ~meets).sum())
            inside &= meets
    total = int(inside.size) + sum(out.values())
    return inside, Screening(total, failed, int(inside.sum()), found)


def read_criteria(
    node: Node | None, units: Mapping[str, str], findings: list[Diagnostic]
) -> tuple[Criterion, ...]:
    """Return the criteria of a list: sentences on columns, names of endpoints, blood tests, or endpoints.

    A blood test is ``{of: apap_mg_pla, at: 4 h, above: 150 mg/L}``, or ``above_line`` with a line of the nomogram.
    """
    if node is None:
        return ()
    found: list[Criterion] = []
    for item in node if isinstance(node.value, list) else (node,):
        criterion = _criterion(item, units, findings)
        if criterion is not None:
            found.append(criterion)
    return tuple(found)


def _criterion(item: Node, units: Mapping[str, str], findings: list[Diagnostic]) -> Criterion | None:
    if isinstance(item.value, str):
        if " " in item.value.strip():
            return Criterion(item.value, read_rule(item.value, units, item.place), None)
        return Criterion(item.value.replace("_", " "), None, item)
    if "measure" in item or any(key in item for key in ("all", "any")):
        name = item.get("name")
        return Criterion(str(name.value) if name is not None else str(item.plain()), None, item)
    return _blood_test(item, findings)


def _blood_test(item: Node, findings: list[Diagnostic]) -> Criterion | None:
    entry = Entry(item, "a criterion", findings, key=Code.TRIAL_KEY, value=Code.TRIAL_VALUE)
    entry.only("of", "at", "above", "below", "above_line", "name")
    of, at = entry.need("of"), entry.need("at")
    levels = [key for key in ("above", "below", "above_line") if entry.get(key) is not None]
    if len(levels) != 1:
        entry.refuse(
            f"a blood test has one of `above`, `below` and `above_line`, not {len(levels)}",
            item.place,
            "",
            "Write `{of: apap_mg_pla, at: 4 h, above_line: nomogram_line_200}`.",
        )
    if of is None or at is None or len(levels) != 1:
        return None
    word = levels[0]
    level = item[word]
    place = item.place
    read: dict[str, Node] = {"measure": Node("at", place), "of": of, "at": at}
    if word == "above_line":
        read["measure"] = Node("nomogram_equivalent", place)
        for key in ("half_life", "reference_time", "last_time"):
            read[key] = Node(f"nomogram_{key}", place)
    compared = {
        "measure": Node("falls_below" if word == "below" else "exceeds", place),
        "endpoint": Node(read, place),
        "level": level,
    }
    words = entry.text("name") or f"{of.plain()} {word.replace('_', ' ')} {level.plain()} at {at.plain()}"
    return Criterion(words, None, Node(compared, place))
