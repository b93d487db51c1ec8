"""Whose whole course is kept: a sample stratified over the individuals, chosen by random keys of their own.

Every shard is a stratum of consecutive individuals and gives its share of the number asked for; within it those with the
smallest keys are taken. A key depends on the seed and the individual alone, so a killed run that goes on, or another
number of workers, keeps the same people.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from acinus.population.stream import uniforms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import xarray
    from numpy.typing import NDArray

    from acinus.runs.request import Request
    from acinus.simulation import Trajectories

__all__ = ["Course", "chosen", "course_of", "read_sample", "sample_of"]

_PURPOSE = "whose trajectory is kept"
_ZARR = 2  # version 3 of the format has no text yet, and people of a cohort have names
_LONG_AGO = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # the earliest date a ZIP file can name; the same content gives the same bytes


@dataclass(frozen=True, eq=False)
class Course:
    """Curves of some individuals of one arm.

    Attributes
    ----------
    individuals : (k,) array
    time : (T,) array, h
    curves : mapping from id to (k, T) array
    about : mapping from id to attributes
        Unit, full name, ontology term, zone.
    """

    individuals: NDArray[Any]
    time: NDArray[np.float64]
    curves: Mapping[str, NDArray[np.float64]]
    about: Mapping[str, Mapping[str, Any]]


def chosen(request: Request, people: int, span: range, present: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of a shard's individuals whose course is kept, in order.

    Parameters
    ----------
    request : Request
    people : int
        Individuals of the whole run.
    span : range
        The individuals of the shard, by number.
    present : (n,) array of int
        Places within `span` of those who are simulated; a population's rules may have left some out.
    """
    keep = min(request.trajectories.keep, people)
    quota = span.stop * keep // people - span.start * keep // people
    keys = uniforms(request.seed, _PURPOSE, len(span), first=span.start)[present]
    return np.sort(np.argsort(keys, kind="stable")[:quota])


def course_of(run: Trajectories, rows: NDArray[np.int64]) -> Course:
    """Return the curves of some individuals of a run."""
    about = {}
    for key in run.ids:
        symbol = run.symbols[key]
        about[key] = {"units": symbol.unit, "long_name": symbol.name, "ontology": symbol.ontology}
        if symbol.zone is not None:
            about[key] |= {"zone": symbol.zone, "local": symbol.local}
    return Course(run.individuals[rows], run.time, {key: run[key][rows] for key in run.ids}, about)


def sample_of(courses: Mapping[str, Course]) -> bytes:
    """Return a Zarr store as one ZIP file, a group for each arm; the same courses give the same bytes."""
    import xarray
    from zarr.storage import MemoryStore

    content: dict[str, Any] = {}
    for arm, course in courses.items():
        data = xarray.Dataset(
            {
                key: (("individual", "time"), values, course.about[key])
                for key, values in course.curves.items()
            },
            coords={
                "individual": ("individual", course.individuals),
                "time": ("time", course.time, {"units": "h", "long_name": "time"}),
            },
        )
        store: dict[str, Any] = {}
        data.to_zarr(MemoryStore(store), mode="w", zarr_format=_ZARR, consolidated=False)
        content |= {f"{arm}/{name}": value.to_bytes() for name, value in store.items()}
    content[".zgroup"] = json.dumps({"zarr_format": _ZARR}).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(content):
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), content[name])
    return packed.getvalue()


def read_sample(path: Path, arm: str) -> xarray.Dataset:
    """Return the courses of one arm from a file that `sample_of` made."""
    import xarray
    from zarr.storage import ZipStore

    with ZipStore(path, mode="r") as store:
        opened = xarray.open_zarr(
            store,
            group=arm,
            consolidated=False,
            zarr_format=_ZARR,
            decode_times=False,
            decode_timedelta=False,
        )
        return opened.load()
