"""A way from Antimony or SBML to an `OdeSystem`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def sbml_of() -> Callable[[str], str]:
    import antimony

    def write(body: str) -> str:
        antimony.clearPreviousLoads()
        assert antimony.loadAntimonyString(f"model toy\n{body}\nend") >= 0, antimony.getLastError()
        return str(antimony.getSBMLString("toy"))

    return write


@pytest.fixture(scope="session")
def as_model() -> Callable[[str], Any]:
    return lambda sbml: cast("Any", SimpleNamespace(sbml=sbml, hash="of the toy"))
