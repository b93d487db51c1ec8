"""The tables of biology/: every number once, and every id's full name.

In: a biology folder. Out: `Tables` and what is wrong with single rows (AC112 to AC123, AC134). Knows what a
row must say; does not know which rows a model needs.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.documents import Row, read_csv
from acinus.errors import Code, Diagnostic, ModelTextError, nearest
from acinus.model.record import Card
from acinus.units import unit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Wrong = Callable[..., None]  # says code, what, column, why and remedy of something wrong with a row

__all__ = ["DISTRIBUTIONS", "GRADES", "Entry", "Tables", "read_rows", "read_tables"]

GRADES = ("measured_human", "measured_animal", "in_vitro", "fitted", "inferred", "assumed")
DISTRIBUTIONS = ("fixed", "lognormal", "normal", "uniform")
KINDS = ("species", "amount", "variable", "compartment", "reaction")

_COLUMNS = ("id", "value", "unit", "distribution", "cv", "low", "high", "grade", "source", "note")
_VOCABULARY_COLUMNS = ("id", "name", "unit", "kind", "ontology", "moiety")

_ID = re.compile(r"[A-Za-z_]\w*$")
_CURIE = re.compile(r"[A-Za-z][\w.]*:[\w.:-]+$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of `vocabulary.csv`: full name, unit, kind, ontology term and moieties per molecule."""

    id: str
    name: str
    unit: str
    kind: str
    ontology: str
    moiety: Mapping[str, float]
    row: Row


@dataclass(frozen=True, slots=True)
class Tables:
    """All rows of the parameter tables and of the vocabulary, and what is wrong with them."""

    cards: Mapping[str, Card]
    rows: Mapping[str, Row]
    vocabulary: Mapping[str, Entry]
    findings: tuple[Diagnostic, ...]

    @property
    def units_known(self) -> bool:
        """Return whether every row has a unit, so that checking formulas makes sense."""
        return not any(f.code in (Code.UNIT_MISSING, Code.UNIT_UNKNOWN) for f in self.findings)


def read_tables(biology: Path) -> Tables:
    """Return the parameter tables and the vocabulary of a biology folder.

    Raises nothing for a bad row: the findings say what is wrong with it. A missing or unreadable file is a
    finding too (AC101, AC102).
    """
    cards, rows, findings = read_rows(biology / "parameters")
    vocabulary, wrong = _vocabulary(biology / "vocabulary.csv", rows)
    return Tables(cards, rows, vocabulary, (*findings, *wrong))


def read_rows(folder: Path) -> tuple[dict[str, Card], dict[str, Row], list[Diagnostic]]:
    """Return cards and rows of the CSV files right inside a folder by id, and what is wrong with them."""
    findings: list[Diagnostic] = []
    cards: dict[str, Card] = {}
    rows: dict[str, Row] = {}
    for path in sorted(folder.glob("*.csv")):
        try:
            table = read_csv(path, _COLUMNS)
        except ModelTextError as error:
            findings += error.diagnostics
            continue
        for row in table:
            identifier = row["id"]
            if identifier in rows:
                findings.append(_twice(row, rows[identifier]))
                continue
            if not _ID.match(identifier):
                findings.append(
                    Diagnostic(
                        Code.NOT_READABLE,
                        f"`{identifier}` cannot be an id",
                        row.place("id"),
                        "",
                        "Use letters, digits and `_`.",
                    )
                )
                continue
            rows[identifier] = row
            card, wrong = _card(row)
            findings += wrong
            cards[identifier] = card
    return cards, rows, findings


def _twice(row: Row, before: Row) -> Diagnostic:
    return Diagnostic(
        Code.DUPLICATE_ROW,
        f"`{row['id']}` stands in the tables twice",
        row.place("id"),
        f"It stands at {before.place('id')} already, and only one of the two would count.",
        "Keep one of them.",
    )


def _card(row: Row) -> tuple[Card, list[Diagnostic]]:
    findings: list[Diagnostic] = []
    name = row["id"]

    def wrong(code: Code, what: str, column: str, why: str = "", remedy: str = "") -> None:
        findings.append(Diagnostic(code, what, row.place(column), why, remedy))

    def number(column: str) -> float | None:
        if not row[column]:
            return None
        try:
            value = float(row[column])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            wrong(
                Code.VALUE_NOT_FINITE,
                f"`{name}`: {column} `{row[column]}` is not a finite number",
                column,
                "",
                "Write a plain number such as 0.25 or 1.2e-3.",
            )
        return value

    value = number("value")
    if value is None:
        wrong(
            Code.VALUE_NOT_FINITE,
            f"`{name}` has no value",
            "id",
            "",
            "Write a plain number such as 0.25 or 1.2e-3.",
        )
        value = math.nan
    low, high, cv = number("low"), number("high"), number("cv")
    unit = _check_unit(row, wrong)
    _check_spread(row, value, low, high, cv, wrong)
    _check_evidence(row, wrong)
    card = Card(
        id=name,
        value=value,
        unit=unit,
        distribution=row["distribution"] or "fixed",
        cv=cv,
        low=low,
        high=high,
        grade=row["grade"],
        source=row["source"],
        note=row["note"],
        place=row.place("id"),
    )
    return card, findings


