"""What a run gave: values by individual and time, with units, names, status and provenance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.engine import Status
from acinus.errors import Code, Diagnostic, IntegrationError, ProtocolError, nearest
from acinus.units import convert

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray
    from numpy.typing import NDArray

    from acinus.model import Model, Symbol
    from acinus.provenance import Provenance
    from acinus.simulation.limits import Notice
    from acinus.simulation.protocol import Protocol
    from acinus.simulation.schedule import Schedule

__all__ = ["Trajectories"]


@dataclass(frozen=True, eq=False)
class Trajectories:
    """The result of a run; everyone who went in is here, finished or with the reason why not.

    Attributes
    ----------
    individuals : (B,) array
        Their ids.
    time : (T,) array, h
    ids : tuple of K str
        What was recorded.
    values : (B, T, K) array
        In the unit of each id; NaN from the first time that an individual did not reach.
    status, message : tuple of B
        How each individual ended, and the particulars where it failed.
    reached : (B,) array, h
    parameters : mapping from id to (B,) array
        The parameters whose value differs from the model's for at least one individual.
    columns, column_units : mapping
        The table of individuals, as given.
    schedule : Schedule
        What each individual was given, and when.
    protocol : Protocol
    provenance : Provenance
    model : Model
        Units, full names, ontology terms and constants are there.
    notices : tuple of Notice
        Limits that were passed, each with its source.
    """

    individuals: NDArray[Any]
    time: NDArray[np.float64]
    ids: tuple[str, ...]
    values: NDArray[np.float64] = field(repr=False)
    status: tuple[Status, ...] = field(repr=False)
    message: tuple[str, ...] = field(repr=False)
    reached: NDArray[np.float64] = field(repr=False)
    parameters: Mapping[str, NDArray[np.float64]] = field(repr=False)
    columns: Mapping[str, NDArray[np.float64]] = field(repr=False)
    column_units: Mapping[str, str] = field(repr=False)
    schedule: Schedule = field(repr=False)
    protocol: Protocol = field(repr=False)
    provenance: Provenance = field(repr=False)
    model: Model = field(repr=False)
    notices: tuple[Notice, ...] = field(default=(), repr=False)

    @cached_property
    def _place_of(self) -> dict[str, int]:
        return {key: i for i, key in enumerate(self.ids)}

    @cached_property
    def symbols(self) -> Mapping[str, Symbol]:
        """What each recorded id means: unit, full name, ontology term, zone."""
        return {key: self.model.symbol(key) for key in self.ids}

    def __getitem__(self, key: str) -> NDArray[np.float64]:
        """Return the (B, T) values of an id in its unit; `ProtocolError` AC612 with the nearest ids otherwise."""
        place = self._place_of.get(key)
        if place is not None:
            return self.values[:, :, place]
        zoned = any(s.local == key and s.zone is not None for s in self.symbols.values())
        raise ProtocolError(
            Diagnostic(
                Code.NOT_RECORDED,
                f"`{key}` was not recorded",
                None,
                "It stands in every zone." if zoned else "",
                f"`run.zones({key!r})` gives it by zone." if zoned else nearest(key, self.ids),
            )
        )

    def __contains__(self, key: object) -> bool:
        return key in self._place_of

    def __len__(self) -> int:
        return len(self.individuals)

    def unit(self, key: str) -> str:
        """Return the unit of a recorded id."""
        self[key]
        return self.symbols[key].unit

    def zones(self, local: str) -> NDArray[np.float64]:
        """Return the (B, T, Z) values of a quantity in each zone, portal first; AC612 if no zone has it."""
        found = sorted(
            (s.zone, key) for key, s in self.symbols.items() if s.local == local and s.zone is not None
        )
        if not found:
            known = sorted({s.local for s in self.symbols.values() if s.zone is not None})
            raise ProtocolError(
                Diagnostic(
                    Code.NOT_RECORDED,
                    f"`{local}` was not recorded by zone",
                    None,
                    f"`run[{local!r}]` gives it for the whole body." if local in self else "",
                    nearest(local, known),
                )
            )
        return self.values[:, :, [self._place_of[key] for _, key in found]]

    def parameter(self, key: str) -> NDArray[np.float64]:
        """Return the (B,) values of a constant as each individual had it, in the unit of the model.

        A constant that a formula gives, such as a volume per body weight, follows from the individual's parameters.
        """
        if key in self.parameters:
            return self.parameters[key]
        symbol = self.model.symbols.get(key)
        if symbol is not None and symbol.constant and symbol.value is None:
            return self._computed(key)
        if (symbol is not None and symbol.constant) or (symbol is None and key in self.model.cards):
            return np.full(len(self), self.model.constant(key)[0])
        raise ProtocolError(
            Diagnostic(
                Code.NOT_RECORDED,
                f"there is no constant `{key}`",
                None,
                f"It changes with time: `run[{key!r}]`." if symbol is not None else "",
                nearest(key, [*self.model.cards, *(k for k, s in self.model.symbols.items() if s.constant)]),
            )
        )

    def _computed(self, key: str) -> NDArray[np.float64]:
        from acinus.system import build_system

        system = build_system(self.model)
        rows = np.tile(system.parameter_values, (len(self), 1))
        for name, values in self.parameters.items():
            rows[:, system.parameters.index(name)] = values
        return system.at_start([key], rows)[:, 0]

    @property
    def decisions(self) -> Mapping[str, NDArray[np.float64]]:
        """The (B,) number of times each rule of the protocol has acted; NaN for who did not reach the end."""
        return {rule.name: self[rule.name][:, -1] for rule in self.protocol.rules}

    def dosed_per_weight(self, substance: str) -> NDArray[np.float64]:
        """Return the (B, T) amount of a substance given up to each time, mg per kg of body weight."""
        given, weight = self.dosed(substance), self.model.body_weight
        if weight is None:
            raise ProtocolError(
                Diagnostic(
                    Code.NOT_RECORDED,
                    f"the model `{self.model.id}` has no body weight",
                    None,
                    "",
                    "`run.dosed(...)` gives the amount itself.",
                )
            )
        mass, unit = self.model.constant(self.model.substances[self._given_id(substance)].molar_mass)
        kilograms = self.parameter(weight) * convert(1.0, self.model.symbol(weight).unit, "kg")
        return given * convert(mass, unit, "mg/mmol") / kilograms[:, None]

    def time_given(self, substance: str) -> NDArray[np.float64]:
        """Return the (B,) hours from the first dose of a substance to the end of its last; 0 for who got none."""
        return self.schedule.duration(self._given_id(substance), float(self.time[-1]))

    def first_given(self, substance: str) -> NDArray[np.float64]:
        """Return the (B,) hours at which a substance is first given; infinite for who got none."""
        return self.schedule.first(self._given_id(substance), float(self.time[-1]))

    def dosed(self, substance: str) -> NDArray[np.float64]:
        """Return the (B, T) amount of a substance given up to each time, mmol, exactly as the protocol says."""
        return self.schedule.given(self._given_id(substance), self.time)

    def _given_id(self, substance: str) -> str:
        by_name = {
            alias.casefold(): known.id
            for known in self.model.substances.values()
            for alias in (known.id, known.name, *known.aliases)
        }
        if substance.casefold() not in by_name:
            raise ProtocolError(
                Diagnostic(
                    Code.NOT_RECORDED, f"no `{substance}` can be given", None, "", nearest(substance, by_name)
                )
            )
        return by_name[substance.casefold()]

    @property
    def ok(self) -> NDArray[np.bool_]:
        """(B,) whether each individual reached the end."""
        return np.array([status is Status.REACHED_END for status in self.status], dtype=bool)

    def summary(self) -> str:
        """Say how many finished and why the others did not: ``1,997 of 2,000 finished; 3 max_steps``."""
        counts = Counter(status.name.lower() for status in self.status if status is not Status.REACHED_END)
        failed = [f"{count:,} {name}" for name, count in counts.most_common()]
        return "; ".join([f"{int(self.ok.sum()):,} of {len(self):,} finished", *failed])

    def raise_for_status(self) -> None:
        """Raise `IntegrationError` AC501 if an individual did not reach the end; the first few are named."""
        failed = np.flatnonzero(~self.ok)
        if not failed.size:
            return
        shown = [f"{self.individuals[i]}: {self.message[i]} ({self.status[i].value})" for i in failed[:5]]
        rest = [f"and {failed.size - 5:,} more"] if failed.size > 5 else []
        raise IntegrationError(
            Diagnostic(
                Code.INDIVIDUALS_FAILED,
                self.summary(),
                None,
                "\n  ".join([*shown, *rest]),
                "`run.ok` says which; their parameters are in `run.parameters`.",
            )
        )

    def to_dataset(self) -> xarray.Dataset:
        """Return an xarray `Dataset` with axes `individual` and `time`, units and full names attached."""
        from acinus.simulation.storage import to_dataset

        return to_dataset(self)

    def save(self, path: str | Path) -> None:
        """Write everything to a NetCDF file."""
        from acinus.simulation.storage import save_trajectories

        save_trajectories(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Trajectories:
        """Read what `save` wrote; `ProtocolError` AC613 if the file is something else."""
        from acinus.simulation.storage import load_trajectories

        return load_trajectories(path)
