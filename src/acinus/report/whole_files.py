"""Files that are whole or absent: written under a temporary name beside their place, then renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, RequestError
from acinus.provenance import CONTEXT_OF_USE
from acinus.report.palette import house_style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

__all__ = ["save_figure", "whole_file", "write_text"]


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to; on leaving, it becomes `path`, and after an error nothing is left.

    The suffix is kept, because matplotlib and netCDF4 choose the format by it. Folders are made as needed.

    Raises
    ------
    RequestError
        AC980 if the place cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files private; results are as readable as the user's other files.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def save_figure(figure: Figure, path: Path, *, resolution: int = 150) -> None:
    """Write a figure in the format of the suffix; the same figure gives the same bytes.

    Parameters
    ----------
    figure : matplotlib Figure
    path : Path
        Ends in ``.png``, ``.svg`` or ``.pdf``.
    resolution : int
        Dots per inch, for PNG.
    """
    # No date and no version in the metadata: two runs of the same model must not differ.
    metadata: dict[str, str | None] = {"Title": "acinus", "Description": CONTEXT_OF_USE, "Software": None}
    if path.suffix != ".png":
        metadata = {"Title": "acinus"}
    with whole_file(path) as temporary, house_style():
        figure.savefig(temporary, dpi=resolution, metadata=metadata)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> RequestError:
    return RequestError(
        Diagnostic(
            Code.NOT_WRITABLE,
            f"cannot write {path}: {error.strerror or error}",
            None,
            "",
            "Choose another folder with --out.",
        )
    )
