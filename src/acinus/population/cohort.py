"""Cohorts: a CSV or Parquet table of people, one a row, each column named with its unit."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.documents import read_csv, shown
from acinus.errors import Code, Diagnostic, Place, PopulationError, nearest
from acinus.population.csv_table import CsvTable
from acinus.population.individuals import Individuals, may_differ
from acinus.population.parquet_table import PARQUET, ParquetTable, write_parquet
from acinus.units import convert, same_dimension

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from acinus.model.record import Model

__all__ = ["read_cohort", "write_cohort"]

_HEADER = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*(?:\[(?P<unit>[^\]]*)\])?$")


def read_cohort(path: str | Path, model: Model) -> Individuals:
    """Return the individuals of a CSV or a Parquet file.

    Parameters
    ----------
    path : str or Path
        Header ``id, BW [kg], dose [g], ...``: the unit stands in brackets, none for a pure number. Units may stand
        instead in a file beside it, ``cohort.units.csv`` for ``cohort.csv`` or ``cohort.parquet``, with the columns
        ``column`` and ``unit``. A column named like a parameter of the model is converted to its unit; any other is
        free for use as ``$dose`` in a protocol. Without a column ``id``, people are numbered from 0.
    model : Model

    Returns
    -------
    Individuals

    Raises
    ------
    PopulationError
        AC805 for units, AC808 for cells that are not numbers, empty tables, ids that stand twice.
    ModelTextError
        AC101, AC102 if the file is missing, is no Parquet, or its lines have different numbers of cells.
    """
    file = Path(path)
    table: CsvTable | ParquetTable = (
        ParquetTable.read(file) if file.suffix == PARQUET else CsvTable.read(file)
    )
    findings: list[Diagnostic] = []
    if len(table) == 0:
        findings.append(
            Diagnostic(
                Code.COHORT_TABLE,
                "the table has no individuals",
                Place(shown(file)),
                "",
                "Add a line for each.",
            )
        )
    headers = table.headers if len(table) > 0 else ()
    columns: dict[str, np.ndarray] = {}
    units: dict[str, str] = {}
    beside = _units_beside(file, headers, findings)
    for header in headers:
        if header == "id":
            continue
        named = _name_and_unit(
            f"{header} [{beside[header]}]" if header in beside else header, file, model, findings
        )
        values = table.numbers(header, findings)
        if named is not None and named[0] in columns:
            findings.append(
                Diagnostic(
                    Code.COHORT_TABLE,
                    f"the column `{named[0]}` stands twice",
                    Place(shown(file), 1),
                    "It is written with two units.",
                    "Keep one of them.",
                )
            )
        elif named is not None:
            name, written, unit = named
            columns[name] = values * convert(1.0, written, unit)
            units[name] = unit
    ids = table.ids(findings)
    if findings:
        raise PopulationError(findings)
    return Individuals(ids, columns, units, f"cohort {file.name}")


def write_cohort(individuals: Individuals, path: str | Path) -> None:
    """Write individuals as a CSV or Parquet file that `read_cohort` reads back with the same numbers."""
    headers = [
        name if individuals.units[name] == "dimensionless" else f"{name} [{individuals.units[name]}]"
        for name in individuals.columns
    ]
    if Path(path).suffix == PARQUET:
        table = dict(zip(headers, individuals.columns.values(), strict=True))
        write_parquet({"id": individuals.ids, **table}, Path(path))
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", *headers])
    table = [values.tolist() for values in individuals.columns.values()]
    writer.writerows(
        [name, *(repr(column[k]) for column in table)] for k, name in enumerate(individuals.ids.tolist())
    )
    Path(path).write_text(text.getvalue(), encoding="utf-8")


def _units_beside(file: Path, headers: Sequence[str], findings: list[Diagnostic]) -> dict[str, str]:
    """Return units from the file beside a table, by column; none if there is no such file."""
    path = file.with_suffix(".units.csv")
    if not path.is_file() or not headers:
        return {}
    found: dict[str, str] = {}
    for row in read_csv(path, ("column", "unit")):
        column = row["column"]
        if column in headers and column not in found and "[" not in column:
            found[column] = row["unit"]
            continue
        findings.append(
            Diagnostic(
                Code.COHORT_TABLE,
                f"`{column}` stands twice" if column in found else f"the table has no column `{column}`",
                row.place("column"),
                "Units beside a table are for columns without one of their own.",
                nearest(column, headers) or "Remove the line.",
            )
        )
    return found


def _name_and_unit(
    header: str, file: Path, model: Model, findings: list[Diagnostic]
) -> tuple[str, str, str] | None:
    """Return a column's name, the unit it is written in and the unit it is kept in."""
    place = Place(shown(file), 1)
    found = _HEADER.match(header)
    if found is None:
        findings.append(
            Diagnostic(
                Code.COHORT_TABLE,
                f"`{header}` is not the name of a column",
                place,
                "",
                "Write a name and its unit in brackets, such as `dose [g]`.",
            )
        )
        return None
    name, written = found["name"], (found["unit"] or "dimensionless").strip()
    known = name in model.symbols or name in model.cards
    symbol = model.symbols.get(name)
    if known and (not may_differ(symbol)):
        findings.append(
            Diagnostic(
                Code.PARAMETER_NOT_VARIED,
                f"`{name}` is not a parameter that an individual may have",
                place,
                "The model computes it, or does not use it.",
                "Rename the column.",
            )
        )
        return None
    unit = model.constant(name)[1] if known else written
    try:
        fits = same_dimension(written, unit)
    except ValueError:
        findings.append(
            Diagnostic(
                Code.POPULATION_UNIT, f"`{written}` is not a unit", place, "", f"Write `{name} [{unit}]`."
            )
        )
        return None
    if not fits:
        findings.append(
            Diagnostic(
                Code.POPULATION_UNIT,
                f"`{name}` is in `{unit}` in the model, and in `{written}` here",
                place,
                "The two do not measure the same thing.",
                f"Write `{name} [{unit}]`.",
            )
        )
        return None
    return name, written, unit
