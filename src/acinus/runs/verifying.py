"""What is wrong with the files of a run: bytes that changed, shards that are missing, rows that do not add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acinus.documents import shown
from acinus.errors import Code, Diagnostic, Place
from acinus.runs.folder import Manifest, RunFolder, intact
from acinus.runs.people_table import hash_of_table, table_files
from acinus.runs.shard import read_header

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Damage", "Verification", "damage", "verify_run"]


@dataclass(frozen=True, slots=True)
class Damage:
    """A shard that does not count, and why.

    Attributes
    ----------
    index : int
    path : Path or None
        The file that must go for the shard to be computed again.
    diagnostic : Diagnostic
    """

    index: int
    path: Path | None
    diagnostic: Diagnostic


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify_run` found.

    Attributes
    ----------
    shards, missing, damaged : int
        Those that belong to this folder; none is both missing and damaged.
    people, left_out, rows, failed : int
        Of the shards that are sound: individuals simulated, and those that the population's rules of plausibility left
        out; rows count individuals in each arm, and ``rows = finished + failed``.
    findings : tuple of Diagnostic
        AC956 and AC957.
    """

    shards: int
    missing: int
    damaged: int
    people: int
    left_out: int
    rows: int
    failed: int
    findings: tuple[Diagnostic, ...]


def verify_run(path: str | Path) -> Verification:
    """Read every byte of a run and compare it with what was written; changes nothing.

    Raises
    ------
    RequestError
        AC953 if there is no run.
    """
    folder = RunFolder(path)
    manifest = folder.manifest()
    wrong = damage(folder, manifest)
    damaged = {each.index for each in wrong}
    there = folder.shards()
    findings = [each.diagnostic for each in wrong]
    table = manifest.people_table(folder.path)
    if table is not None and hash_of_table(table_files(table)) != manifest.cohort_hash:
        findings.append(
            Diagnostic(
                Code.SHARD_DAMAGED,
                f"{shown(table)} is not the table that the run was begun with",
                Place(shown(table)),
                "",
                "Put the table back that the run was started with.",
            )
        )
    people = left_out = rows = failed = 0
    for index in manifest.indices:
        if index in there and index not in damaged:
            header = read_header(there[index][0])
            people += header["individuals"]
            left_out += header["drawn"] - header["individuals"]
            rows += header["rows"]
            failed += header["failed"]
    missing = [index for index in manifest.indices if index not in there]
    if missing:
        first = ", ".join(str(index) for index in missing[:5]) + (", ..." if len(missing) > 5 else "")
        findings.append(
            Diagnostic(
                Code.SHARD_MISSING,
                f"{len(missing)} of {len(manifest.indices)} shards are not there: {first}",
                Place(shown(folder.path)),
                "",
                "Compute them with `acinus runs resume`.",
            )
        )
    return Verification(
        len(manifest.indices), len(missing), len(damaged), people, left_out, rows, failed, tuple(findings)
    )


def damage(folder: RunFolder, manifest: Manifest) -> list[Damage]:
    """Return the shards that do not count, each with the file whose removal lets it be computed again."""
    found: list[Damage] = []
    for index, paths in folder.shards().items():
        sound: list[Path] = []
        for path in paths:
            why = _trouble(folder, manifest, index, path)
            if why is None:
                sound.append(path)
            else:
                found.append(Damage(index, path, _changed(path, why)))
        # Two that are both sound would mean that the same shard came out differently: neither can be trusted.
        if len(sound) > 1:
            found += [
                Damage(index, path, _changed(path, "another shard has the same number")) for path in sound
            ]
    return found


def _trouble(folder: RunFolder, manifest: Manifest, index: int, path: Path) -> str | None:
    """Say what is wrong with a shard or with a file that belongs to it; None if all is well."""
    if not intact(path):
        return "its content is not what its name says"
    try:
        header = read_header(path)
    except ValueError as error:
        return f"it is no shard: {error}"
    if header["identity"] != manifest.identity or header["shard"] != index:
        return "it belongs to another run"
    if index not in manifest.indices:
        return "it belongs to another part of the run"
    if header["drawn"] != len(manifest.span(index)):
        return f"it is of {header['drawn']} individuals instead of {len(manifest.span(index))}"
    for kind, name in header["companions"].items():
        companion = folder.path / kind / name
        if not companion.is_file():
            return f"{kind}/{name}, which belongs to it, is missing"
        if not intact(companion):
            return f"the content of {kind}/{name}, which belongs to it, is not what its name says"
    return None


def _changed(path: Path, why: str) -> Diagnostic:
    return Diagnostic(
        Code.SHARD_DAMAGED,
        f"{shown(path)} does not count: {why}",
        Place(shown(path)),
        "",
        "`acinus runs resume` computes it again, with the same numbers.",
    )
