"""Trajectories on disk: NetCDF (HDF5) with units, names, status, what was given, and provenance; never pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.documents import shown
from acinus.engine import Status
from acinus.errors import Code, Diagnostic, Place, ProtocolError
from acinus.model import Card, Habit, Limit, Model, Route, Substance, Symbol
from acinus.provenance import Provenance
from acinus.simulation.limits import Notice
from acinus.simulation.protocol import DietLine, Dose, Every, Protocol
from acinus.simulation.rule_storage import rule_as_dict, rule_from_dict
from acinus.simulation.schedule import Schedule
from acinus.simulation.trajectories import Trajectories
from acinus.simulation.written import as_text

if TYPE_CHECKING:
    import xarray

__all__ = ["load_trajectories", "save_trajectories", "to_dataset"]

_FORMAT = "acinus trajectories 1"


def to_dataset(run: Trajectories) -> xarray.Dataset:
    """Return a run as an xarray `Dataset`: one variable per recorded id, and all that is needed to read it again."""
    import xarray

    data: dict[str, Any] = {}
    for key in run.ids:
        symbol = run.symbols[key]
        about = {
            "units": symbol.unit,
            "long_name": symbol.name,
            "ontology": symbol.ontology,
            "role": "recorded",
        }
        if symbol.zone is not None:
            about |= {"zone": symbol.zone, "local": symbol.local}
        data[key] = (("individual", "time"), run[key], about)
    data["run_status"] = (
        "individual",
        np.array([s.name for s in run.status], dtype=object),
        {"role": "status"},
    )
    data["run_message"] = ("individual", np.array(run.message, dtype=object), {"role": "status"})
    data["run_reached"] = ("individual", run.reached, {"units": "h", "role": "status"})
    for key, values in run.parameters.items():
        about = {"units": run.model.symbol(key).unit, "role": "parameter", "id": key}
        data[f"parameter_{key}"] = ("individual", values, about)
    for key, values in run.columns.items():
        about = {"role": "column", "id": key, "units": run.column_units.get(key, "")}
        data[f"column_{key}"] = ("individual", values, about)
    for part, unit in (("start", "h"), ("end", "h"), ("amount", "mmol")):
        about = {"units": unit, "role": "schedule"}
        data[f"dose_{part}"] = (("individual", "dose"), getattr(run.schedule, part), about)
    text = np.frombuffer(json.dumps(_model_as_dict(run.model)).encode(), dtype=np.uint8)
    data["model_text"] = ("model_byte", text, {"long_name": "the model, as JSON in UTF-8"})
    ids = run.individuals.astype(object) if run.individuals.dtype.kind in "US" else run.individuals
    return xarray.Dataset(
        data,
        coords={
            "individual": ("individual", ids),
            "time": ("time", run.time, {"units": "h", "long_name": "time"}),
        },
        attrs={
            "format": _FORMAT,
            "ids": json.dumps(run.ids),
            "provenance": json.dumps(run.provenance.as_dict()),
            "protocol": json.dumps(_protocol_as_dict(run.protocol)),
            "doses": json.dumps([run.schedule.substances, run.schedule.routes, run.schedule.targets]),
            "notices": json.dumps([_plain(notice) for notice in run.notices]),
            "context_of_use": run.provenance.context_of_use,
        },
    )


def save_trajectories(run: Trajectories, path: Path) -> None:
    """Write a run to a NetCDF file."""
    squeezed = {"zlib": True, "complevel": 4}
    to_dataset(run).to_netcdf(path, engine="netcdf4", encoding={"model_text": squeezed})


def load_trajectories(path: str | Path) -> Trajectories:
    """Read a run from a NetCDF file.

    Raises
    ------
    ProtocolError
        AC613 if the file is missing or was not written by `save`.
    """
    import xarray

    file = Path(path)

    def refuse(problem: str) -> ProtocolError:
        return ProtocolError(
            Diagnostic(
                Code.RESULT_NOT_READABLE,
                f"cannot read a run from {shown(file)}: {problem}",
                Place(shown(file)),
                "",
                "Give a file that `Trajectories.save` wrote.",
            )
        )

    if not file.is_file():
        raise refuse("there is no such file")
    try:
        with xarray.open_dataset(
            file, engine="netcdf4", decode_times=False, decode_timedelta=False
        ) as opened:
            data = opened.load()
    except (OSError, ValueError, KeyError) as error:
        raise refuse(str(error)) from error
    if data.attrs.get("format") != _FORMAT:
        raise refuse("it is not a file of trajectories of this version")
    return _from_dataset(data)


def _from_dataset(data: xarray.Dataset) -> Trajectories:
    ids = tuple(json.loads(data.attrs["ids"]))
    substances, routes, targets = json.loads(data.attrs["doses"])
    about = json.loads(data.attrs["provenance"])
    individuals = data["individual"].to_numpy()
    size, count = len(individuals), data.sizes["time"]

    def with_role(role: str) -> dict[str, Any]:
        return {v.attrs["id"]: v for v in data.data_vars.values() if v.attrs.get("role") == role}

    columns = with_role("column")
    values = np.empty((size, count, len(ids)))
    for k, key in enumerate(ids):
        values[:, :, k] = data[key].to_numpy()
    return Trajectories(
        individuals=individuals.astype(str) if individuals.dtype.kind == "O" else individuals,
        time=data["time"].to_numpy(),
        ids=ids,
        values=values,
        status=tuple(Status[str(name)] for name in data["run_status"].to_numpy()),
        message=tuple(str(text) for text in data["run_message"].to_numpy()),
        reached=data["run_reached"].to_numpy(),
        parameters={key: v.to_numpy() for key, v in with_role("parameter").items()},
        columns={key: v.to_numpy() for key, v in columns.items()},
        column_units={key: v.attrs["units"] for key, v in columns.items() if v.attrs["units"]},
        schedule=Schedule(
            tuple(substances),
            tuple(routes),
            tuple(targets),
            *(data[f"dose_{part}"].to_numpy() for part in ("start", "end", "amount")),
        ),
        protocol=_protocol_from_dict(json.loads(data.attrs["protocol"])),
        provenance=Provenance(**{**about, "notices": tuple(about.get("notices", ()))}),
        notices=tuple(Notice(**told) for told in json.loads(data.attrs.get("notices", "[]"))),
        model=_model_from_dict(json.loads(data["model_text"].to_numpy().astype(np.uint8).tobytes().decode())),
    )


def _model_as_dict(model: Model) -> dict[str, Any]:
    """Return a model as plain values; where it was read from is left out, as that folder may be elsewhere."""
    return {
        "id": model.id,
        "name": model.name,
        "sbml": model.sbml,
        "hash": model.hash,
        "zones": model.zones,
        "symbols": [_plain(symbol) for symbol in model.symbols.values()],
        "cards": [_plain(card) for card in model.cards.values()],
        "substances": [
            {**_plain(substance), "routes": {key: _plain(route) for key, route in substance.routes.items()}}
            for substance in model.substances.values()
        ],
        "diets": {state: dict(values) for state, values in model.diets.items()},
        "body_weight": model.body_weight,
        "habits": [_plain(habit) for habit in model.habits.values()],
        "limits": [_plain(limit) for limit in model.limits],
        "used_in": {key: list(places) for key, places in model.used_in.items()},
    }


def _model_from_dict(plain: dict[str, Any]) -> Model:
    def substance(about: dict[str, Any]) -> Substance:
        routes = {key: Route(**route) for key, route in about["routes"].items()}
        return Substance(**{**about, "aliases": tuple(about["aliases"]), "routes": routes})

    def card(about: dict[str, Any]) -> Card:
        replaced = about.get("replaces")
        parts = {
            "place": Place(**about["place"]),
            "used_in": tuple(about["used_in"]),
            "replaces": card(replaced) if replaced is not None else None,
        }
        return Card(**{**about, **parts})

    return Model(
        **{
            **plain,
            "symbols": {about["id"]: Symbol(**about) for about in plain["symbols"]},
            "cards": {about["id"]: card(about) for about in plain["cards"]},
            "substances": {about["id"]: substance(about) for about in plain["substances"]},
            "used_in": {key: tuple(places) for key, places in plain["used_in"].items()},
            "habits": {about["id"]: Habit(**about) for about in plain.get("habits", [])},
            "limits": tuple(
                Limit(**{**about, "models": tuple(about["models"])}) for about in plain.get("limits", [])
            ),
        }
    )


def _plain(record: Any) -> dict[str, Any]:
    """Return the fields of a record, with mappings as dicts, places and cards as their fields."""
    found: dict[str, Any] = {}
    for each in fields(record):
        value = getattr(record, each.name)
        if isinstance(value, Mapping):
            found[each.name] = dict(value)
        elif isinstance(value, (Place, Card)):
            found[each.name] = _plain(value)
        else:
            found[each.name] = value
    return found


def _protocol_as_dict(protocol: Protocol) -> dict[str, Any]:
    """Return a protocol as plain values; quantities as text with all their digits."""

    def plain(record: Any) -> dict[str, Any]:
        said = {f.name: getattr(record, f.name) for f in fields(record) if f.name != "places"}
        return {k: v if isinstance(v, int) else as_text(v) for k, v in said.items() if v is not None}

    return {
        "name": protocol.name,
        "title": protocol.title,
        "arm": protocol.arm,
        "model": protocol.model,
        "doses": [plain(dose) for dose in protocol.doses],
        "diet": [plain(line) for line in protocol.diet],
        "rules": [rule_as_dict(rule) for rule in protocol.rules],
        "values": {k: v if isinstance(v, (int, float)) else as_text(v) for k, v in protocol.values.items()},
        "despite": list(protocol.despite),
        "sampling": [plain(part) if isinstance(part, Every) else _sample(part) for part in protocol.sampling],  # type: ignore[union-attr]
    }


def _sample(part: Any) -> str:
    return f"{float(part)!r} h" if isinstance(part, (int, float, np.number)) else as_text(part)


def _protocol_from_dict(plain: dict[str, Any]) -> Protocol:
    return Protocol(
        name=plain["name"],
        title=plain["title"],
        arm=plain["arm"],
        model=plain["model"],
        doses=tuple(Dose(**dose) for dose in plain["doses"]),
        diet=tuple(DietLine(**line) for line in plain["diet"]),
        rules=tuple(rule_from_dict(rule) for rule in plain.get("rules", [])),
        values=plain["values"],
        despite=tuple(plain.get("despite", ())),
        sampling=tuple(Every(**part) if isinstance(part, dict) else part for part in plain["sampling"]),
    )
