"""Systems of rate rules, written as `name: formula`, for problems whose answers are in the literature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from acinus.engine import Batch
from acinus.system import OdeSystem, system_from_sbml


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Any:
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def rates() -> Any:
    """Build a system from initial values and rates."""
    import antimony

    def build(initial: dict[str, float], slopes: dict[str, str]) -> OdeSystem:
        lines = [f"{name} = {value!r}; {name}' = {slopes[name]};" for name, value in initial.items()]
        antimony.clearPreviousLoads()
        text = "model problem\n" + "\n".join(lines) + "\nend"
        assert antimony.loadAntimonyString(text) >= 0, antimony.getLastError()
        sbml = str(antimony.getSBMLString("problem"))
        return system_from_sbml(sbml)

    return build


@pytest.fixture(scope="session")
def one() -> Any:
    """Build a batch of one individual that records everything."""
    return lambda system, times: Batch(
        system.parameter_values[None, :].copy(),
        ((),),
        np.asarray(times, float),
        np.arange(len(system.outputs)),
    )