def _check_unit(row: Row, wrong: Wrong) -> str:
    """Return the unit of a row; `dimensionless` stands in for one that is refused."""
    if not row["unit"]:
        wrong(
            Code.UNIT_MISSING,
            f"`{row['id']}` has no unit",
            "id",
            "A number without a unit cannot be checked.",
            "Write its unit, or `dimensionless`.",
        )
        return "dimensionless"
    try:
        unit_of(row["unit"])
    except ValueError:
        wrong(
            Code.UNIT_UNKNOWN,
            f"`{row['id']}`: `{row['unit']}` is not a unit",
            "unit",
            "",
            "Spell it as in `mmol/L/h`, `1/h`, `U/L`, `kg` or `dimensionless`.",
        )
        return "dimensionless"
    return row["unit"]


def _check_spread(
    row: Row, value: float, low: float | None, high: float | None, cv: float | None, wrong: Wrong
) -> None:
    name, kind = row["id"], row["distribution"] or "fixed"
    if kind not in DISTRIBUTIONS:
        wrong(
            Code.SPREAD_INCOMPLETE,
            f"`{name}`: `{kind}` is not a distribution",
            "distribution",
            f"There are {', '.join(DISTRIBUTIONS)}.",
            nearest(kind, DISTRIBUTIONS),
        )
    if kind in ("lognormal", "normal") and cv is None:
        wrong(
            Code.SPREAD_INCOMPLETE,
            f"`{name}` is {kind} but has no cv",
            "distribution",
            "How much it differs between people is not said.",
            "Give the coefficient of variation, or write `fixed`.",
        )
    if cv is not None and math.isfinite(cv) and cv < 0:
        wrong(
            Code.SPREAD_INCOMPLETE,
            f"`{name}`: a cv of {cv:g}",
            "cv",
            "A spread is not negative.",
            "Give its size.",
        )
    if kind == "uniform" and (low is None or high is None):
        wrong(
            Code.SPREAD_INCOMPLETE,
            f"`{name}` is uniform but has no low and high",
            "distribution",
            "",
            "Give both bounds.",
        )
    if not math.isfinite(value):
        return
    if (
        (low is not None and value < low)
        or (high is not None and value > high)
        or (low or 0) > (high if high is not None else math.inf)
    ):
        bounds = f"{'-inf' if low is None else f'{low:g}'} to {'inf' if high is None else f'{high:g}'}"
        wrong(
            Code.VALUE_OUT_OF_BOUNDS,
            f"`{name}`: {value:g} is not inside its bounds, {bounds}",
            "value",
            "",
            "Correct the value or the bounds.",
        )


def _check_evidence(row: Row, wrong: Wrong) -> None:
    name, grade = row["id"], row["grade"]
    if grade not in GRADES:
        wrong(
            Code.GRADE_UNKNOWN,
            f"`{name}`: `{grade}` is not a grade" if grade else f"`{name}` has no grade",
            "grade" if grade else "id",
            f"There are {', '.join(GRADES)}.",
            nearest(grade, GRADES) or "Say how the number is known.",
        )
        return
    if grade == "assumed":
        if not row["note"]:
            wrong(
                Code.ASSUMED_WITHOUT_NOTE,
                f"`{name}` is assumed, and no note says why",
                "grade",
                "An assumption has to be open to argument.",
                "Write the reason into the column `note`.",
            )
    elif not row["source"]:
        wrong(
            Code.SOURCE_MISSING,
            f"`{name}` is {grade} but names no source",
            "grade",
            "",
            "Name a key of references.bib, or `fit:<problem>` for a fitted value.",
        )


def _vocabulary(path: Path, parameters: Mapping[str, Row]) -> tuple[dict[str, Entry], list[Diagnostic]]:
    findings: list[Diagnostic] = []
    entries: dict[str, Entry] = {}
    try:
        table = read_csv(path, _VOCABULARY_COLUMNS)
    except ModelTextError as error:
        return {}, list(error.diagnostics)
    for row in table:
        name = row["id"]
        before = entries[name].row if name in entries else parameters.get(name)
        if before is not None:
            findings.append(_twice(row, before))
            continue

        def wrong(
            code: Code, what: str, column: str, why: str = "", remedy: str = "", *, row: Row = row
        ) -> None:
            findings.append(Diagnostic(code, what, row.place(column), why, remedy))

        unit = _check_unit(row, wrong) if row["kind"] != "reaction" or row["unit"] else ""
        if row["kind"] not in KINDS:
            wrong(
                Code.VOCABULARY_ENTRY_WRONG,
                f"`{name}`: `{row['kind']}` is not a kind",
                "kind",
                f"There are {', '.join(KINDS)}.",
                nearest(row["kind"], KINDS),
            )
        if row["ontology"] and not _CURIE.match(row["ontology"]):
            wrong(
                Code.VOCABULARY_ENTRY_WRONG,
                f"`{name}`: `{row['ontology']}` is not an ontology term",
                "ontology",
                "",
                "Write prefix and number, as in `CHEBI:46195`.",
            )
        if not row["name"]:
            wrong(
                Code.VOCABULARY_ENTRY_WRONG,
                f"`{name}` has no full name",
                "id",
                "",
                "Say in words what it is.",
            )
        moiety, good = _moiety(row["moiety"])
        if not good:
            wrong(
                Code.VOCABULARY_ENTRY_WRONG,
                f"`{name}`: `{row['moiety']}` is not a list of moieties",
                "moiety",
                "",
                "Write `apap:1` or `apap:1;sulfur:1`.",
            )
        entries[name] = Entry(name, row["name"], unit, row["kind"], row["ontology"], moiety, row)
    return entries, findings


def _moiety(text: str) -> tuple[dict[str, float], bool]:
    out: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        name, _, count = part.partition(":")
        try:
            out[name.strip()] = float(count)
        except ValueError:
            return out, False
    return out, True
