"""A way from Antimony to SBML."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
