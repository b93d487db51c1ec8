"""An endpoint that is ready to be read: ids, times and levels as numbers in known units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.endpoints.zones import join, relative_to_start
from acinus.errors import AcinusError, Code, Diagnostic, EndpointError
from acinus.units import convert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from acinus.endpoints.run import Run, RunModel
    from acinus.endpoints.specification import Endpoint

__all__ = ["Bound"]


@dataclass(frozen=True, slots=True)
class Bound:
    """An endpoint ready to be read: everything a measure needs, as numbers in known units.

    Attributes
    ----------
    endpoint : Endpoint
    of, among : tuple of str
        Ids whose curves are read.
    zones : str, int or None
        How zones are joined (see `zones.join`); None for an id that has no zones.
    relative : bool
        Whether curves are divided by their value at the start.
    curve_unit : str
        Unit of the curve that is measured.
    natural_unit, unit : str
        Unit in which the measure answers, and the one the reading is given in.
    times : mapping of str to float, h
        ``from``, ``until``, ``at``, ``ingested`` where written; ``half_life``, ``reference_time`` and
        ``last_time`` of the nomogram, and ``span``, where needed.
    at_column : str
        Column of the individuals that holds the time of reading (``at: $presentation``), else empty.
    numbers : mapping of str to float
        ``level``, ``low``, ``high`` in the unit they are compared in; ``lower``, ``upper``, ``constant`` dimensionless.
    lines : tuple of float
        Lines of the nomogram, in `curve_unit`.
    lists : mapping of str to tuple of float
        One number a curve: ``weights``, ``floors``, ``levels`` of measures of several curves.
    substance : str
        The dosed substance of measures of what was given, else empty.
    parts : tuple of Bound
    part_factors : tuple of float
        What each part is multiplied with to be in the unit of the first.
    only_if : Bound or None
    """

    endpoint: Endpoint
    of: tuple[str, ...]
    among: tuple[str, ...]
    zones: str | int | None
    relative: bool
    curve_unit: str
    natural_unit: str
    unit: str
    times: Mapping[str, float]
    at_column: str
    numbers: Mapping[str, float]
    lines: tuple[float, ...]
    lists: Mapping[str, tuple[float, ...]]
    substance: str
    parts: tuple[Bound, ...]
    part_factors: tuple[float, ...]
    only_if: Bound | None

    def curve(self, run: Run) -> NDArray[np.float64]:
        """Return the curve to be measured, over the whole run: (B, T), or (B, Z, T) for ``zones: each``."""
        if self.zones is not None:
            return join(run.zones(self.of[0]), self.zones, relative=self.relative)
        values = run[self.of[0]]
        return relative_to_start(values) if self.relative else values

    def window(self, run: Run) -> tuple[float, float]:
        """Return the start and end of the window, h: the whole run where nothing is written."""
        return self.times.get("from", float(run.time[0])), self.times.get("until", float(run.time[-1]))

    def at(self, run: Run, otherwise: float) -> float | NDArray[np.float64]:
        """Return the time of reading, h: one for all, (B,) from a column, or else `otherwise`."""
        if not self.at_column:
            return self.times.get("at", otherwise)
        unit = run.column_units.get(self.at_column, "h")
        return np.asarray(run.columns[self.at_column], dtype=np.float64) * convert(1.0, unit, "h")

    def ids(self, model: RunModel) -> frozenset[str]:
        """Return the ids whose curves are read, zone by zone, with those of all parts."""
        own = {id_ for name in (*self.of, *self.among) for id_ in self._in_zones(name, model)}
        parts = (*self.parts, *([self.only_if] if self.only_if is not None else []))
        return frozenset(own).union(*(part.ids(model) for part in parts))

    def _in_zones(self, name: str, model: RunModel) -> tuple[str, ...]:
        return (name,) if self.zones is None else model.zone_ids(name)

    def read(self, run: Run) -> NDArray[np.float64]:
        """Return the reading in `unit`: (B,), or (B, Z) for ``zones: each``; NaN where there is none."""
        try:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                values = self.endpoint.measure.take(self, run) * convert(1.0, self.natural_unit, self.unit)
        except EndpointError:
            raise
        except AcinusError as error:
            # The run knows what was not recorded or not dosed; the place in the text is known here.
            raise EndpointError(
                [
                    Diagnostic(Code.ENDPOINT_ID, d.what, self.endpoint.place, d.why, d.remedy)
                    for d in error.diagnostics
                ]
            ) from error
        finished = np.asarray(run.ok, dtype=bool)
        values = np.broadcast_to(values, (finished.size, *values.shape[1:]))
        keep = finished if self.only_if is None else finished & (self.only_if.read(run) == 1)
        return np.where(keep.reshape(-1, *[1] * (values.ndim - 1)), values, np.nan)
