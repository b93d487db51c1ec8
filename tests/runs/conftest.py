"""The small run as tests ask for it, and its undisturbed result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_run import small_request

from acinus.runs import Request, start_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def request_of() -> Callable[..., Request]:
    return small_request


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the small run, computed on one thread without disturbance; not to be changed."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    start_run(small_request(), folder, workers=1)
    return folder
