"""What 100 mg of magnesium a day more does to deaths from liver disease by the model's own mechanisms.

The same people are simulated twice over years, with their diet and with more magnesium in it. The hazard of death is read by
scar alone: the association of cohorts, which the model also carries, is divided out, since it would return itself.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.calibration.bench import OF_MANY
from acinus.calibration.entry import Entry
from acinus.documents import biology_folder, read_yaml
from acinus.errors import Code, RequestError
from acinus.model import load_model
from acinus.population import Individuals, draw_population
from acinus.simulation import load_protocol, simulate
from acinus.units import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from acinus.errors import Diagnostic
    from acinus.model import Model
    from acinus.simulation import Protocol

__all__ = ["LiverDeaths", "LiverDeathsPlan", "StrengthRatio", "make_liver_deaths", "read_liver_deaths_plan"]

_HOURS_PER_YEAR = 8766.0
_STEPS = 25


@dataclass(frozen=True, slots=True)
class LiverDeathsPlan:
    """What ``biology/pages/liver_deaths.yaml`` asks; `drinkers` is in the unit of the parameter `drink`."""

    title: str
    model: str
    population: str
    people: int
    seed: int
    years: float
    more: Quantity
    intake: str
    molar_mass: str
    hazard: str
    association: str
    drink: str
    drinkers: float
    links: tuple[str, ...]
    gains: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class StrengthRatio:
    """Ratios of liver deaths, more magnesium over own diet, with all links `gain` times as strong.

    Attributes
    ----------
    gain : float
    everyone, drinkers, others : float
        Summed over people, so that those with most scar count most.
    low, high : float
        The middle 95 % of `everyone` over 400 samples of the people.
    typical : float
        Median of the ratio of each individual.
    helped : int
        People whose own hazard falls by a tenth or more.
    """

    gain: float
    everyone: float
    drinkers: float
    others: float
    low: float
    high: float
    typical: float
    helped: int


@dataclass(frozen=True, slots=True)
class LiverDeaths:
    """What the runs found.

    Attributes
    ----------
    title : str
    years : float
    more : str
    ratios : tuple of StrengthRatio
        By strength of the links.
    n_in, n_ok : int
        Individuals over all runs; n_in less n_ok did not finish.
    people : int
        In each run.
    drinkers : int
        Of them.
    model_hash : str
    """

    title: str
    years: float
    more: str
    ratios: tuple[StrengthRatio, ...]
    n_in: int
    n_ok: int
    people: int
    drinkers: int
    model_hash: str

    @property
    def as_measured(self) -> StrengthRatio:
        """The ratios with links as strong as data have them."""
        return next(ratio for ratio in self.ratios if ratio.gain == 1.0)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self)

    @classmethod
    def of_dict(cls, data: dict[str, Any]) -> LiverDeaths:
        """Return what `as_dict` made."""
        return cls(**{**data, "ratios": tuple(StrengthRatio(**ratio) for ratio in data["ratios"])})


def read_liver_deaths_plan(biology: Path | None = None) -> LiverDeathsPlan:
    """Return what the page's file asks.

    Raises
    ------
    RequestError
        AC990 for keys, AC991 for values that are wrong.
    """
    root = read_yaml((biology or biology_folder()) / "pages" / "liver_deaths.yaml")
    findings: list[Diagnostic] = []
    top = Entry(root, "the page `liver_deaths`", findings, key=Code.PAGE_KEY, value=Code.PAGE_VALUE)
    top.only("name", *LiverDeathsPlan.__slots__)
    more = top.need("more")
    quantity = None if more is None else top.quantity(more, "`more` of the page `liver_deaths`", "mg/d")
    gains = tuple(float(text) for text in top.texts("gains", needed=True))
    if 1.0 not in gains:
        top.refuse("`gains` of the page `liver_deaths` lacks 1, the strength that data have", root.place)

    def word(key: str) -> str:
        return top.text(key, needed=True) or ""

    plan = LiverDeathsPlan(
        title=word("title"),
        model=word("model"),
        population=word("population"),
        people=top.whole("people", 1000, low=1),
        seed=top.whole("seed", 1),
        years=top.number("years", needed=True, low=0.0) or 0.0,
        more=quantity or Quantity(0.0, "mg/d"),
        intake=word("intake"),
        molar_mass=word("molar_mass"),
        hazard=word("hazard"),
        association=word("association"),
        drink=word("drink"),
        drinkers=top.number("drinkers", needed=True, low=0.0) or 0.0,
        links=top.texts("links", needed=True),
        gains=gains,
    )
    if findings:
        raise RequestError(dict.fromkeys(findings))
    return plan


def make_liver_deaths(
    plan: LiverDeathsPlan | None = None,
    *,
    workers: int = 1,
    progress: Callable[[int, int, str], None] | None = None,
) -> LiverDeaths:
    """Simulate the people with and without more magnesium, at each strength of the links.

    Parameters
    ----------
    plan : LiverDeathsPlan, optional
    workers : int
        Threads; the numbers do not depend on it.
    progress : callable, optional
        Called with (done, in all, what comes next).

    Raises
    ------
    AcinusError
        Whatever is wrong with an id the page's file names.
    """
    plan = plan or read_liver_deaths_plan()
    model = load_model(plan.model)
    people = draw_population(plan.population, plan.people, plan.seed, model=model)
    more = _with_more(people, plan, model)
    drinks = people.columns[plan.drink] >= plan.drinkers
    protocol = _habits_for(plan.years, model)
    ratios = []
    n_ok = 0
    for done, gain in enumerate(plan.gains):
        if progress is not None:
            progress(done, len(plan.gains), f"liver deaths, links times {gain:g}")
        values = {link: gain * model.constant(link)[0] for link in plan.links}
        own, own_ok = _deaths(plan, model, protocol, people, values, workers)
        with_more, more_ok = _deaths(plan, model, protocol, more, values, workers)
        n_ok += int(own_ok.sum() + more_ok.sum())
        both = own_ok & more_ok
        low, high = _bootstrap(own[both], with_more[both], plan.seed)
        ratios.append(
            StrengthRatio(
                gain,
                _ratio(own[both], with_more[both]),
                _ratio(own[both & drinks], with_more[both & drinks]),
                _ratio(own[both & ~drinks], with_more[both & ~drinks]),
                low,
                high,
                float(np.median(with_more[both] / own[both])),
                int(np.sum(with_more[both] <= 0.9 * own[both])),
            )
        )
    return LiverDeaths(
        plan.title,
        plan.years,
        str(plan.more),
        tuple(ratios),
        2 * plan.people * len(plan.gains),
        n_ok,
        plan.people,
        int(drinks.sum()),
        model.hash,
    )


def _with_more(people: Individuals, plan: LiverDeathsPlan, model: Model) -> Individuals:
    """Return the same people with more magnesium in their food."""
    molar_mass, per = model.constant(plan.molar_mass)
    unit = model.constant(plan.intake)[1]
    added = Quantity(plan.more.magnitude, f"{plan.more.unit}/({per})").to(unit) / molar_mass
    columns = {**people.columns, plan.intake: people.columns[plan.intake] + added}
    return Individuals(people.ids, columns, people.units, source=people.source, seed=people.seed)


def _deaths(
    plan: LiverDeathsPlan,
    model: Model,
    protocol: Protocol,
    people: Individuals,
    values: dict[str, float],
    workers: int,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the hazard by scar of each individual, summed over time (n,), and who finished."""
    run = simulate(
        model,
        protocol,
        people,
        values=values,
        record=(plan.hazard, plan.association),
        tolerances=OF_MANY,
        workers=workers,
    )
    hazard = run[plan.hazard] / run[plan.association]
    summed = np.trapezoid(hazard, run.time, axis=1)
    return np.where(run.ok, summed, np.nan), np.asarray(run.ok)


def _ratio(own: NDArray[np.float64], more: NDArray[np.float64]) -> float:
    return float(more.sum() / own.sum()) if own.size else float("nan")


def _bootstrap(
    own: NDArray[np.float64], more: NDArray[np.float64], seed: int, samples: int = 400
) -> tuple[float, float]:
    """Return the middle 95 % of the ratio over samples of the people: few carry most of the hazard."""
    drawn = np.random.default_rng(seed).integers(0, own.size, (samples, own.size))
    ratios = more[drawn].sum(axis=1) / own[drawn].sum(axis=1)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def _habits_for(years: float, model: Model) -> Protocol:
    end = years * _HOURS_PER_YEAR
    text = (
        "name: liver_deaths\ntitle: Habits kept for years\ndoses: []\n"
        f"sampling: {{every: {end / _STEPS:g} h, until: {end:g} h}}\n"
    )
    return load_protocol(read_yaml(Path("liver_deaths"), text), model=model)
