"""Magnesium over months as the form has it: made a protocol, simulated, and read off as plain numbers."""

from __future__ import annotations

import functools
import json
import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from acinus.documents import biology_folder, read_yaml
from acinus.endpoints import ids_read, read_endpoint
from acinus.provenance import CONTEXT_OF_USE, content_hash, version
from acinus.simulation import load_protocol, simulate
from acinus.web.overdose_form import Choice, Input

if TYPE_CHECKING:
    from acinus.model import Model

__all__ = ["MagnesiumAnswer", "MagnesiumSetting", "magnesium_answer", "magnesium_form"]

_DIGITS = 5  # significant, of curves


class MagnesiumChart(BaseModel):
    """Curves that share a chart, and levels of the tables with what they are called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    curves: list[str]
    relative: bool = False
    levels: dict[str, str] = {}


class MagnesiumForm(BaseModel):
    """The whole form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    model: str
    inputs: dict[str, Input]
    choices: dict[str, Choice]
    titration: str
    titrated: str
    despite: str
    every_h: float
    charts: dict[str, MagnesiumChart]
    endpoints: list[str]


@functools.cache
def magnesium_form() -> MagnesiumForm:
    """Return the form; a file that is not one raises `pydantic.ValidationError` with every fault."""
    return MagnesiumForm.model_validate(
        read_yaml(biology_folder() / "pages" / "browser_magnesium.yaml").plain()
    )


def _number(name: str) -> Any:
    one = magnesium_form().inputs[name]
    default = int(one.default) if one.default == int(one.default) else one.default
    words = f"{one.label} [{one.unit}]. {one.help}"
    return Field(default=default, ge=one.minimum, le=one.maximum, allow_inf_nan=False, description=words)


def _choice(name: str) -> Any:
    one = magnesium_form().choices[name]
    return Field(default=one.default, description=f"{one.label}. {one.help}")


class MagnesiumSetting(BaseModel):
    """Food, a supplement, kidneys and drink over months in one individual."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    food_mg_per_d: float = _number("food_mg_per_d")
    salt: Literal[
        "none",
        "magnesium_citrate",
        "magnesium_chloride",
        "magnesium_lactate",
        "magnesium_glycinate",
        "magnesium_threonate",
        "magnesium_aspartate",
        "magnesium_oxide",
        "magnesium_hydroxide",
        "titrated_citrate",
    ] = _choice("salt")
    supplement_mg_per_d: float = _number("supplement_mg_per_d")
    doses_per_d: int = _number("doses_per_d")
    egfr_ml_per_min: float = _number("egfr_ml_per_min")
    despite_low_egfr: Literal["no", "yes"] = _choice("despite_low_egfr")
    ethanol_g_per_d: float = _number("ethanol_g_per_d")
    weeks: int = _number("weeks")


class MagnesiumCurve(BaseModel):
    """One quantity over time; in percent of its start where the chart says so."""

    id: str
    label: str
    unit: str
    values: list[float | None]


class MagnesiumLevel(BaseModel):
    """A level of the tables, in the unit of the chart's curves."""

    label: str
    value: float


class MagnesiumPanel(BaseModel):
    """The curves of one chart, and the levels that are marked on it."""

    curves: list[MagnesiumCurve]
    levels: list[MagnesiumLevel]


class MagnesiumEndpoint(BaseModel):
    """What is read off; `text` is the value in words."""

    id: str
    label: str
    value: float | None
    unit: str
    text: str


class MagnesiumAnswer(BaseModel):
    """The course of one individual over months."""

    context_of_use: str
    acinus: str
    model: str
    model_hash: str
    request_hash: str
    notices: list[str]
    finished: bool
    reason: str
    time_d: list[float]
    charts: dict[str, MagnesiumPanel]
    endpoints: list[MagnesiumEndpoint]


