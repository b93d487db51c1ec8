"""Models for the tests of the expression graph: small ones written here, large ones from the shared folder."""

from __future__ import annotations

import pytest

from acinus.model import load_model


@pytest.fixture(scope="session")
def human() -> str:
    return load_model("human").sbml


@pytest.fixture(scope="session")
def large_model(request, shared, human) -> str:
    """Return the SBML of the model that the test is parametrised with."""
    if request.param == "human":
        return human
    return (shared / request.param).read_text(encoding="utf-8")
