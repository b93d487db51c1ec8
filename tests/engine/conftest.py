"""Small systems written in Antimony, whose answers are known in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from acinus.engine import Batch, Change
from acinus.system import OdeSystem, system_from_sbml

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def system_of() -> Callable[[str], OdeSystem]:
    import antimony

    def build(body: str) -> OdeSystem:
        antimony.clearPreviousLoads()
        assert antimony.loadAntimonyString(f"model toy\n{body}\nend") >= 0, antimony.getLastError()
        sbml = str(antimony.getSBMLString("toy"))
        return system_from_sbml(sbml)

    return build


@pytest.fixture(scope="session")
def decay(system_of: Callable[[str], OdeSystem]) -> OdeSystem:
    """One compartment of volume V: an amount enters as a bolus or by infusion and is lost at rate k."""
    return system_of(
        """
        compartment V; V = 2;
        species A in V, lost in V; substanceOnly species gut in V;
        A = 0; lost = 0; gut = 0;
        k = 0.3; infusion = 0; const k, infusion;
        J1: A => lost; k*A*V;
        J2: => A; infusion;
        twice := 2*A;
        """
    )


@pytest.fixture(scope="session")
def batch_of() -> Callable[..., Batch]:
    def build(
        system: OdeSystem,
        times: Any,
        changes: Any = None,
        n: int = 1,
        outputs: list[str] | None = None,
        **values: Any,
    ) -> Batch:
        parameters = np.tile(system.parameter_values, (n, 1))
        for name, value in values.items():
            parameters[:, system.parameters.index(name)] = value
        chosen = outputs or list(system.outputs)
        return Batch(
            parameters,
            tuple(changes) if changes is not None else ((),) * n,
            np.asarray(times, dtype=float),
            np.array([system.outputs.index(name) for name in chosen]),
        )

    return build


@pytest.fixture(scope="session")
def add() -> Callable[..., Change]:
    return lambda system, time, species, value: Change(time, "add", system.species.index(species), value)


@pytest.fixture(scope="session")
def put() -> Callable[..., Change]:
    return lambda system, time, name, value: Change(time, "set", system.parameters.index(name), value)
