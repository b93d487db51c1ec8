"""A run read back: as tables, as labelled arrays, by SQL, and in a few numbers."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from acinus.documents import shown
from acinus.errors import Code, Diagnostic, Place, RequestError, nearest
from acinus.runs.folder import Manifest, RunFolder
from acinus.runs.query import answer, connection
from acinus.runs.shard import OWN_COLUMNS, read_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa
    import pyarrow.dataset as ds
    import xarray

__all__ = ["ArmSummary", "EndpointSummary", "Run", "RunSummary", "open_run"]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class EndpointSummary:
    """One endpoint in one arm.

    Attributes
    ----------
    name, title, unit : str
    n_defined : int
        Those who finished and have a reading; the denominator of what follows.
    mean : float or None
    quantiles : mapping from probability to value
        Empty for an answer of yes or no.
    yes : int or None
        How many answered yes; the interval of the share follows from it and `n_defined`.
    """

    name: str
    title: str
    unit: str
    n_defined: int
    mean: float | None
    quantiles: Mapping[float, float | None]
    yes: int | None


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """One arm; ``n_in = n_ok + n_failed``."""

    arm: str
    n_in: int
    n_ok: int
    n_failed: int
    ways_to_fail: Mapping[str, int]
    endpoints: tuple[EndpointSummary, ...]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in a few numbers; `people_done` of `people` are through so far, of whom rules left out `left_out`."""

    people: int
    people_done: int
    left_out: int
    arms: tuple[ArmSummary, ...]


