"""Text files that are whole or as they were: written beside their place, then renamed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Write a UTF-8 text file; whoever reads it meanwhile, or after a crash, finds the old text or the new.

    Raises
    ------
    RequestError
        AC980 if the place cannot be written to.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        what = f"cannot write {path}: {error.strerror or error}"
        raise RequestError(
            Diagnostic(Code.NOT_WRITABLE, what, None, "", "Choose another folder with --out.")
        ) from error
