"""Limits of what is taken: refused before a run, or told after it.

In: the `Limit`s of a model and what each individual takes. Out: a refusal (AC615), or `Notice`s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.errors import Code, Diagnostic, ProtocolError, nearest
from acinus.units import Quantity, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from acinus.model import Limit, Model
    from acinus.simulation.people import People
    from acinus.simulation.supplements import Taken

__all__ = [
    "Notice",
    "known_limits",
    "notices_of",
    "refuse_beyond_limits",
    "supplements_of",
]

_DAY = 24.0  # h


@dataclass(frozen=True, slots=True)
class Notice:
    """A limit that a run passed.

    Attributes
    ----------
    limit : str
        Its id.
    says : str
    source : str
        Key in the bibliography.
    individuals, among : int
        How many passed it, among how many.
    since : float, h
        When the first of them did.
    most : float
        The largest amount a day of any of them, mg/d; for a state of the body its lowest value.
    unit : str
        Of `most`.
    """

    limit: str
    says: str
    source: str
    individuals: int
    among: int
    since: float
    most: float
    unit: str

    def __str__(self) -> str:
        who = "" if self.among == 1 else f" in {self.individuals} of {self.among}"
        reached = f"up to {self.most:.4g}" if self.unit == "mg/d" else f"here {self.most:.4g}"
        when = "" if self.since <= 0 else f", first after {_time(self.since)}"
        return f"{self.says}{who}: {reached} {self.unit}{when} [{self.source}]"


def known_limits(names: Sequence[str], model: Model, findings: list[Diagnostic]) -> frozenset[str]:
    """Return the limits that a protocol passes on purpose; AC603 in `findings` for a name that is none."""
    known = [limit.id for limit in model.limits if limit.parameter]
    findings.extend(
        Diagnostic(
            Code.UNKNOWN_NAME,
            f"the model `{model.id}` has no limit `{name}` to pass",
            None,
            f"It has {', '.join(f'`{key}`' for key in known)}." if known else "It has none.",
            nearest(name, known),
        )
        for name in names
        if name not in known
    )
    return frozenset(names)


def refuse_beyond_limits(
    model: Model,
    despite: frozenset[str],
    people: People,
    takes: Mapping[str, NDArray[np.bool_]],
    parameter: Callable[[str], NDArray[np.float64]],
) -> None:
    """Refuse supplements for individuals whom they endanger, unless the protocol asks for them.

    Parameters
    ----------
    model : Model
    despite : frozenset of str
        Limits that the protocol passes on purpose.
    people : People
    takes : mapping from kind of supplement to (B,) array
        Who takes it, or may come to by a rule.
    parameter : function
        Gives the (B,) values of a parameter.

    Raises
    ------
    ProtocolError
        AC615, one finding for each limit.
    """
    findings: list[Diagnostic] = []
    for limit in _limits_of(model):
        if not (limit.parameter and limit.refuses_below) or limit.id in despite:
            continue
        bound = _bound(limit.refuses_below, limit, model)
        wrong = takes[limit.supplements] & (parameter(limit.parameter) < bound.magnitude)
        if not wrong.any():
            continue
        first = people.ids[int(np.flatnonzero(wrong)[0])]
        whom = (
            ""
            if people.size == 1
            else f" in {int(wrong.sum())} of {people.size} individuals, the first is {first}"
        )
        lowest = float(parameter(limit.parameter)[wrong].min())
        findings.append(
            Diagnostic(
                Code.BEYOND_LIMIT,
                f"`{limit.parameter}` is {lowest:.4g} {bound.unit}, below {bound}, and supplements are taken{whom}",
                None,
                f"{limit.says} [{limit.source}].",
                f"To study it all the same, write `despite: [{limit.id}]` into the protocol.",
            )
        )
    if findings:
        raise ProtocolError(findings)


def notices_of(
    model: Model,
    taken: Mapping[str, Sequence[Taken]],
    parameter: Callable[[str], NDArray[np.float64]],
    end: float,
) -> tuple[Notice, ...]:
    """Return the limits that were passed.

    Parameters
    ----------
    model : Model
    taken : mapping from kind of supplement to B records
    parameter : function
        Gives the (B,) values of a parameter.
    end : float, h
        Nothing after it counts.
    """
    found: list[Notice] = []
    for limit in _limits_of(model):
        each = taken[limit.supplements]
        notice = (
            _state_notice(limit, model, each, parameter(limit.parameter), end)
            if limit.parameter
            else _amount_notice(limit, each, end)
        )
        found += [notice] if notice is not None else []
    return tuple(found)


def supplements_of(model: Model) -> tuple[str, ...]:
    """Return the kinds of supplements that the limits of a model are about, by their molar masses."""
    return tuple(dict.fromkeys(limit.supplements for limit in _limits_of(model)))


def _limits_of(model: Model) -> list[Limit]:
    meant = [limit for limit in model.limits if not limit.models or model.id in limit.models]
    return [limit for limit in meant if not limit.parameter or limit.parameter in model.symbols]


def _amount_notice(limit: Limit, each: Sequence[Taken], end: float) -> Notice | None:
    bound = parse_quantity(limit.per_day, what=f"the limit {limit.id}", like=("mg/d",)).to("mg/d")
    since, most, passed = np.inf, 0.0, 0
    for taken in each:
        if not taken.any:
            continue
        times, amounts = taken.per_day()
        # An amount exactly at the limit may lie a rounding above it in moles.
        over = (amounts > bound * (1.0 + 1e-9)) & (times <= end)
        if over.any():
            passed += 1
            since, most = min(since, float(times[over][0])), max(most, float(amounts[over].max()))
    return (
        Notice(limit.id, limit.says, limit.source, passed, len(each), since, most, "mg/d") if passed else None
    )


def _state_notice(
    limit: Limit, model: Model, each: Sequence[Taken], values: NDArray[np.float64], end: float
) -> Notice | None:
    bound = _bound(limit.warns_below, limit, model)
    begins = [np.min(t.per_day()[0][t.per_day()[1] > 0], initial=np.inf) if t.any else np.inf for t in each]
    passed = (np.array(begins) <= end) & (values < bound.magnitude)
    if not passed.any():
        return None
    since = float(np.array(begins)[passed].min())
    lowest = float(values[passed].min())
    return Notice(limit.id, limit.says, limit.source, int(passed.sum()), len(each), since, lowest, bound.unit)


def _bound(text: str, limit: Limit, model: Model) -> Quantity:
    """Return the value of a state in the unit of its parameter."""
    unit = model.symbol(limit.parameter).unit or "dimensionless"
    found = parse_quantity(text, what=f"the limit {limit.id}", like=(unit,))
    return Quantity(found.to(unit), unit)


def _time(hours: float) -> str:
    return f"{hours:.4g} h" if hours < 3 * _DAY else f"{hours / _DAY:.4g} d"
