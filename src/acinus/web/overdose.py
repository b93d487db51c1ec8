"""An overdose as the form has it: made a protocol with columns, simulated, and read off as plain numbers."""

from __future__ import annotations

import functools
import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from acinus.endpoints import ids_read, read_endpoint
from acinus.engine import Tolerances
from acinus.evidence import clopper_pearson
from acinus.population import Individuals, draw_population
from acinus.provenance import CONTEXT_OF_USE, content_hash, version
from acinus.report.arm_view import nomogram_of
from acinus.simulation import load_protocol, simulate
from acinus.units import convert
from acinus.web.overdose_form import overdose_form
from acinus.web.schemas import RunSetting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from acinus.model import Model
    from acinus.simulation import Protocol, Trajectories
    from acinus.web.overdose_form import GridPart
    from acinus.web.schemas import BandSetting, OverdoseSetting

__all__ = [
    "BAND_TOLERANCES",
    "DRAFT_TOLERANCES",
    "band_answer",
    "is_draft",
    "people_of_band",
    "protocol_content",
    "protocol_text",
    "run_answers",
    "run_answers_as_json",
    "structure",
]

BAND_TOLERANCES = Tolerances(relative=1e-3, absolute=1e-6)
"""Quantiles of a band differ by less than a thousandth from those at the default, in a quarter of the time."""

DRAFT_TOLERANCES = Tolerances(relative=1e-4, absolute=1e-7)
"""Curves differ by less than a ten-thousandth from those at the default, in a third of the time."""

