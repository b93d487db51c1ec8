"""Five published models of the liver (SBML Level 2): our engine, libroadrunner and COPASI give the same courses."""

from __future__ import annotations

import pytest

from acinus.verification import FileVerdict, check_file
from acinus.verification.peers import installed

# Ends in the unit of time of each model. `None` is the command's own choice; the others are longer, because the slow
# pools are the subject of the model: folate and glutathione over a day (268), a dose until it has left (619, in days).
ENDS = {
    "BIOMD0000000268": 24.0,
    "BIOMD0000000609": None,
    "BIOMD0000000619": 2.0,
    "BIOMD0000000624": None,
    "BIOMD0000000947": None,
}


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("model", ENDS)
def test_the_three_agree(shared, model):
    report = check_file(shared / "data" / "models" / f"{model}.xml", end=ENDS[model])
    assert report.verdict is FileVerdict.AGREES, report
    assert report.variables >= 5
    largest = {pair.second: pair.difference for pair in report.agreements if pair.first == "acinus"}
    assert largest["libroadrunner"] < 1e-6
    if not installed("COPASI"):
        pytest.skip("libroadrunner agrees; COPASI is not installed (extra `verify`)")
    assert largest["COPASI"] < 1e-6
