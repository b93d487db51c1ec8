"""What can be asked for as a job, made a `Request` of the runs room, with what it will cost."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from acinus.documents import biology_folder, read_yaml
from acinus.endpoints import list_endpoints
from acinus.errors import Code, Diagnostic, nearest
from acinus.runs import Request
from acinus.simulation import Protocol, load_arms
from acinus.trials import list_maps, list_trials
from acinus.web.overdose import protocol_content
from acinus.web.overdose_form import overdose_form
from acinus.web.refusals import Refusal
from acinus.web.schemas import OverdoseSetting, Regimen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from acinus.web.live_model import LiveModel

__all__ = [
    "AnyJob",
    "MapJob",
    "Order",
    "PopulationJob",
    "ProtocolJob",
    "TrialJob",
    "offered_jobs",
    "order_of",
]

LARGEST_JOB = 100_000
_SHARD = 64  # people between two looks at whether the job was cancelled
# Fitted by eye to runs of 1,000 people on one core: each arm of a person costs so much, and so much a day.
_SECONDS_EACH, _SECONDS_A_DAY = 0.004, 0.001
_DAYS_COUNTED = 60.0  # of a run of years most days are alike, and steps become long

_UNTREATED = "untreated"

_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _People(_Strict):
    people: Annotated[int, Field(ge=1, le=LARGEST_JOB, description="How many people.")] = 1000
    seed: Annotated[int, Field(ge=0, lt=2**53, description="Which draw of people.")] = 1
    endpoints: Annotated[
        list[_Name] | None, Field(min_length=1, max_length=60, description="What is read off, by name.")
    ] = None


class PopulationJob(_People):
    """One to eight overdoses in the same virtual people, side by side."""

    kind: Literal["population"]
    arms: Annotated[dict[_Name, OverdoseSetting], Field(min_length=1, max_length=8)]
    population: Literal["overdose_presenters", "healthy_adults", "heavy_drinkers"] = "overdose_presenters"


class ProtocolJob(_People):
    """A protocol that ships with acinus, in people of a population that ships with it."""

    kind: Literal["protocol"]
    protocol: _Name
    population: _Name = "healthy_adults"
    arms: Annotated[list[_Name] | None, Field(min_length=1, max_length=12)] = None

    @model_validator(mode="after")
    def _known(self) -> ProtocolJob:
        for kind, name, known in (
            ("protocol", self.protocol, shipped("protocols")),
            ("population", self.population, shipped("populations")),
        ):
            if name not in known:
                raise ValueError(f"there is no {kind} `{name}`. {nearest(name, known)}".strip())
        return self


class TrialArm(_Strict):
    """How one arm of a trial is treated."""

    nac_regimen: Regimen = "none"
    nac_delay_h: Annotated[float, Field(ge=0, le=48, allow_inf_nan=False)] = 8.0


class TrialJob(_Strict):
    """A trial that ships with acinus, by name; or one of overdoses, by its arms.

    In a trial by its arms everybody takes the dose that the virtual people who come to hospital take. Who meets the rule
    of entry when left untreated enters, and is treated in every arm.
    """

    kind: Literal["trial"]
    trial: _Name | None = None
    arms: Annotated[dict[_Name, TrialArm], Field(min_length=1, max_length=7)] | None = None
    entry: Literal["above_200_line", "band_100_200", "band_200_300", "everybody"] = "above_200_line"
    people: Annotated[int, Field(ge=10, le=LARGEST_JOB, description="How many are screened.")] = 2000
    seed: Annotated[int, Field(ge=0, lt=2**53)] = 1

    @model_validator(mode="after")
    def _one_of_two(self) -> TrialJob:
        if (self.trial is None) == (self.arms is None):
            raise ValueError("give either `trial`, the name of one, or `arms`")
        if self.trial is not None and self.trial not in list_trials():
            raise ValueError(
                f"there is no trial `{self.trial}`. {nearest(self.trial, list_trials())}".strip()
            )
        if self.arms is not None and _UNTREATED in self.arms:
            raise ValueError(f"the arm `{_UNTREATED}` is always there; leave it out")
        return self


class MapJob(_Strict):
    """A map that ships with acinus: an outcome over two quantities, for each arm."""

    kind: Literal["map"]
    map: _Name
    people: Annotated[int, Field(ge=10, le=10_000, description="How many in each cell.")] = 100
    seed: Annotated[int, Field(ge=0, lt=2**53)] = 1

    @model_validator(mode="after")
    def _known(self) -> MapJob:
        if self.map not in list_maps():
            raise ValueError(f"there is no map `{self.map}`. {nearest(self.map, list_maps())}".strip())
        return self


AnyJob = Annotated[PopulationJob | ProtocolJob | TrialJob | MapJob, Field(discriminator="kind")]


class Order(_Strict):
    """A job ready for the table: what its worker needs, how many people it shows, and seconds that it comes to."""

    asked: dict[str, Any]
    people: int
    seconds: float


def shipped(folder: Literal["protocols", "populations"]) -> list[str]:
    """Return the names of what ships in a folder of the biology."""
    return sorted(path.stem for path in (biology_folder() / folder).glob("*.yaml"))


@functools.cache
def offered_jobs() -> dict[str, Any]:
    """Return what jobs can name."""
    return {
        "protocols": [
            _about(biology_folder() / "protocols" / f"{name}.yaml") for name in shipped("protocols")
        ],
        "populations": [
            _about(biology_folder() / "populations" / f"{name}.yaml") for name in shipped("populations")
        ],
        "trials": [_about(biology_folder() / "trials" / f"{name}.yaml") for name in list_trials()],
        "maps": [_about(biology_folder() / "maps" / f"{name}.yaml") for name in list_maps()],
        "entries": {
            name: list_endpoints()[name].title if name in list_endpoints() else "Everybody"
            for name in ("above_200_line", "band_100_200", "band_200_300", "everybody")
        },
        "largest": LARGEST_JOB,
    }


def _about(path: Path) -> dict[str, str]:
    root = read_yaml(path)
    words = {key: str(root[key].value) if key in root else "" for key in ("title", "note")}
    return {"id": path.stem, **words}


def order_of(
    asked: PopulationJob | ProtocolJob | TrialJob | MapJob, live: LiveModel, most_seconds: float
) -> Order:
    """Return a job made ready.

    Raises
    ------
    Refusal
        503 where the model is needed and still compiles, 422 for endpoints or arms that do not exist, 413 for what
        would cost too much.
    AcinusError
        What is wrong with the protocol.
    """
    if isinstance(asked, PopulationJob):
        order = _population_order(asked, live)
    elif isinstance(asked, ProtocolJob):
        order = _protocol_order(asked)
    elif isinstance(asked, TrialJob):
        order = _trial_order(asked)
    else:
        order = _map_order(asked)
    if order.seconds > most_seconds:
        raise Refusal(
            413,
            Diagnostic(
                Code.WEB_TOO_MUCH,
                f"the job would take about {order.seconds / 60:.0f} minutes of one core",
                None,
                f"This server takes jobs of up to {most_seconds / 60:.0f} minutes.",
                "Ask for fewer people or arms, or compute it in the shell.",
            ),
        )
    return order


def _population_order(asked: PopulationJob, live: LiveModel) -> Order:
    model, form = live.model, overdose_form()
    first = next(iter(asked.arms.values()))
    if any(setting.hours != first.hours for setting in asked.arms.values()):
        raise Refusal(
            422,
            Diagnostic(
                Code.WEB_INPUT,
                "the arms have different `hours`",
                None,
                "They are sampled together.",
                "Give all the same.",
            ),
        )
    contents = {name: protocol_content(model, setting) for name, setting in asked.arms.items()}
    content = {
        "name": "overdose_arms",
        "title": "Overdoses of acetaminophen side by side",
        "model": form.model,
        "sampling": next(iter(contents.values()))["sampling"],
        "arms": {
            name: {key: one[key] for key in ("doses", "diet", "values")} for name, one in contents.items()
        },
    }
    protocol = yaml.safe_dump(content, sort_keys=False)
    # The population's own doses and delays were not given, so that they do not stand beside the results.
    request = _request(asked, protocol, form.model, columns=())
    return _order(request, asked.people, len(asked.arms), first.hours / 24.0)


def _protocol_order(asked: ProtocolJob) -> Order:
    arms = load_arms(asked.protocol)
    if asked.arms:
        _check_names(asked.arms, list(arms), "arm")
    chosen = [arms[name] for name in asked.arms or arms]
    request = _request(asked, asked.protocol, chosen[0].model or "human", arms=tuple(asked.arms or ()))
    return _order(request, asked.people, len(chosen), _days(chosen))


def _request(asked: _People, protocol: str, model: str, **more: Any) -> Request:
    endpoints = asked.endpoints or overdose_form().endpoints
    _check_names(endpoints, list(list_endpoints()), "endpoint")
    return Request(
        model=model,
        population=getattr(asked, "population", None),
        people=asked.people,
        seed=asked.seed,
        protocol=protocol,
        endpoints=tuple(endpoints),
        shard_size=_SHARD,
        **more,
    )


def _order(request: Request, people: int, arms: int, days: float) -> Order:
    content = {"request": request.model_dump(mode="json")}
    return Order(asked=content, people=people, seconds=_seconds(people * arms, days))


def _trial_order(asked: TrialJob) -> Order:
    source: str | dict[str, Any] = asked.trial or _trial_content(asked)
    content = source if isinstance(source, dict) else _plain_file("trials", source)
    arms = _arms_of(content)
    options = {"people": asked.people, "seed": asked.seed}
    return Order(
        asked={"source": source, "options": options},
        people=asked.people,
        seconds=_seconds(asked.people * len(arms), _days(arms)),
    )


def _map_order(asked: MapJob) -> Order:
    content = _plain_file("maps", asked.map)
    arms = _arms_of(content)
    cells = len(content["across"]["values"]) * len(content["down"]["values"])
    options = {"people": asked.people, "seed": asked.seed}
    people = asked.people * cells * len(arms)
    return Order(
        asked={"source": asked.map, "options": options}, people=people, seconds=_seconds(people, _days(arms))
    )


def _trial_content(asked: TrialJob) -> dict[str, Any]:
    """Return a trial as its file would have it."""
    doses = [{"substance": "apap", "amount": "$dose", "route": "oral", "form": "immediate", "at": "0 h"}]
    treated = {
        name: {
            "title": _words(name),
            "doses": []
            if arm.nac_regimen == "none"
            else [{"regimen": arm.nac_regimen, "at": f"{arm.nac_delay_h!r} h"}],
        }
        for name, arm in (asked.arms or {}).items()
    }
    return {
        "name": "overdose_trial",
        "title": "Acetylcysteine after an overdose, in virtual people",
        "population": "overdose_presenters",
        "protocol": {
            "doses": doses,
            "sampling": [
                {"every": "1 h", "until": "24 h"},
                {"from": "26 h", "every": "2 h", "until": "144 h"},
            ],
            "arms": {_UNTREATED: {"title": _UNTREATED}, **treated},
        },
        "reference": _UNTREATED,
        **({} if asked.entry == "everybody" else {"entry": [asked.entry]}),
        "outcomes": {
            "hepatotoxicity": "hepatotoxicity",
            "liver_failure": "acute_liver_failure",
            "lost_without_graft": "lost_without_graft",
        },
        "numbers": {"peak_alt": "peak_alt", "peak_inr": "peak_inr"},
        "comparisons": [[name, _UNTREATED] for name in treated],
    }


def _plain_file(folder: str, name: str) -> dict[str, Any]:
    content: Any = read_yaml(biology_folder() / folder / f"{name}.yaml").plain()
    return content


def _arms_of(content: Mapping[str, Any]) -> list[Protocol]:
    protocol = content["protocol"]
    written = protocol if isinstance(protocol, str) else yaml.safe_dump({"name": "trial", **protocol})
    return list(load_arms(written).values())


def _days(arms: Sequence[Protocol]) -> float:
    return max(float(arm.times[-1]) for arm in arms) / 24.0


def _seconds(runs: int, days: float) -> float:
    return runs * (_SECONDS_EACH + _SECONDS_A_DAY * min(days, _DAYS_COUNTED))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _check_names(names: list[str], known: list[str], what: str) -> None:
    for name in names:
        if name not in known:
            raise Refusal(
                422,
                Diagnostic(Code.WEB_INPUT, f"there is no {what} `{name}`", None, "", nearest(name, known)),
            )
    if len(set(names)) != len(names):
        raise Refusal(422, Diagnostic(Code.WEB_INPUT, f"an {what} stands twice", None, "", "Name each once."))
