"""How answers other than JSON stand in the schema of the API."""

from __future__ import annotations

from typing import Any

__all__ = ["answers_with"]


def answers_with(*media: str, words: str) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of an answer in one of some media types."""
    kinds = {kind: {"schema": {}} for kind in media}
    return {200: {"description": words, "content": kinds}}
