"""What a request may say and what an answer looks like; the limits of numbers come from the form."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from acinus.web.overdose_form import overdose_form

__all__ = ["LARGEST_BAND", "BandAnswer", "BandSetting", "Failure", "OverdoseSetting", "Regimen", "RunAnswer"]

_FORM = overdose_form()
LARGEST_BAND = 1000


def _number(name: str) -> Any:
    """Return the field of an input: its limits, default, and words for the schema."""
    one = _FORM.inputs[name]
    return Field(
        default=int(one.default) if one.default == int(one.default) else one.default,
        ge=one.minimum,
        le=one.maximum,
        allow_inf_nan=False,
        description=f"{one.label} [{one.unit}]. {one.help}",
    )


def _choice(name: str) -> Any:
    one = _FORM.choices[name]
    return Field(default=one.default, description=f"{one.label}. {one.help}")


Regimen = Literal[
    "none",
    "nac_three_bag_21h",
    "nac_three_bag_20h",
    "nac_two_bag_20h",
    "nac_two_bag_double_20h",
    "nac_snap_12h",
    "nac_iv_48h",
    "nac_oral_72h",
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class OverdoseSetting(_Strict):
    """One overdose in one individual; what is not said has the default of the form."""

    dose_g: float = _number("dose_g")
    weight_kg: float = _number("weight_kg")
    age_y: float = _number("age_y")
    form: Literal["immediate", "liquid", "capsule", "extended", "matrix"] = _choice("form")
    ethanol_g: float = _number("ethanol_g")
    ethanol_habit_g_per_d: float = _number("ethanol_habit_g_per_d")
    heavy_drinking: Literal["no", "yes"] = _choice("heavy_drinking")
    fasting: Literal["usual", "fasted", "fed"] = _choice("fasting")
    nac_regimen: Regimen = _choice("nac_regimen")
    nac_delay_h: float = _number("nac_delay_h")
    magnesium_mg_per_d: float = _number("magnesium_mg_per_d")
    ica_hypothesis: Literal["none", "reversible", "inactivation"] = _choice("ica_hypothesis")
    hours: int = _number("hours")


class RunSetting(OverdoseSetting):
    """What one run is asked for: an overdose, and whether a draft will do."""

    draft: Annotated[
        bool, Field(description="Solve as exactly as a picture needs, for a slider that is still moving.")
    ] = False


class BandSetting(OverdoseSetting):
    """The same overdose in many virtual people, who differ in everything that is not set here."""

    n: Annotated[int, Field(ge=1, le=LARGEST_BAND, description="How many people.")] = LARGEST_BAND
    seed: Annotated[int, Field(ge=0, lt=2**53, description="Which draw of people.")] = 1
    population: Literal["overdose_presenters", "healthy_adults", "heavy_drinkers"] = _choice("population")


class Failure(BaseModel):
    """What every refusal looks like; `more` holds further findings of the same form."""

    code: str
    what: str
    where: str = ""
    why: str = ""
    remedy: str = ""
    more: list[Failure] = []


class Curve(BaseModel):
    """One quantity over time."""

    unit: str
    label: str
    values: list[float | None]


class BandCurve(BaseModel):
    """One quantity over time in many: its quantiles by name, such as ``p5``."""

    unit: str
    label: str
    quantiles: dict[str, list[float | None]]


class ReadEndpoint(BaseModel):
    """What is read off; `text` is the value in words, `value` None where there is no such number."""

    id: str
    label: str
    value: float | None
    unit: str
    text: str


class NomogramLines(BaseModel):
    """Treatment lines over the hours for which they hold, mg/L, each named by its level at `reference_h`."""

    time_h: list[float]
    unit: str
    reference_h: float
    lines: dict[str, list[float]]


class LobuleCourse(BaseModel):
    """By zone from portal to central, then time: percent of the start."""

    zones: int
    gsh_percent: list[list[float | None]]
    living_percent: list[list[float | None]]


class AnswerHead(BaseModel):
    """What every answer says of itself."""

    context_of_use: str
    acinus: str
    engine: str
    model: str
    model_hash: str
    request_hash: str
    notices: list[str]
    tolerances: dict[str, float]


class RunAnswer(AnswerHead):
    """The course of one individual."""

    finished: bool
    reason: str
    time_h: list[float]
    curves: dict[str, Curve]
    lobule: LobuleCourse
    antidote_h: list[list[float]]
    endpoints: list[ReadEndpoint]
    nomogram: NomogramLines


class Share(BaseModel):
    """A share with its exact 95 % interval; None where nobody finished."""

    events: int
    of: int
    value: float | None
    low: float | None
    high: float | None
    label: str


class BandAnswer(AnswerHead):
    """The courses of many: who went in, who finished, and how far they spread."""

    n_in: int
    n_ok: int
    n_failed: int
    ways_to_fail: dict[str, int]
    time_h: list[float]
    curves: dict[str, BandCurve]
    outcome: Share
