"""What produced a result: versions, hashes, seed, tolerances, and what the result may be used for.

In: texts and settings. Out: `Provenance` records that travel with every result. Knows no numerics.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass

from acinus.errors import Place

__all__ = ["CONTEXT_OF_USE", "Provenance", "content_hash", "content_text", "version"]

CONTEXT_OF_USE = (
    "For research and teaching; never for the treatment of a person. "
    "A suspected overdose needs emergency care at once, whatever a model says."
)


def content_hash(*texts: str) -> str:
    """Return the SHA-256 of texts, each ended by a NUL so that their borders count."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def content_text(value: object) -> str:
    """Return a text that is equal for equal contents, whatever the order of mappings and the files."""
    import numpy as np  # takes longer than all else that is imported here

    if isinstance(value, np.ndarray):
        content = value.tolist() if value.dtype.hasobject else value.tobytes().hex()
        return f"array{value.dtype.str}{value.shape}:{content}"
    if isinstance(value, Place):
        return ""
    if is_dataclass(value) and not isinstance(value, type):
        inner = ",".join(f"{f.name}={content_text(getattr(value, f.name))}" for f in fields(value))
        return f"{type(value).__name__}({inner})"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{content_text(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(content_text(item) for item in value) + "]"
    return repr(value)


def version(distribution: str = "acinus") -> str:
    """Return the installed version of a distribution, or ``unknown`` when it runs from a bare source tree."""
    from importlib import metadata  # slow to import as well

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything needed to make a result again, except the machine it ran on; and the limits that it passed."""

    model: str
    model_hash: str
    protocol: str
    engine: str
    settings: Mapping[str, float | int | str]
    seed: int | None = None
    notices: tuple[str, ...] = ()
    acinus: str = field(default_factory=version)
    python: str = field(default_factory=platform.python_version)
    context_of_use: str = CONTEXT_OF_USE

    def as_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON."""
        return {**asdict(self), "settings": dict(self.settings)}