_DOSE, _DELAY, _ETHANOL = "web_dose", "web_nac_delay", "web_ethanol"
_PERCENTILES = {"p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}


def structure(setting: OverdoseSetting) -> tuple[str | bool | float, ...]:
    """Return what two settings must share to be solved together: all but the numbers that are columns."""
    return (
        setting.form,
        setting.fasting,
        setting.nac_regimen,
        setting.ethanol_g > 0,
        setting.hours,
        is_draft(setting),
    )


def is_draft(setting: OverdoseSetting) -> bool:
    """Say whether a run will do that is as exact as a picture needs."""
    return isinstance(setting, RunSetting) and setting.draft


def run_answers(model: Model, settings: Sequence[OverdoseSetting]) -> list[dict[str, Any]]:
    """Return the answers to settings of one `structure`, solved side by side; each is what it would be alone."""
    form = overdose_form()
    protocol = _protocol(model, structure(settings[0]), "grid")
    zoned = [local for line in form.lobule.values() for local in line.of]
    record = list(dict.fromkeys([*form.curves, *zoned, *_ids_of_endpoints(model)]))
    rows = [_columns(model, setting) for setting in settings]
    columns = {name: np.array([row[name][0] for row in rows]) for name in rows[0]}
    units = {name: unit for name, (_, unit) in rows[0].items()}
    people = Individuals(np.arange(len(rows)), columns, units)
    tolerances = DRAFT_TOLERANCES if is_draft(settings[0]) else Tolerances()
    run = simulate(model, protocol, people, record=record, tolerances=tolerances)
    readings = [read_endpoint(run, name) for name in form.endpoints]
    whole = _whole(run)
    return [_answer(run, i, setting, readings, whole) for i, setting in enumerate(settings)]


def run_answers_as_json(model: Model, settings: Sequence[OverdoseSetting]) -> list[bytes]:
    """Return `run_answers` as JSON."""
    return [
        json.dumps(answer, allow_nan=False, separators=(",", ":")).encode()
        for answer in run_answers(model, settings)
    ]


def band_answer(model: Model, setting: BandSetting, *, workers: int = 1) -> dict[str, Any]:
    """Return quantiles over time of many people under one setting, and how many of them are hurt."""
    form = overdose_form()
    protocol = _protocol(model, structure(setting), "band_grid")
    record = list(dict.fromkeys([*form.curves, *ids_read(model, [form.outcome])]))
    people = people_of_band(model, setting)
    run = simulate(model, protocol, people, record=record, tolerances=BAND_TOLERANCES, workers=workers)
    ok = np.flatnonzero(run.ok)
    outcome = read_endpoint(run, form.outcome)
    ways: dict[str, int] = {}
    for i in np.flatnonzero(~run.ok):
        ways[run.status[i].name.lower()] = ways.get(run.status[i].name.lower(), 0) + 1
    return {
        **_head(run, setting),
        "n_in": len(run),
        "n_ok": int(ok.size),
        "n_failed": int(len(run) - ok.size),
        "ways_to_fail": ways,
        "time_h": _plain(run.time),
        "curves": {
            key: {
                "unit": _unit(run.unit(key)),
                "label": _label(run, key),
                "quantiles": _quantiles(run[key][ok]),
            }
            for key in form.curves
        },
        "outcome": _share(outcome.values[ok], outcome.title),
    }


def people_of_band(model: Model, setting: BandSetting) -> Individuals:
    """Return the people of a band: drawn by number and seed, alike in everything that the setting says."""
    drawn = _drawn(model, setting.population, setting.n, setting.seed)
    fixed = _columns(model, setting)
    columns = {name: values for name, values in drawn.columns.items() if name in model.symbols}
    units = {name: drawn.units[name] for name in columns}
    for name, (value, unit) in fixed.items():
        columns[name] = np.full(len(drawn), value)
        units[name] = unit
    return Individuals(drawn.ids, columns, units, drawn.source, drawn.seed)


def protocol_content(model: Model, setting: OverdoseSetting) -> dict[str, Any]:
    """Return the setting as the content of a protocol file, with its numbers written out."""
    columns = _columns(model, setting)
    written = {f"${name}": f"{value!r} {unit}" for name, (value, unit) in columns.items()}
    content = _content(structure(setting), "grid", written)
    content["values"] = {
        name: f"{value!r} {unit or 'dimensionless'}"
        for name, (value, unit) in columns.items()
        if name in model.symbols
    }
    return content


def protocol_text(model: Model, setting: OverdoseSetting) -> str:
    """Return the setting as a protocol file that `acinus run` and Python take."""
    import yaml

    return yaml.safe_dump(protocol_content(model, setting), sort_keys=False, allow_unicode=True)


@functools.lru_cache(maxsize=8)
def _drawn(model: Model, population: str, n: int, seed: int) -> Individuals:
    return draw_population(population, n, seed, model=model)


@functools.lru_cache(maxsize=2)
def _ids_of_endpoints(model: Model) -> tuple[str, ...]:
    return tuple(sorted(ids_read(model, overdose_form().endpoints)))


@functools.lru_cache(maxsize=256)
def _protocol(model: Model, kind: tuple[str | bool | float, ...], grid: str) -> Protocol:
    return load_protocol(json.dumps(_content(kind, grid, {}), indent=1), model=model)


def _content(kind: tuple[str | bool | float, ...], grid: str, written: Mapping[str, str]) -> dict[str, Any]:
    """Return a protocol as plain values; where a column's number is not `written`, the column stands."""
    form = overdose_form()
    release, food, regimen, ethanol, hours, _ = kind

    def number(column: str) -> str:
        return written.get(f"${column}", f"${column}")

    doses: list[dict[str, str]] = [
        {"substance": "apap", "amount": number(_DOSE), "route": "oral", "form": str(release), "at": "0 h"}
    ]
    if ethanol:
        doses.append({"substance": "ethanol", "amount": number(_ETHANOL), "route": "oral", "at": "0 h"})
    if regimen != "none":
        doses.append({"regimen": str(regimen), "at": number(_DELAY)})
    effect = form.effects.get(str(food))
    return {
        "name": "overdose",
        "title": "An overdose of acetaminophen",
        "model": form.model,
        "doses": doses,
        "diet": [dict(line) for line in effect.diet] if effect is not None else [],
        "sampling": _sampling(getattr(form, grid), float(hours)),
    }


def _sampling(grid: Sequence[GridPart], hours: float) -> list[dict[str, str]]:
    parts, start = [], 0.0
    for part in grid:
        first = start + part.every if start else 0.0
        end = min(part.until, hours)
        if first <= end:
            parts.append({"every": f"{part.every:g} h", "from": f"{first:g} h", "until": f"{end:g} h"})
        start = part.until
    return parts


def _columns(model: Model, setting: OverdoseSetting) -> dict[str, tuple[float, str]]:
    """Return value and unit by column: what doses need, and parameters in the unit of the model."""
    form = overdose_form()
    columns: dict[str, tuple[float, str]] = {
        _DOSE: (setting.dose_g, form.inputs["dose_g"].unit),
        _DELAY: (setting.nac_delay_h, form.inputs["nac_delay_h"].unit),
        _ETHANOL: (setting.ethanol_g, form.inputs["ethanol_g"].unit),
    }
    for name, one in form.inputs.items():
        if one.of:
            columns[one.of] = (
                getattr(setting, name) * _factor(model, one.of, one.unit, one.per_mole),
                model.symbol(one.of).unit,
            )
    for option in ("heavy_drinking", setting.ica_hypothesis):
        chosen = option != "heavy_drinking" or setting.heavy_drinking == "yes"
        effect = form.effects.get(option)
        if effect is not None and chosen:
            columns |= {key: (value, model.symbol(key).unit) for key, value in effect.values.items()}
    for effect in form.effects.values():
        for key in effect.values:
            columns.setdefault(key, model.constant(key))
    return columns


@functools.lru_cache(maxsize=64)
def _factor(model: Model, key: str, unit: str, molar_mass: str) -> float:
    """Return what turns a number in `unit` into that of a parameter, by its molar mass where that counts moles."""
    target = model.symbol(key).unit
    if not molar_mass:
        return convert(1.0, unit, target)
    mass, mass_unit = model.constant(molar_mass)
    return convert(1.0, f"({unit})/({mass_unit})", target) / mass


@functools.cache
def _version() -> str:
    return version()


def _head(run: Trajectories, setting: OverdoseSetting) -> dict[str, Any]:
    asked = json.dumps(setting.model_dump(mode="json"), sort_keys=True)
    return {
        "context_of_use": CONTEXT_OF_USE,
        "acinus": _version(),
        "engine": run.provenance.engine,
        "model": run.provenance.model,
        "model_hash": run.provenance.model_hash,
        "request_hash": content_hash(asked, run.provenance.model_hash),
        "notices": [str(notice) for notice in run.notices],
        "tolerances": {key: float(run.provenance.settings[key]) for key in ("relative", "absolute")},
    }


def _answer(
    run: Trajectories, i: int, setting: OverdoseSetting, readings: Sequence[Any], whole: _Whole
) -> dict[str, Any]:
    lobule = {name: [_percent(zone) for zone in zones[i].T] for name, zones in whole.lobule.items()}
    return {
        **_head(run, setting),
        "finished": bool(run.ok[i]),
        "reason": run.message[i],
        "time_h": whole.time,
        "curves": {key: {**words, "values": _plain(run[key][i], 6)} for key, words in whole.curves.items()},
        "lobule": {"zones": len(next(iter(lobule.values()))), **lobule},
        "antidote_h": _given(run.time, whole.antidote[i]),
        "endpoints": [_endpoint(reading, i) for reading in readings],
        "nomogram": whole.nomogram,
    }


class _Whole(NamedTuple):
    """What the answers of one run have in common, or is had for all of them at once.

    `lobule` holds (B, T, Z) shares of the start, `antidote` the (B, T) amounts given so far.
    """

    time: list[float]
    curves: dict[str, dict[str, str]]
    lobule: dict[str, NDArray[np.float64]]
    antidote: NDArray[np.float64]
    nomogram: dict[str, Any]


def _whole(run: Trajectories) -> _Whole:
    form = overdose_form()
    sums = {
        name: np.sum([run.zones(local) for local in line.of], axis=0) for name, line in form.lobule.items()
    }
    return _Whole(
        _plain(run.time),
        {key: {"unit": _unit(run.unit(key)), "label": _label(run, key)} for key in form.curves},
        {name: values / values[:, :1] for name, values in sums.items()},
        run.dosed("nac"),
        _nomogram(run),
    )


def _endpoint(reading: Any, i: int) -> dict[str, Any]:
    value = float(reading.values[i])
    unit = _unit(reading.unit)
    if not math.isfinite(value):
        return {"id": reading.name, "label": reading.title, "value": None, "unit": unit, "text": "no reading"}
    if reading.yes_or_no:
        text = "yes" if value == 1 else "no"
    else:
        text = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
        text = f"{text} {unit}".strip()
    return {"id": reading.name, "label": reading.title, "value": value, "unit": unit, "text": text}


def _given(time: NDArray[np.float64], total: NDArray[np.float64]) -> list[list[float]]:
    """Return from when to when something was given, h, from the (T,) amounts given so far."""
    rising = np.diff(total) > 0.0
    edges = np.diff(np.concatenate([[False], rising, [False]]).astype(int))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [[float(time[a]), float(time[b])] for a, b in zip(starts, ends, strict=True)]


def _nomogram(run: Trajectories) -> dict[str, Any]:
    found = nomogram_of(run)
    if found is None:
        raise ValueError(f"the model `{run.model.id}` has no nomogram")
    time = np.arange(found.reference_time, found.last_time + 0.5, 1.0)
    return {
        "time_h": _plain(time),
        "unit": "mg/L",
        "reference_h": found.reference_time,
        "lines": {f"{line:g}": _plain(found.level(line, time), 4) for line in found.lines},
    }


def _share(answers: NDArray[np.float64], label: str) -> dict[str, Any]:
    known = answers[np.isfinite(answers)]
    events = int(known.sum())
    if not known.size:
        return {"events": 0, "of": 0, "value": None, "low": None, "high": None, "label": label}
    share = clopper_pearson(events, int(known.size))
    return {
        "events": events,
        "of": share.of,
        "value": share.value,
        "low": share.low,
        "high": share.high,
        "label": label,
    }


def _quantiles(values: NDArray[np.float64]) -> dict[str, list[float | None]]:
    if not values.shape[0]:
        return {name: [None] * values.shape[1] for name in _PERCENTILES}
    found = np.quantile(values, list(_PERCENTILES.values()), axis=0)
    return {name: _plain(row, 5) for name, row in zip(_PERCENTILES, found, strict=True)}


def _plain(values: NDArray[np.float64], digits: int = 0) -> list[Any]:
    """Return numbers for JSON, rounded to significant digits where asked; None for what is not finite."""
    if not digits:
        return values.tolist()
    size = np.abs(values)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scale = 10.0 ** (digits - 1 - np.floor(np.log10(size)))
        found = np.where((size > 0) & np.isfinite(scale), np.round(values * scale) / scale, values)
    return _finite(found)


def _percent(shares: NDArray[np.float64]) -> list[Any]:
    """Return shares in percent to a tenth."""
    return _finite(np.round(1000.0 * shares) / 10.0)


def _finite(values: NDArray[np.float64]) -> list[Any]:
    found = values.tolist()
    return found if np.isfinite(values).all() else [v if math.isfinite(v) else None for v in found]


def _label(run: Trajectories, key: str) -> str:
    return run.symbols[key].name


def _unit(unit: str) -> str:
    return {"dimensionless": "", "percent": "%"}.get(unit, unit)
