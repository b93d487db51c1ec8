"""What is done to an individual, as written: doses, diet lines, sampling times and fixed values.

These records hold the text of quantities and are checked against a model by `acinus.simulation.plan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from acinus.simulation.rule import Rule, without_places
from acinus.simulation.sampling import Every, every, sampling_times
from acinus.simulation.written import Written, as_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from acinus.errors import Place

__all__ = ["DietLine", "Dose", "Every", "Protocol", "every"]


@dataclass(frozen=True)
class Dose:
    """An amount of a substance, once or repeated, at once or over a time.

    Attributes
    ----------
    substance : str
        Its id or one of its aliases: ``apap``, ``paracetamol``.
    amount : text or Quantity
        ``20 g``, ``150 mg/kg``, ``150 mg/kg over 15 min``, or ``$column``.
    route : str
        ``oral``, ``intravenous``.
    form : str, optional
        ``immediate``, ``extended``; the usual one of the route unless given.
    at : text or Quantity
        Time of the (first) dose.
    over : text or Quantity, optional
        Duration of an infusion.
    every, times, until : optional
        Interval; number of doses in all, or the last time at which one may be given.
    after : text or Quantity
        When the regimen starts to which this dose belongs; `at` counts from there.
    regimen : str, optional
        Name of that regimen.
    """

    substance: str
    amount: Written
    route: str
    form: str | None = None
    at: Written = "0 h"
    over: Written | None = None
    every: Written | None = None
    times: int | None = None
    until: Written | None = None
    after: Written = "0 h"
    regimen: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict, repr=False, compare=False)

    def __str__(self) -> str:
        parts = [f"{as_text(self.amount)} {self.substance} {self.route}"]
        parts += [f"({self.form})"] if self.form else []
        parts += [f"over {as_text(self.over)}"] if self.over is not None else []
        parts += [f"at {as_text(self.at)}"]
        parts += [f"every {as_text(self.every)}"] if self.every is not None else []
        parts += [f"{self.times} times"] if self.times is not None else []
        parts += [f"until {as_text(self.until)}"] if self.until is not None else []
        parts += [f"in {self.regimen} from {as_text(self.after)}"] if self.regimen else []
        return " ".join(parts)


@dataclass(frozen=True)
class DietLine:
    """A diet state such as ``fed``, or an amount taken day after day, and when it lasts.

    Attributes
    ----------
    state : str
        ``fed``, ``fasted``, ``ppi``; empty for an amount.
    start, until : text or Quantity
        To the end of sampling unless `until` is given.
    way, of : str, optional
        ``intake``, ``supplement`` or ``drink``, and what is taken so: ``magnesium``, ``magnesium_citrate``, ``ethanol``.
    amount : text or Quantity, optional
        ``300 mg/d``, ``12 mmol/d`` or ``$column``.
    doses : text, number or Quantity, optional
        How often it is taken: ``2 per day``; a bare number is a day.
    foods : str, optional
        The foods and grams that the amount was computed from.
    """

    state: str = ""
    start: Written = "0 h"
    until: Written | None = None
    way: str | None = None
    of: str | None = None
    amount: Written | None = None
    doses: Written | int | None = None
    foods: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict, repr=False, compare=False)

    @property
    def label(self) -> str:
        """The line in words: ``fed``, ``magnesium 300 mg/d``."""
        return self.state or f"{self.of} {as_text(self.amount)}"


@dataclass(frozen=True, eq=False)
class Protocol:
    """All that is done to an individual, and when it is looked at.

    Attributes
    ----------
    name, title : str
    doses : tuple of Dose
        Regimens are already spelt out.
    diet : tuple of DietLine
    values : mapping from parameter id to quantity
        Fixed values, for every individual: ``{"BW": "70 kg"}``.
    sampling : tuple of text, Quantity, Every or number of hours
        When values are recorded; `times` gives them in hours.
    arm : str or None
        The arm of the file that this is.
    model : str or None
        The model it was written for.
    rules : tuple of Rule
        What is decided from the individual's own course.
    despite : tuple of str
        Limits, by name, for which the run is wanted although it would be refused: ``low_egfr``.

    Examples
    --------
    >>> protocol = Protocol(
    ...     doses=[Dose("apap", "10 g", route="oral", at="0 h")],
    ...     sampling=every("30 min", until="1 h"),
    ... )
    >>> protocol.times
    array([0. , 0.5, 1. ])
    """

    name: str = "protocol"
    title: str = ""
    doses: Sequence[Dose] = ()
    diet: Sequence[DietLine] = ()
    values: Mapping[str, Written | float] = field(default_factory=dict)
    sampling: Sequence[Written | Every | float] | Written | Every = ()
    arm: str | None = None
    model: str | None = None
    rules: Sequence[Rule] = ()
    despite: Sequence[str] = ()
    places: Mapping[str, Place] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "doses", tuple(self.doses))
        object.__setattr__(self, "diet", tuple(self.diet))
        object.__setattr__(self, "rules", tuple(self.rules))
        object.__setattr__(self, "despite", tuple(self.despite))
        object.__setattr__(self, "values", dict(self.values))
        one = isinstance(self.sampling, (str, Every)) or not isinstance(self.sampling, Iterable)
        object.__setattr__(self, "sampling", (self.sampling,) if one else tuple(self.sampling))  # type: ignore[arg-type]

    @property
    def times(self) -> NDArray[np.float64]:
        """The (T,) sampling times, h; `ProtocolError` AC607 if the plan gives none or they are not in order."""
        return sampling_times(self.sampling, self.places.get("sampling"))  # type: ignore[arg-type]

    @property
    def label(self) -> str:
        """Name and arm: ``overdose_20g:nac_8h``."""
        return f"{self.name}:{self.arm}" if self.arm else self.name

    def without_places(self) -> Protocol:
        """Return the same protocol with nothing said about the file it came from."""
        return replace(
            self,
            doses=tuple(replace(dose, places={}) for dose in self.doses),
            diet=tuple(replace(line, places={}) for line in self.diet),
            rules=tuple(without_places(rule) for rule in self.rules),
            places={},
        )
