"""The folder of a run: what lies where, and which shards are there.

    manifest.json     what was asked for and what computes it; written first, never changed
    shards/           00000012.<hash>.parquet: one row for each individual and arm
    failures/         00000012.<hash>.jsonl: everyone of a shard who did not finish
    trajectories/     00000012.<hash>.zarr.zip: courses of the individuals that were chosen
    cohort.csv or .parquet   the user's table of people, where there is one
    log.jsonl         who worked on it, when and how fast; for progress only
    lock              held while someone writes

A shard is done when its Parquet file has its name. That one rename commits it: the files that belong to it are written
before and named in its metadata, and each name contains a hash of its file's content.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acinus.documents import shown
from acinus.errors import Code, Diagnostic, Place, RequestError
from acinus.runs.files import PART, commit, make_folder
from acinus.runs.identity import file_hash
from acinus.runs.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.runs.shard import ShardFiles

__all__ = ["Manifest", "RunFolder", "intact", "named"]

_FORMAT = "acinus run 1"
_NAME = re.compile(r"(\d{8})\.([0-9a-f]{32})\.[a-z.]+$")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run is; plain values throughout.

    Attributes
    ----------
    request : mapping
        The frozen request: texts where the user named files.
    identity : str
        The hash that every shard carries.
    people, shards : int
    part : tuple of int
        ``(k, n)``: this folder holds every n-th shard from the k-th; ``(1, 1)`` is the whole run.
    model_hash, biology_hash, cohort_hash : str
    software : mapping of str to str
    engine : str
    created : str
        ISO 8601, UTC.
    format : str
    """

    request: Mapping[str, Any]
    identity: str
    people: int
    shards: int
    part: tuple[int, int]
    model_hash: str
    biology_hash: str
    cohort_hash: str
    software: Mapping[str, str]
    engine: str
    created: str
    context_of_use: str
    format: str = _FORMAT

    @property
    def indices(self) -> range:
        """Numbers of the shards that belong here."""
        return range(self.part[0] - 1, self.shards, self.part[1])

    def parsed_request(self) -> Request:
        """Return the request as a record."""
        return Request.model_validate(self.request)

    def people_table(self, folder: Path) -> Path | None:
        """Return where the user's table of people lies; None for a run that has none."""
        return folder / str(self.request["cohort"]) if self.cohort_hash else None

    def span(self, index: int) -> range:
        """Return the individuals of a shard, by number from 0."""
        size = int(self.request["shard_size"])
        return range(index * size, min((index + 1) * size, self.people))


class RunFolder:
    """Reads and writes the files of one run; knows names, not content."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    # The manifest

    @property
    def manifest_path(self) -> Path:
        """Where the manifest lies."""
        return self.path / "manifest.json"

    def create(self, manifest: Manifest) -> None:
        """Write the manifest of a new run."""
        for name in ("shards", "failures", "trajectories"):
            make_folder(self.path / name)
        text = json.dumps({**asdict(manifest), "part": list(manifest.part)}, indent=2, ensure_ascii=False)
        commit(self.manifest_path, (text + "\n").encode())

    def manifest(self) -> Manifest:
        """Return the manifest; AC953 if the folder holds no run or another version's."""
        try:
            plain = json.loads(self.manifest_path.read_text(encoding="utf-8"))
            if plain.get("format") != _FORMAT:
                raise self._no_run("its manifest is not one of this version")
            known = {field.name: plain[field.name] for field in fields(Manifest)}
        except FileNotFoundError:
            raise self._no_run("there is no manifest.json") from None
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise self._no_run(f"its manifest cannot be read ({error})") from error
        return Manifest(**{**known, "part": tuple(known["part"])})

    def _no_run(self, why: str) -> RequestError:
        return RequestError(
            Diagnostic(
                Code.RUN_MISSING,
                f"{shown(self.path)} holds no run: {why}",
                Place(shown(self.path)),
                "",
                "Name the folder of `acinus runs start --out`.",
            )
        )

    # Shards

    def shards(self) -> dict[int, list[Path]]:
        """Return the shards that are there by number; more than one path to a number means trouble."""
        found: dict[int, list[Path]] = {}
        for path in sorted((self.path / "shards").glob("*.parquet")):
            name = _NAME.match(path.name)
            if name is not None:
                found.setdefault(int(name[1]), []).append(path)
        return found

    def write(self, files: ShardFiles) -> None:
        """Commit a shard: first what belongs to it, and with the last rename the shard itself."""
        for kind, (name, data) in files.companions.items():
            commit(self.path / kind / name, data)
        name, data = files.table
        commit(self.path / "shards" / name, data)

    def clear_unfinished(self) -> None:
        """Remove what a killed process left unfinished; only the holder of the lock may."""
        for folder in (self.path, *(self.path / name for name in ("shards", "failures", "trajectories"))):
            for path in folder.glob(f".*{PART}"):
                path.unlink(missing_ok=True)

    def set_aside(self, path: Path) -> None:
        """Move a damaged file where no reader looks."""
        make_folder(self.path / "damaged")
        path.replace(self.path / "damaged" / path.name)

    # The log

    def note(self, event: str, **about: object) -> None:
        """Add a line to the log. It serves progress alone, so a line that cannot be written stops nothing."""
        line = json.dumps({"event": event, **about}) + "\n"
        try:
            with (self.path / "log.jsonl").open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError:
            return

    def log(self) -> list[dict[str, Any]]:
        """Return the lines of the log; one that a kill cut short is left out."""
        try:
            text = (self.path / "log.jsonl").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        lines = []
        for line in text.splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                continue
        return lines


def named(index: int, data: bytes, ending: str) -> tuple[str, bytes]:
    """Return the name of a file of a shard, which contains its hash, and its content."""
    return f"{index:08d}.{file_hash(data)}.{ending}", data


def intact(path: Path) -> bool:
    """Say whether a file's content is what its name says."""
    name = _NAME.match(path.name)
    try:
        return name is not None and file_hash(path.read_bytes()) == name[2]
    except OSError:
        return False
