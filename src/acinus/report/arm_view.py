"""What one arm of a protocol shows: the few curves a figure needs, as plain arrays.

A view stands between trajectories and drawing, so that drawing can be tried on any numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from acinus.simulation import Trajectories

__all__ = ["ArmView", "Nomogram", "PeopleView", "is_dosed", "view_arm", "view_people"]

# What the overdose figure reads; a model without these gets plain time courses instead.
NEEDED = ("apap_mg_pla", "alt_pla", "inr")
NEEDED_BY_ZONE = ("gsh_hep", "healthy", "stressed")


@dataclass(frozen=True, slots=True)
class Nomogram:
    """The Rumack-Matthew nomogram: lines named by their level at the reference time, halving every half-life.

    `lines` are mg/L; the three times are h.
    """

    lines: tuple[float, ...]
    half_life: float
    reference_time: float
    last_time: float

    def level(self, line: float, time: np.ndarray) -> np.ndarray:
        """Return the level of a line (mg/L) at times (h), shape as `time`."""
        return line * 2.0 ** (-(time - self.reference_time) / self.half_life)


@dataclass(frozen=True, slots=True)
class PeopleView:
    """Many individuals in one arm: what they have in common and how far they spread.

    Attributes
    ----------
    n, hurt : int
        Individuals who reached the end, and those of them whose ALT passed the level of hepatotoxicity.
    living : (T, Z) array
        Hepatocytes alive in each zone, as a fraction of the start: the mean of all individuals.
    alt, inr : (2, T) array
        The 5th and 95th percentile at each time, U/L and ratio.
    """

    n: int
    hurt: int
    living: np.ndarray
    alt: np.ndarray
    inr: np.ndarray


@dataclass(frozen=True, slots=True)
class ArmView:
    """One individual in one arm.

    Attributes
    ----------
    label : str
        The arm in words.
    time : (T,) array, h
    acetaminophen : (T,) array, mg/L
        In plasma.
    glutathione : (T, Z) array
        In the hepatocytes of each zone, portal first, as a fraction of its start.
    living : (T, Z) array
        Hepatocytes alive, as a fraction of those alive at the start.
    alt : (T,) array, U/L
    inr : (T,) array
    antidote : tuple of (start, end) in h
        When acetylcysteine was given.
    people : PeopleView, optional
        Others under the same protocol, whose spread is drawn around the individual.
    """

    label: str
    time: np.ndarray
    acetaminophen: np.ndarray
    glutathione: np.ndarray
    living: np.ndarray
    alt: np.ndarray
    inr: np.ndarray
    antidote: tuple[tuple[float, float], ...] = ()
    people: PeopleView | None = None


def nomogram_of(run: Trajectories) -> Nomogram | None:
    """Return the nomogram from the model's own constants, or None for a model that has none."""
    from acinus.errors import AcinusError

    def constant(name: str) -> float:
        return run.model.constant(f"nomogram_{name}")[0]

    try:
        lines = tuple(constant(f"line_{level}") for level in (100, 150, 200, 300))
        return Nomogram(lines, constant("half_life"), constant("reference_time"), constant("last_time"))
    except AcinusError:
        return None


def can_view(run: Trajectories) -> bool:
    """Say whether a run recorded what the overdose figure needs."""
    recorded = set(run.ids)
    locals_of_zones = {symbol.local for symbol in run.symbols.values() if symbol.zone is not None}
    return set(NEEDED) <= recorded and set(NEEDED_BY_ZONE) <= locals_of_zones


def is_dosed(run: Trajectories) -> bool:
    """Say whether anybody in a run was given the drug whose level the overdose figure shows."""
    name = NEEDED[0].removesuffix("_mg_pla")
    return bool((run.dosed(name) > 0).any()) if name in run.model.substances else False


def view_people(run: Trajectories) -> PeopleView:
    """Return what the overdose figure shows of all individuals of a run who reached the end."""
    from acinus.endpoints import read_endpoint

    ok = np.flatnonzero(run.ok)
    alive = run.zones("healthy")[ok] + run.zones("stressed")[ok]
    after = run.time >= _dose(run)
    return PeopleView(
        n=int(ok.size),
        hurt=int(np.nansum(read_endpoint(run, "hepatotoxicity").values[ok])),
        living=np.mean(alive / alive[:, :1], axis=0)[after],
        alt=np.quantile(run["alt_pla"][ok], (0.05, 0.95), axis=0)[:, after],
        inr=np.quantile(run["inr"][ok], (0.05, 0.95), axis=0)[:, after],
    )


def view_arm(
    run: Trajectories, label: str, *, individual: int = 0, people: PeopleView | None = None
) -> ArmView:
    """Return what the overdose figure shows of one individual (by position) of a run, from the first dose on.

    Raises
    ------
    AcinusError
        If the run did not record one of the variables; it names the nearest.
    """
    alive = run.zones("healthy")[individual] + run.zones("stressed")[individual]
    glutathione = run.zones("gsh_hep")[individual]
    dose = _dose(run)
    after = run.time >= dose
    return ArmView(
        label=label,
        time=np.asarray(run.time, dtype=float)[after] - dose,
        acetaminophen=run["apap_mg_pla"][individual][after],
        glutathione=(glutathione / glutathione[0])[after],
        living=(alive / alive[0])[after],
        alt=run["alt_pla"][individual][after],
        inr=run["inr"][individual][after],
        antidote=tuple((start - dose, end - dose) for start, end in _given(run, individual)),
        people=people,
    )


def _dose(run: Trajectories) -> float:
    """Return the time from which the figure counts, in h: the first dose if it is that of all individuals, else 0."""
    name = NEEDED[0].removesuffix("_mg_pla")
    if name not in run.model.substances:
        return 0.0
    first = np.unique(run.first_given(name))
    return float(first[0]) if first.size == 1 and np.isfinite(first[0]) else 0.0


def _given(run: Trajectories, individual: int) -> tuple[tuple[float, float], ...]:
    # Read off the cumulative amount, not the dose lines, so that bolus, infusion and regimen are alike.
    from acinus.errors import AcinusError

    try:
        total = run.dosed("nac")[individual]
    except AcinusError:
        return ()
    time = np.asarray(run.time, dtype=float)
    rising = np.diff(total) > 0.0
    edges = np.diff(np.concatenate([[False], rising, [False]]).astype(int))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return tuple((float(time[a]), float(time[b])) for a, b in zip(starts, ends, strict=True))