class Run:
    """The results of a run, finished or not; reads only.

    Nothing is read before it is asked for. What is read is checked page by page against the checksums in the files;
    `verify_run` checks every byte.
    """

    def __init__(self, path: str | Path) -> None:
        self.folder = RunFolder(path)
        self.manifest: Manifest = self.folder.manifest()
        there = self.folder.shards()
        twice = [paths for paths in there.values() if len(paths) > 1]
        if twice:
            raise RequestError(
                Diagnostic(
                    Code.SHARD_DAMAGED,
                    f"{len(twice)} shards stand twice, such as {shown(twice[0][0])} and {twice[0][1].name}",
                    Place(shown(self.folder.path)),
                    "Their people would be counted twice.",
                    "`acinus runs verify` says which of them is damaged, `acinus runs resume` mends it.",
                )
            )
        wanted = set(self.manifest.indices)
        self.shards: Mapping[int, Path] = {i: paths[0] for i, paths in there.items() if i in wanted}

    @property
    def people(self) -> int:
        """How many individuals the run will have."""
        return sum(len(self.manifest.span(index)) for index in self.manifest.indices)

    @property
    def people_done(self) -> int:
        """How many it has so far."""
        return sum(len(self.manifest.span(index)) for index in self.shards)

    @property
    def complete(self) -> bool:
        """Whether all shards are there."""
        return len(self.shards) == len(self.manifest.indices)

    @cached_property
    def results(self) -> ds.Dataset:
        """All shards as one Arrow dataset: a row for each individual and arm."""
        import pyarrow.dataset as ds

        if not self.shards:
            raise RequestError(
                Diagnostic(
                    Code.SHARD_MISSING,
                    f"{shown(self.folder.path)} has no finished shard yet",
                    Place(shown(self.folder.path)),
                    "",
                    "Wait, or go on with `acinus runs resume`.",
                )
            )
        checked = ds.ParquetFileFormat(
            default_fragment_scan_options=ds.ParquetFragmentScanOptions(page_checksum_verification=True)
        )
        return ds.dataset([str(self.shards[index]) for index in sorted(self.shards)], format=checked)

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """The arms, in the order of the protocol."""
        return tuple(self._header["arms"])

    @cached_property
    def _header(self) -> dict[str, Any]:
        _ = self.results
        return read_header(self.shards[min(self.shards)])

    @cached_property
    def fields(self) -> Mapping[str, Mapping[str, str]]:
        """What each column is: ``unit``, ``role`` (`column`, `endpoint`, `yes_or_no`), ``title``, ``method``."""
        return {
            field.name: {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
            for field in self.results.schema
        }

    def unit(self, name: str) -> str:
        """Return the unit of a column of the results."""
        return self.fields[self._known(name)].get("unit", "")

    def query(self, sql: str) -> pa.Table:
        """Return what one SELECT over the table `results` gives; AC959 for anything else."""
        with self._sound():
            return answer(self.results, sql)

    def to_pandas(self, columns: Sequence[str] | None = None, *, arm: str | None = None) -> pd.DataFrame:
        """Return rows as a pandas table.

        Parameters
        ----------
        columns : sequence of str, optional
            All unless given; `individual`, `arm` and `status` are always there.
        arm : str, optional
            One arm only.
        """
        import pyarrow.dataset as ds

        names = None
        if columns is not None:
            names = list(dict.fromkeys(["individual", "arm", "status", *map(self._known, columns)]))
        chosen = None if arm is None else ds.field("arm") == self._arm(arm)
        with self._sound():
            return self.results.to_table(columns=names, filter=chosen).to_pandas()

    def to_dataset(self, columns: Sequence[str] | None = None) -> xarray.Dataset:
        """Return results as labelled arrays with axes `individual` and `arm`, units attached; NaN for no reading."""
        import numpy as np
        import xarray

        names = [name for name in self.fields if name not in OWN_COLUMNS]
        if columns is not None:
            names = [self._known(name) for name in columns]
        table = self.to_pandas(["status", *names]).set_index(["individual", "arm"])
        people = table.index.get_level_values("individual").unique()
        rows = [table.xs(arm, level="arm").reindex(people) for arm in self.arms]
        data: dict[str, Any] = {
            "status": (("individual", "arm"), np.stack([part["status"].astype(str) for part in rows], axis=1))
        }
        for name in names:
            about = {key: value for key, value in self.fields[name].items() if key != "unit"}
            values = np.stack([part[name].to_numpy(dtype=float, na_value=np.nan) for part in rows], axis=1)
            data[name] = (("individual", "arm"), values, {"units": self.unit(name), **about})
        return xarray.Dataset(
            data,
            coords={"individual": people.to_numpy(), "arm": list(self.arms)},
            attrs={"identity": self.manifest.identity, "context_of_use": self.manifest.context_of_use},
        )

    def trajectories(self, arm: str | None = None) -> xarray.Dataset:
        """Return the courses that were kept in one arm, with axes `individual` and `time`.

        Parameters
        ----------
        arm : str, optional
            The first one unless given.
        """
        import xarray

        from acinus.runs.sampling import read_sample

        name = self.arms[0] if arm is None else self._arm(arm)
        found = [read_sample(path, name) for path in self._companions("trajectories")]
        if not found:
            raise RequestError(
                Diagnostic(
                    Code.RUN_REQUEST_VALUE,
                    "this run keeps no trajectories",
                    Place(shown(self.folder.path)),
                    "",
                    "Ask for some in the request: `trajectories: {keep: 200}`.",
                )
            )
        return xarray.concat(found, dim="individual", join="exact", combine_attrs="override")

    def failures(self) -> list[dict[str, Any]]:
        """Return everyone who did not finish: individual, arm, status, reason, time reached, values."""
        return [
            json.loads(line)
            for path in self._companions("failures")
            for line in path.read_text(encoding="utf-8").splitlines()
        ]

    def summary(self) -> RunSummary:
        """Return counts, quantiles and answers by arm."""
        endpoints = {
            name: about
            for name, about in self.fields.items()
            if about.get("role") in ("endpoint", "yes_or_no")
        }
        asked = ["count(*)", "count(*) FILTER (WHERE status = 'reached_end')"]
        for name, about in endpoints.items():
            quoted = _quoted(name)
            asked += [f"count({quoted})", f"avg({quoted})"]
            asked.append(
                f"sum({quoted})"
                if about["role"] == "yes_or_no"
                else f"quantile_cont({quoted}, {list(QUANTILES)})"
            )
        with self._sound(), connection(self.results) as opened:
            rows = {
                row[0]: row[1:]
                for row in opened.execute(
                    f"SELECT arm, {', '.join(asked)} FROM results GROUP BY arm"
                ).fetchall()
            }
            failed = opened.execute(
                "SELECT arm, status, count(*) FROM results WHERE status <> 'reached_end' "
                "GROUP BY arm, status ORDER BY arm, status"
            ).fetchall()
        arms = []
        for arm in self.arms:
            n_in, n_ok, *rest = rows[arm]
            ways = {status: count for of, status, count in failed if of == arm}
            found = [
                _endpoint(name, about, *rest[3 * k : 3 * k + 3])
                for k, (name, about) in enumerate(endpoints.items())
            ]
            arms.append(ArmSummary(arm, n_in, n_ok, sum(ways.values()), ways, tuple(found)))
        simulated = arms[0].n_in
        return RunSummary(self.people, self.people_done, self.people_done - simulated, tuple(arms))

    @contextlib.contextmanager
    def _sound(self) -> Iterator[None]:
        """Turn what Arrow says of a damaged file into words about the run."""
        import pyarrow as pa

        try:
            yield
        except (pa.ArrowException, OSError) as error:
            raise RequestError(
                Diagnostic(
                    Code.SHARD_DAMAGED,
                    f"a shard of {shown(self.folder.path)} cannot be read: {str(error).splitlines()[0]}",
                    Place(shown(self.folder.path)),
                    "",
                    "`acinus runs verify` says which, `acinus runs resume` mends it.",
                )
            ) from error

    def _companions(self, kind: str) -> list[Path]:
        headers = (read_header(self.shards[index]) for index in sorted(self.shards))
        return [
            self.folder.path / kind / header["companions"][kind]
            for header in headers
            if kind in header["companions"]
        ]

    def _known(self, name: str) -> str:
        if name in self.fields:
            return name
        raise RequestError(
            Diagnostic(
                Code.RUN_REQUEST_VALUE,
                f"the results have no column `{name}`",
                None,
                f"They have {', '.join(f'`{key}`' for key in self.fields)}.",
                nearest(name, self.fields),
            )
        )

    def _arm(self, name: str) -> str:
        if name in self.arms:
            return name
        raise RequestError(
            Diagnostic(
                Code.RUN_REQUEST_VALUE,
                f"the run has no arm `{name}`",
                None,
                f"It has {', '.join(f'`{arm}`' for arm in self.arms)}.",
                nearest(name, self.arms),
            )
        )


def open_run(path: str | Path) -> Run:
    """Return the results of a run; AC953 if the folder holds none."""
    return Run(path)


def _endpoint(
    name: str, about: Mapping[str, str], n_defined: int, mean: float | None, last: Any
) -> EndpointSummary:
    answers = about["role"] == "yes_or_no"
    values = [None] * len(QUANTILES) if last is None or answers else last
    return EndpointSummary(
        name,
        about["title"],
        about["unit"],
        n_defined,
        mean,
        {} if answers else dict(zip(QUANTILES, values, strict=True)),
        int(last or 0) if answers else None,
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
