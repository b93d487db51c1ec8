"""The compiled engine, its object code kept in a folder of the test run's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from acinus.engine.compiled import CompiledEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from acinus.engine import Batch


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Any:
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture(scope="session", params=["rodas5", "rodas5p", "radau9", "radau13"])
def engine(request: pytest.FixtureRequest) -> CompiledEngine:
    return CompiledEngine(request.param)


@pytest.fixture(scope="session")
def cascade(system_of):
    """Ten stiff states with a power, a shared saturation and a parameter that switches an inflow."""
    chain = "\n".join(f"S{i} => S{i + 1}; k{i}*S{i};" for i in range(1, 10))
    rates = "".join(f"k{i} = {0.7 * 3.0**i}; " for i in range(1, 10))
    names = ", ".join(f"k{i}" for i in range(1, 10))
    zeros = " ".join(f"S{i} = 0;" for i in range(2, 11))
    return system_of(
        f"""
        species S1, S2, S3, S4, S5, S6, S7, S8, S9, S10; S1 = 1; {zeros} {rates}
        const {names}, inflow, vmax, km, h; inflow = 0; vmax = 2; km = 0.3; h = 2.4;
        {chain}
        => S1; inflow;
        S10 => ; vmax*S10^h/(km^h + S10^h);
        back: S10 => S1; 0.1*S10/(km + S10);
        total := S1 + S10;
        """
    )


@pytest.fixture
def crowd(cascade, batch_of, add, put) -> Callable[..., Batch]:
    """Many different people: own parameters, doses at their own times, an inflow switched on and off."""

    def build(n: int, seed: int = 3) -> Batch:
        rng = np.random.default_rng(seed)
        names = cascade.parameters
        values = {
            name: cascade.parameter_values[k] * rng.lognormal(0, 0.4, n) for k, name in enumerate(names)
        }
        doses = rng.uniform(0.1, 5.0, (n, 3))
        changes = [
            (
                add(cascade, 0.0, "S1", doses[i, 0]),
                put(cascade, doses[i, 1], "inflow", 0.5),
                put(cascade, doses[i, 1] + doses[i, 2], "inflow", 0.0),
                add(cascade, 11.0, "S1", 1.0),
            )
            for i in range(n)
        ]
        return batch_of(
            cascade, np.linspace(0.0, 24.0, 25), changes, n=n, outputs=["S1", "S5", "S10", "total"], **values
        )

    return build


@pytest.fixture(scope="session")
def algebraic():
    """A' = -x with x given only by x + x^3 = A."""
    import libsbml

    from acinus.system import system_from_sbml

    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    model.setId("algebraic")
    for name, value in (("A", 2.0), ("x", 1.0)):
        parameter = model.createParameter()
        parameter.setId(name)
        parameter.setConstant(False)
        parameter.setValue(value)
    rate, rule = model.createRateRule(), model.createAlgebraicRule()
    rate.setVariable("A")
    rate.setMath(libsbml.parseL3Formula("-x"))
    rule.setMath(libsbml.parseL3Formula("x + x^3 - A"))
    text = libsbml.writeSBMLToString(document)
    return system_from_sbml(text)
