"""The table of individuals: who they are, and the values in which they differ.

In: nothing (one individual), a mapping from column to numbers, or any table with `ids` and `columns`. Out: `People`.
Never knows where the numbers were drawn from.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from acinus.errors import Code, Diagnostic, ProtocolError, nearest
from acinus.units import Quantity, convert

if typing.TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Individuals", "People", "people_of"]


@typing.runtime_checkable
class Individuals(typing.Protocol):
    """Any table of individuals; one with `units` (column to unit) has its columns converted."""

    @property
    def ids(self) -> Sequence[typing.Any] | NDArray[typing.Any]:
        """Return the (n,) names of the individuals."""
        ...

    @property
    def columns(self) -> Mapping[str, ArrayLike]:
        """Return the (n,) values by column."""
        ...


@dataclass(frozen=True, eq=False)
class People:
    """Individuals with numeric columns.

    Attributes
    ----------
    ids : (B,) array
    columns : mapping from name to (B,) array
    units : mapping from name to unit
        For the columns that say; the others are in the unit of the model.
    """

    ids: NDArray[typing.Any]
    columns: Mapping[str, NDArray[np.float64]]
    units: Mapping[str, str]

    @property
    def size(self) -> int:
        """Number of individuals B."""
        return len(self.ids)

    def column(self, name: str, unit: str, what: str) -> NDArray[np.float64]:
        """Return the (B,) values of a column in a unit; AC609 if there is no such column, AC601 for a wrong unit."""
        if name not in self.columns:
            raise ProtocolError(
                Diagnostic(
                    Code.COLUMN_MISSING,
                    f"{what} is `${name}`, and the individuals have no such column of numbers",
                    None,
                    f"Their columns are {', '.join(f'`{key}`' for key in self.columns)}."
                    if self.columns
                    else "The run was given no individuals.",
                    nearest(name, self.columns) or "Give individuals with this column.",
                )
            )
        values, own = self.columns[name], self.units.get(name, unit)
        if own == unit:
            return values
        try:
            factor = convert(1.0, own, unit)
        except ValueError as error:
            raise ProtocolError(
                Diagnostic(
                    Code.UNIT_WRONG,
                    f"{what}: the column `{name}` is in `{own}`, where `{unit}` is needed",
                    None,
                    str(error),
                    "Give the column in another unit.",
                )
            ) from error
        return values * factor


def people_of(individuals: Individuals | Mapping[str, typing.Any] | None) -> People:
    """Return the table of individuals.

    Parameters
    ----------
    individuals : table, mapping or None
        None is one individual with the values of the model. A mapping gives columns: (n,) numbers in the unit of the
        model (mmol, L, h, mmol/L), or a pair of numbers and unit, such as ``([9, 20], "g")``.

    Raises
    ------
    ProtocolError
        AC609 if the columns do not have one value for each individual.
    """
    if individuals is None:
        return People(np.arange(1), {}, {})
    if isinstance(individuals, Mapping):
        given = {key: _with_unit(value) for key, value in individuals.items()}
        columns = {key: value for key, (value, _) in given.items()}
        units = {key: unit for key, (_, unit) in given.items() if unit is not None}
        sizes = {len(np.atleast_1d(np.asarray(value))) for value in columns.values()}
        ids = np.arange(max(sizes, default=1))
    else:
        columns, units = individuals.columns, dict(getattr(individuals, "units", {}) or {})
        ids = np.asarray(individuals.ids)
    findings: list[Diagnostic] = []
    found: dict[str, NDArray[np.float64]] = {}
    for key, values in columns.items():
        array = np.atleast_1d(np.asarray(values))
        if array.shape != (len(ids),):
            findings.append(
                Diagnostic(
                    Code.COLUMN_MISSING,
                    f"the column `{key}` has shape {array.shape} for {len(ids)} individuals",
                    None,
                    "",
                    "Give one value for each individual.",
                )
            )
        elif array.dtype.kind in "biuf":
            found[key] = array.astype(np.float64)
    if len(set(ids.tolist())) != len(ids):
        findings.append(
            Diagnostic(
                Code.COLUMN_MISSING,
                "two individuals have the same id",
                None,
                "Results could not be told apart.",
                "Rename one.",
            )
        )
    if len(ids) == 0:
        findings.append(
            Diagnostic(
                Code.COLUMN_MISSING,
                "the table of individuals is empty",
                None,
                "",
                "Give at least one individual.",
            )
        )
    if findings:
        raise ProtocolError(findings)
    return People(ids, found, units)


def _with_unit(value: typing.Any) -> tuple[typing.Any, str | None]:
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], str):
        return value
    if isinstance(value, Quantity):
        return value.magnitude, value.unit
    return value, None
