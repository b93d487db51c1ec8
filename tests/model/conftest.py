"""The tiny biology that the tests of this room change one file of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

TWINS = Path(__file__).parent / "twins"


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the tiny biology, as the working folder, so that places are short."""
    shutil.copytree(TWINS / "base", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path
