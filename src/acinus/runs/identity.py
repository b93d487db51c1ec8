"""What makes two runs the same: the request, the model, the biology and the software."""

from __future__ import annotations

import functools
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.documents import biology_folder
from acinus.provenance import content_hash, version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["biology_hash", "file_hash", "identity_of", "software"]

# Claims, observations and evidence do not touch what a run gives, so editing them must not end one.
_BIOLOGY = (
    "modules/**/*.ant",
    "assemblies/*.ant",
    "parameters/**/*.csv",
    "protocols/*.yaml",
    "populations/*.yaml",
    "regimens/*.yaml",
    "rules/*.yaml",
    "*.yaml",
    "vocabulary.csv",
)
_ROOMS = ("model", "system", "engine", "simulation", "endpoints", "population", "runs")
_LIBRARIES = ("numpy", "scipy", "llvmlite", "pyarrow", "zarr", "xarray", "pint", "antimony", "python-libsbml")


def biology_hash(folder: Path | None) -> str:
    """Return a hash of the files that a run can read from a biology folder, the shipped one if None."""
    root = folder or biology_folder()
    return _hash_of_files(root, (path for pattern in _BIOLOGY for path in root.glob(pattern)))


@functools.cache
def software() -> Mapping[str, str]:
    """Return the versions that can change a digit: this package by its source, and the libraries below it."""
    package = Path(__file__).parents[1]
    files = [*package.glob("*.py"), *(path for room in _ROOMS for path in (package / room).rglob("*.py"))]
    return {
        "acinus": version(),
        "source": _hash_of_files(package, files),
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{name: version(name) for name in _LIBRARIES},
    }


def identity_of(request_hash: str, model_hash: str, biology: str, cohort: str) -> str:
    """Return the hash that every shard of a run carries; equal for runs that must give the same bytes."""
    return content_hash(
        request_hash, model_hash, biology, cohort, *(f"{k}={v}" for k, v in software().items())
    )


def file_hash(data: bytes) -> str:
    """Return the 128 bits of SHA-256 that stand in the name of a file."""
    import hashlib

    return hashlib.sha256(data).hexdigest()[:32]


def _hash_of_files(root: Path, paths: Iterable[Path]) -> str:
    found = sorted({path.relative_to(root).as_posix() for path in paths})
    return content_hash(*(part for name in found for part in (name, (root / name).read_text("utf-8"))))