def magnesium_answer(model: Model, setting: MagnesiumSetting) -> dict[str, Any]:
    """Return the answer to one setting.

    Raises
    ------
    AcinusError
        Among others where kidneys filter too little for a supplement that was not asked for by name.
    """
    form = magnesium_form()
    protocol = load_protocol(json.dumps(_content(setting), indent=1), model=model)
    curves = [key for chart in form.charts.values() for key in chart.curves]
    record = list(dict.fromkeys([*curves, *ids_read(model, form.endpoints)]))
    run = simulate(model, protocol, record=record)
    asked = json.dumps(setting.model_dump(mode="json"), sort_keys=True)

    def curve(key: str, *, relative: bool) -> dict[str, Any]:
        values = run[key][0]
        unit = "%" if relative else _unit(run.unit(key))
        shown = 100.0 * values / values[0] if relative else values
        return {"id": key, "label": run.symbols[key].name, "unit": unit, "values": _plain(shown)}

    return {
        "context_of_use": CONTEXT_OF_USE,
        "acinus": version(),
        "model": run.provenance.model,
        "model_hash": run.provenance.model_hash,
        "request_hash": content_hash(asked, run.provenance.model_hash),
        "notices": [str(notice) for notice in run.notices],
        "finished": bool(run.ok[0]),
        "reason": run.message[0],
        "time_d": _plain(np.asarray(run.time) / 24.0),
        "charts": {
            name: {
                "curves": [curve(key, relative=chart.relative) for key in chart.curves],
                "levels": [
                    {"label": words, "value": model.constant(key)[0]} for key, words in chart.levels.items()
                ],
            }
            for name, chart in form.charts.items()
        },
        "endpoints": [_endpoint(read_endpoint(run, name)) for name in form.endpoints],
    }


def _content(setting: MagnesiumSetting) -> dict[str, Any]:
    """Return the setting as the content of a protocol file."""
    form = magnesium_form()
    diet: list[dict[str, str]] = [
        {"intake": "magnesium", "amount": f"{setting.food_mg_per_d!r} mg/d", "from": "0 h"}
    ]
    titrated = setting.salt == "titrated_citrate"
    if setting.salt != "none" and setting.supplement_mg_per_d > 0:
        diet.append(
            {
                "supplement": form.titrated if titrated else setting.salt,
                "amount": f"{setting.supplement_mg_per_d!r} mg/d",
                "doses": f"{setting.doses_per_d} per day",
                "from": "0 h",
            }
        )
    if setting.ethanol_g_per_d > 0:
        diet.append({"drink": "ethanol", "amount": f"{setting.ethanol_g_per_d!r} g/d", "from": "0 h"})
    kidney = form.inputs["egfr_ml_per_min"]
    return {
        "name": "magnesium",
        "title": "Magnesium over months",
        "model": form.model,
        "values": {kidney.of: f"{setting.egfr_ml_per_min!r} {kidney.unit}"},
        "diet": diet,
        **({"rules": [{"rule": form.titration, "at": "0 h"}]} if titrated and len(diet) > 1 else {}),
        **({"despite": [form.despite]} if setting.despite_low_egfr == "yes" else {}),
        "sampling": {"every": f"{form.every_h:g} h", "until": f"{setting.weeks} wk"},
    }


def _endpoint(reading: Any) -> dict[str, Any]:
    value, unit = float(reading.values[0]), _unit(reading.unit)
    head = {"id": reading.name, "label": reading.title}
    if not math.isfinite(value):
        return {**head, "value": None, "unit": unit, "text": "no reading"}
    if unit == "h":
        return {**head, "value": value / 24.0, "unit": "d", "text": f"{value / 24.0:.3g} d"}
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return {**head, "value": value, "unit": unit, "text": f"{text} {unit}".strip()}


def _plain(values: Any) -> list[float | None]:
    return [float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None for value in values.tolist()]


def _unit(unit: str) -> str:
    return {"dimensionless": "", "percent": "%"}.get(unit, unit)
