"""Measured points: rows of a CSV file picked by series and observable, each with its unit and basis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from acinus.documents import read_csv
from acinus.errors import Code, Diagnostic, Place, nearest
from acinus.units import convert, registry, same_dimension, unit_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from acinus.documents import Row

__all__ = ["COLUMNS", "ITSELF", "Constants", "Points", "read_points"]

ITSELF = "itself"
COLUMNS = ("time", "time_unit", "value", "unit", "series", "observable", "basis")


class Constants(Protocol):
    """The part of a model that conversions need."""

    def constant(self, symbol_id: str, /) -> tuple[float, str]:
        """Return a constant's value and unit."""
        ...


@dataclass(frozen=True, eq=False)
class Points:
    """Measured points as they stand in the file.

    Attributes
    ----------
    time : (N,) array, h
        Increasing.
    value : (N,) array
        As written, each in its own unit.
    unit : tuple of N str
    basis : tuple of N str
        What a mass is a mass of: ``itself``, or the name of another molecule as whose equivalent it stands.
    place : tuple of N Place
    """

    time: NDArray[np.float64]
    value: NDArray[np.float64]
    unit: tuple[str, ...]
    basis: tuple[str, ...]
    place: tuple[Place, ...]

    def within(self, start: float, end: float) -> Points:
        """Return the points from `start` to `end`, h, both included."""
        keep = [i for i, t in enumerate(self.time) if start <= t <= end]
        return Points(
            self.time[keep],
            self.value[keep],
            tuple(self.unit[i] for i in keep),
            tuple(self.basis[i] for i in keep),
            tuple(self.place[i] for i in keep),
        )

    def to(
        self, unit: str, molar_mass: Mapping[str, str], constants: Constants, findings: list[Diagnostic]
    ) -> NDArray[np.float64] | None:
        """Return the values in another unit, of the molecule itself; None and findings if that is impossible.

        Parameters
        ----------
        unit : str
            The unit of the prediction.
        molar_mass : mapping of str to str
            Basis (``itself``, ``acetaminophen`` ...) -> id of the constant that is its molar mass.
        constants : Constants
            Where those ids are looked up; a `Model`.
        findings : list of Diagnostic
            AC906 for a basis without molar mass or for units that do not measure the same.
        """
        factors: dict[tuple[str, str], float] = {}
        for row_unit, basis, place in zip(self.unit, self.basis, self.place, strict=True):
            if (row_unit, basis) not in factors:
                try:
                    factors[row_unit, basis] = _factor(row_unit, basis, unit, molar_mass, constants)
                except ValueError as error:
                    findings.append(
                        Diagnostic(
                            Code.CLAIM_BASIS,
                            str(error),
                            place,
                            f"The prediction is in `{unit}`, of the molecule itself.",
                            "Name molar masses: `molar_mass: {itself: ag_molar_mass, acetaminophen: ...}`.",
                        )
                    )
                    factors[row_unit, basis] = math.nan
        if any(math.isnan(factor) for factor in factors.values()):
            return None
        return self.value * np.array([factors[key] for key in zip(self.unit, self.basis, strict=True)])


def _factor(unit: str, basis: str, target: str, molar_mass: Mapping[str, str], constants: Constants) -> float:
    def mass(name: str) -> float:
        if name not in molar_mass:
            raise ValueError(f"no molar mass is named for the basis `{name}`")
        value, mass_unit = constants.constant(molar_mass[name])
        return convert(value, mass_unit, "g/mol")

    is_mass = "[mass]" in unit_of(unit).dimensionality
    if same_dimension(unit, target):
        factor = convert(1.0, unit, target)
        # Equivalents matter for masses only: a mole of conjugate holds a mole of what it was made from.
        return factor * mass(ITSELF) / mass(basis) if is_mass and basis != ITSELF else factor
    units = registry()
    given = units.Quantity(1.0, unit_of(unit))
    grams_per_mole = units.Quantity(mass(basis if is_mass else ITSELF), units.Unit("g/mol"))
    moved = given / grams_per_mole if is_mass else given * grams_per_mole
    if moved.dimensionality != unit_of(target).dimensionality:
        raise ValueError(f"`{unit}` cannot be turned into `{target}`")
    return float(moved.to(unit_of(target)).magnitude)  # type: ignore[arg-type]


def read_points(
    path: Path,
    *,
    series: str | None,
    observable: str | None,
    columns: Mapping[str, str],
    units: Mapping[str, str],
    place: Place,
    findings: list[Diagnostic],
) -> Points | None:
    """Return the points of one series and observable of a CSV file, sorted by time.

    Parameters
    ----------
    path : Path
    series, observable : str or None
        Rows are picked by these cells; None takes every row.
    columns : mapping of str to str
        Names of columns that are not called `COLUMNS`: ``{"time": "t"}``.
    units : mapping of str to str
        ``time`` and ``value`` units for a file that has no columns for them.
    place : Place
        Where the data are asked for.
    findings : list of Diagnostic
        AC905 for cells that are no numbers, for unknown series and for no points at all.

    Returns
    -------
    Points or None
    """
    name = {column: columns.get(column, column) for column in COLUMNS}
    required = [name["time"], name["value"]]
    required += [name["time_unit"]] if "time" not in units else []
    required += [name["unit"]] if "value" not in units else []
    required += [name["series"]] if series is not None else []
    required += [name["observable"]] if observable is not None else []
    rows = read_csv(path, tuple(required))
    for wanted, column in ((series, name["series"]), (observable, name["observable"])):
        if wanted is None:
            continue
        known = dict.fromkeys(row[column] for row in rows)
        if wanted not in known:
            findings.append(
                Diagnostic(
                    Code.CLAIM_DATA,
                    f"no row of {path.name} has the {column} `{wanted}`",
                    place,
                    f"It has {', '.join(known) or 'no rows'}.",
                    nearest(wanted, known),
                )
            )
            return None
    picked = [
        row
        for row in rows
        if (series is None or row[name["series"]] == series)
        and (observable is None or row[name["observable"]] == observable)
    ]
    before = len(findings)
    points = [_point(row, name, units, findings) for row in picked]
    if len(findings) > before:
        return None
    if not points:
        findings.append(Diagnostic(Code.CLAIM_DATA, f"{path.name} has no such points", place))
        return None
    points.sort(key=lambda point: point[0])
    return Points(
        np.array([p[0] for p in points]),
        np.array([p[1] for p in points]),
        tuple(p[2] for p in points),
        tuple(p[3] for p in points),
        tuple(p[4] for p in points),
    )


def _point(
    row: Row, name: Mapping[str, str], units: Mapping[str, str], findings: list[Diagnostic]
) -> tuple[float, float, str, str, Place]:
    numbers = []
    for column in ("time", "value"):
        text = row[name[column]]
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            findings.append(
                Diagnostic(
                    Code.CLAIM_DATA,
                    f"`{text}` is not a number",
                    row.place(name[column]),
                    "",
                    "Leave out points that were not measured; write 0 for those below detection.",
                )
            )
        numbers.append(number)
    time_unit = units.get("time") or row[name["time_unit"]]
    unit = units.get("value") or row[name["unit"]]
    time = math.nan
    try:
        time = convert(numbers[0], time_unit, "h")
        unit_of(unit)
    except ValueError as error:
        findings.append(
            Diagnostic(
                Code.CLAIM_DATA,
                str(error),
                row.place(name["unit"]),
                "",
                "Write units such as `h` and `mg/L`.",
            )
        )
    basis = row.cells.get(name["basis"], "") or ITSELF
    return time, numbers[1], unit, basis, row.place(name["value"])
