"""A run of half a second: growth that ends in a pole for those who grow fast, so that some do not finish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from acinus.runs import Request

if TYPE_CHECKING:
    from pathlib import Path

# dA/dt = g A^2 from A = 1 is 1 / (1 - g t): it has a pole at 1/g, before the end at 4 h for g above 0.25.
GROWTH = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
  <model id="growth">
    <listOfCompartments><compartment id="V" size="1" constant="true" spatialDimensions="3"/></listOfCompartments>
    <listOfSpecies>
      <species id="A" compartment="V" initialAmount="1" hasOnlySubstanceUnits="false" boundaryCondition="false"
        constant="false"/>
    </listOfSpecies>
    <listOfParameters>
      <parameter id="g" value="0.1" constant="true"/><parameter id="h" value="1" constant="true"/>
    </listOfParameters>
    <listOfReactions>
      <reaction id="J" reversible="false">
        <listOfProducts><speciesReference species="A" stoichiometry="1" constant="true"/></listOfProducts>
        <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">
          <apply><times/><ci>h</ci><ci>g</ci><ci>A</ci><ci>A</ci><ci>V</ci></apply>
        </math></kineticLaw>
      </reaction>
    </listOfReactions>
  </model>
</sbml>
"""


def small_request(**changes: Any) -> Request:
    content = {
        "name": "small",
        "model": GROWTH,
        "population": {
            "columns": {
                "g": {"distribution": "lognormal", "median": "0.1 dimensionless", "log_sd": 0.5},
                "colour": {"distribution": "uniform", "low": "0 dimensionless", "high": "1 dimensionless"},
            }
        },
        "people": 230,
        "seed": 7,
        "protocol": {
            "name": "growing",
            "sampling": {"every": "1 h", "until": "4 h"},
            "arms": {"slow": {"values": {"h": 0.5}}, "fast": {}},
        },
        "endpoints": [
            {"measure": "maximum", "of": "A", "name": "highest"},
            {"measure": "exceeds", "of": "A", "level": "1.5 dimensionless", "name": "above"},
        ],
        "trajectories": {"keep": 10},
        "shard_size": 20,
        **changes,
    }
    return Request.model_validate({key: value for key, value in content.items() if value is not None})


def content_of(folder: Path) -> dict[str, bytes]:
    """Return the results of a run by name: everything but when and how it was computed."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for kind in ("shards", "failures", "trajectories")
        for path in sorted((folder / kind).iterdir())
    }
