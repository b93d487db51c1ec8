"""What this room needs to know of a run: times, curves, doses, who finished, and the units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Run", "RunModel", "RunSymbol"]


class RunSymbol(Protocol):
    """One id of a model: its unit, and how many molecules of each moiety one of its molecules contains."""

    @property
    def unit(self) -> str:
        """Unit of its values."""
        ...

    @property
    def moiety(self) -> Mapping[str, float]:
        """Molecules of each moiety in one of its molecules."""
        ...


class RunModel(Protocol):
    """The part of a model that endpoints read: units of its ids, and its constants."""

    @property
    def biology(self) -> Path | None:
        """Folder of the model's text."""
        ...

    def symbol(self, symbol_id: str, /) -> RunSymbol:
        """Return what is known of an id, or raise with the nearest ids."""
        ...

    def zone_ids(self, local: str, /) -> tuple[str, ...]:
        """Return the ids of a quantity in every zone, portal first."""
        ...

    def constant(self, symbol_id: str, /) -> tuple[float, str]:
        """Return a constant's value and unit, or raise with the nearest ids."""
        ...


class Run(Protocol):
    """Trajectories as endpoints see them. `acinus.simulation.Trajectories` is one."""

    @property
    def time(self) -> NDArray[np.float64]:
        """Sampling times, (T,) h."""
        ...

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Who finished, (B,)."""
        ...

    @property
    def columns(self) -> Mapping[str, NDArray[np.float64]]:
        """The table of individuals that was simulated, (B,) by column."""
        ...

    @property
    def column_units(self) -> Mapping[str, str]:
        """Units of those columns."""
        ...

    @property
    def model(self) -> RunModel:
        """What the run was simulated with."""
        ...

    def __getitem__(self, symbol_id: str, /) -> NDArray[np.float64]:
        """Return one id's curves, (B, T) in the unit of its symbol."""
        ...

    def zones(self, symbol_id: str, /) -> NDArray[np.float64]:
        """Return the curves of a zonal id, (B, T, Z), portal first."""
        ...

    def dosed(self, substance: str, /) -> NDArray[np.float64]:
        """Return the amount of a substance given so far, (B, T) mmol."""
        ...

    def dosed_per_weight(self, substance: str, /) -> NDArray[np.float64]:
        """Return the amount of a substance given so far per body weight, (B, T) mg/kg."""
        ...

    def time_given(self, substance: str, /) -> NDArray[np.float64]:
        """Return the time from the first dose of a substance to the end of its last, (B,) h."""
        ...
