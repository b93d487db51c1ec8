"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the folder of the repository."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared(repository: Path) -> Path:
    folder = Path(os.environ.get("ACINUS_SHARED") or repository.parent / "shared")
    if not folder.is_dir():
        pytest.fail(
            f"no shared data folder at {folder}; name it by ACINUS_SHARED, or deselect `-m 'not shared'`"
        )
    return folder


DECAY = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
  <model id="decay">
    <listOfCompartments><compartment id="V" size="2" constant="true" spatialDimensions="3"/></listOfCompartments>
    <listOfSpecies>
      <species id="A" compartment="V" initialAmount="1" hasOnlySubstanceUnits="false" boundaryCondition="false"
        constant="false"/>
    </listOfSpecies>
    <listOfParameters><parameter id="k" value="0.5" constant="true"/></listOfParameters>
    <listOfReactions>
      <reaction id="J" reversible="false">
        <listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
        <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">
          <apply><times/><ci>k</ci><ci>A</ci><ci>V</ci></apply>
        </math></kineticLaw>
      </reaction>
    </listOfReactions>
  </model>
</sbml>
"""

DECAY_SETTINGS = """start: 0
duration: 4
steps: 2
variables: A
absolute: 1e-7
relative: 1e-5
amount: A
concentration:
"""

DECAY_RESULTS = "time,A\n0,1\n2,0.36787944117144233\n4,0.1353352832366127\n"


@pytest.fixture(scope="session")
def decay_sbml() -> str:
    """Return SBML of an amount A = exp(-t / 2) in a volume of 2."""
    return DECAY


@pytest.fixture
def suite_of(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a case of the form of the SBML Test Suite, right unless told otherwise."""

    def write(case: str = "00001", **files: str | None) -> Path:
        """Write below `case`, which may be a path; each file by the end of its name, None leaves it out."""
        content = {
            "sbml-l3v2.xml": DECAY,
            "settings.txt": DECAY_SETTINGS,
            "results.csv": DECAY_RESULTS,
            **{key.replace("_", "-").replace("-dot-", "."): text for key, text in files.items()},
        }
        folder = tmp_path / case
        folder.mkdir(parents=True, exist_ok=True)
        for ending, text in content.items():
            if text is not None:
                (folder / f"{folder.name}-{ending}").write_text(text, encoding="utf-8")
        return tmp_path

    return write
