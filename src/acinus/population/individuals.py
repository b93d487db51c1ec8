"""The table of virtual individuals: who they are and the values in which they differ. Immutable."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.errors import Code, Diagnostic, PopulationError, nearest

if TYPE_CHECKING:
    from acinus.model.record import Symbol
    from acinus.population.plausibility import Plausibility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Individuals", "may_differ"]


def may_differ(symbol: Symbol | None) -> bool:
    """Say whether individuals may have their own value of an id: a constant of the model with a number."""
    return (
        symbol is not None
        and symbol.constant
        and symbol.value is not None
        and symbol.kind in ("parameter", "compartment")
    )


@dataclass(frozen=True, slots=True, eq=False)
class Individuals:
    """Virtual people with numbers in columns.

    Attributes
    ----------
    ids : (n,) array
        Numbers from 0 for people that were drawn; what the table says for a cohort. All different.
    columns : mapping from name to (n,) array
        Named like a parameter of the model, or freely for use as ``$name`` in a protocol. Read-only.
    units : mapping from name to unit
        A parameter's column is in the unit of the model; a free one in the unit it was written in.
    source : str
        Where they come from, for provenance: ``population overdose_presenters``.
    seed : int or None
        What the draw began with; None for a cohort.
    plausibility : Plausibility or None
        What the rules of a population made of the draw; None where there were none.
    """

    ids: NDArray[Any]
    columns: Mapping[str, NDArray[np.float64]]
    units: Mapping[str, str]
    source: str = ""
    seed: int | None = None
    plausibility: Plausibility | None = None

    def __post_init__(self) -> None:
        ids = _frozen(np.asarray(self.ids))
        columns = {
            name: _frozen(np.asarray(values, dtype=np.float64)) for name, values in self.columns.items()
        }
        problems = [
            Diagnostic(Code.COHORT_TABLE, f"`{name}` has {values.shape} values for {ids.size} individuals")
            for name, values in columns.items()
            if values.shape != (ids.size,)
        ]
        if np.unique(ids).size != ids.size:
            problems.append(
                Diagnostic(
                    Code.COHORT_TABLE,
                    "two individuals have the same id",
                    None,
                    "Their results could not be told apart.",
                    "Give every individual its own id.",
                )
            )
        if problems:
            raise PopulationError(problems)
        object.__setattr__(self, "ids", ids)
        object.__setattr__(self, "columns", MappingProxyType(columns))
        object.__setattr__(self, "units", MappingProxyType({name: self.units[name] for name in columns}))

    def __reduce__(self) -> tuple[type[Individuals], tuple[Any, ...]]:
        # Read-only mappings do not pickle; a worker process gets plain ones and freezes them again.
        return type(self), (
            self.ids,
            dict(self.columns),
            dict(self.units),
            self.source,
            self.seed,
            self.plausibility,
        )

    def __len__(self) -> int:
        return int(self.ids.size)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return one column, (n,) in its unit; AC808 with the nearest names if there is none of that name."""
        if name not in self.columns:
            raise PopulationError(
                Diagnostic(
                    Code.COHORT_TABLE,
                    f"the individuals have no column `{name}`",
                    None,
                    f"Columns: {', '.join(self.columns) or 'none'}.",
                    nearest(name, self.columns),
                )
            )
        return self.columns[name]

    def take(self, which: ArrayLike) -> Individuals:
        """Return some of them, by a mask or by positions; every one keeps its id and its values."""
        chosen = np.asarray(which)
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return Individuals(self.ids[chosen], columns, self.units, self.source, self.seed)


def _frozen(values: NDArray[Any]) -> NDArray[Any]:
    copy = np.array(values)
    copy.setflags(write=False)
    return copy
