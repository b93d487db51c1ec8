"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the folder of the repository."""
    return Path(__file__).resolve().parents[1]
