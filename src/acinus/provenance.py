"""What produced a result: versions, hashes, seed, tolerances, and what the result may be used for.

In: texts and settings. Out: `Provenance` records that travel with every result. Knows no numerics.
"""

from __future__ import annotations

import hashlib
import platform
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CONTEXT_OF_USE", "Provenance", "content_hash", "version"]

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


def version(distribution: str = "acinus") -> str:
    """Return the installed version of a distribution, or ``unknown`` when it runs from a bare source tree."""
    from importlib import metadata  # takes longer than all else that is imported here

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
