from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "matplotlib",
    "pandas",
    "xarray",
    "roadrunner",
    "antimony",
    "libsbml",
    "scipy",
    "pint",
    "COPASI",
    "netCDF4",
    "pydantic",
    "pyarrow",
    "duckdb",
    "zarr",
    "distributed",
)


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print('\\n'.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.slow
@pytest.mark.parametrize("statement", ["import acinus", "import acinus.cli", "import acinus.report"])
def test_importing_does_not_load_what_is_slow_to_load(statement):
    assert loaded_by(statement).isdisjoint(HEAVY)
