"""What can be asked for as a job, made a `Request` of the runs room, with what it will cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from acinus.documents import biology_folder
from acinus.endpoints import list_endpoints
from acinus.errors import Code, Diagnostic, nearest
from acinus.runs import Request
from acinus.simulation import load_arms
from acinus.web.overdose import protocol_content
from acinus.web.overdose_form import overdose_form
from acinus.web.refusals import Refusal
from acinus.web.schemas import OverdoseSetting

if TYPE_CHECKING:
    from acinus.web.live_model import LiveModel

__all__ = ["Order", "PopulationJob", "ProtocolJob", "order_of", "shipped"]

LARGEST_JOB = 100_000
_SHARD = 64  # people between two looks at whether the job was cancelled
# Fitted by eye to runs of 1,000 people on one core: each arm of a person costs so much, and so much a day.
_SECONDS_EACH, _SECONDS_A_DAY = 0.004, 0.001
_DAYS_COUNTED = 60.0  # of a run of years most days are alike, and steps become long

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


class Order(_Strict):
    """A job ready for the table: the request, and people, arms and seconds that it comes to."""

    request: dict[str, Any]
    people: int
    arms: int
    seconds: float


def shipped(folder: Literal["protocols", "populations"]) -> list[str]:
    """Return the names of what ships in a folder of the biology."""
    return sorted(path.stem for path in (biology_folder() / folder).glob("*.yaml"))


def order_of(asked: PopulationJob | ProtocolJob, live: LiveModel, most_seconds: float) -> Order:
    """Return a job made ready.

    Raises
    ------
    Refusal
        503 where the model is needed and still compiles, 422 for endpoints or arms that do not exist, 413 for what would cost too much.
    AcinusError
        What is wrong with the protocol.
    """
    endpoints = asked.endpoints or overdose_form().endpoints
    _check_names(endpoints, list(list_endpoints()), "endpoint")
    if isinstance(asked, PopulationJob):
        model = live.model
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
        content = {
            "name": "overdose_arms",
            "title": "Overdoses of acetaminophen side by side",
            "model": overdose_form().model,
            "sampling": protocol_content(model, first)["sampling"],
            "arms": {
                name: {
                    key: part
                    for key, part in protocol_content(model, setting).items()
                    if key in ("doses", "diet", "values")
                }
                for name, setting in asked.arms.items()
            },
        }
        protocol = yaml.safe_dump(content, sort_keys=False)
        names, days, arms = list(asked.arms), first.hours / 24.0, ()
    else:
        protocol = asked.protocol
        found = load_arms(protocol)
        if asked.arms:
            _check_names(asked.arms, list(found), "arm")
        names = asked.arms or list(found)
        arms = tuple(asked.arms or ())
        days = max(float(found[name].times[-1]) for name in names) / 24.0
    seconds = asked.people * len(names) * (_SECONDS_EACH + _SECONDS_A_DAY * min(days, _DAYS_COUNTED))
    if seconds > most_seconds:
        raise Refusal(
            413,
            Diagnostic(
                Code.WEB_TOO_MUCH,
                f"the job would take about {seconds / 60:.0f} minutes of one core",
                None,
                f"This server takes jobs of up to {most_seconds / 60:.0f} minutes.",
                "Ask for fewer people or arms, or compute it by `acinus runs start`.",
            ),
        )
    model_name = (
        overdose_form().model
        if isinstance(asked, PopulationJob)
        else next(iter(load_arms(protocol).values())).model
    )
    request = Request(
        model=model_name or "human",
        population=asked.population,
        people=asked.people,
        seed=asked.seed,
        protocol=protocol,
        arms=arms,
        endpoints=tuple(endpoints),
        columns=() if isinstance(asked, PopulationJob) else None,
        shard_size=_SHARD,
    )
    return Order(
        request=request.model_dump(mode="json"), people=asked.people, arms=len(names), seconds=seconds
    )


def _check_names(names: list[str], known: list[str], what: str) -> None:
    for name in names:
        if name not in known:
            raise Refusal(
                422,
                Diagnostic(Code.WEB_INPUT, f"there is no {what} `{name}`", None, "", nearest(name, known)),
            )
    if len(set(names)) != len(names):
        raise Refusal(422, Diagnostic(Code.WEB_INPUT, f"an {what} stands twice", None, "", "Name each once."))
