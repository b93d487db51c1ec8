"""A trial of a fifth of a second: growth A = 1 / (1 - g h t), so that everything is known in closed form."""

from __future__ import annotations

from typing import Any

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

LEVEL = "1.5 dimensionless"


def small_trial(**changes: Any) -> dict[str, Any]:
    """Return a trial in which `slow` halves the growth of `fast`; nobody of it comes near the pole at 1 / g."""
    content: dict[str, Any] = {
        "name": "small",
        "model": GROWTH,
        "population": {
            "columns": {
                "g": {
                    "distribution": "uniform",
                    "low": "0.01 dimensionless",
                    "high": "0.2 dimensionless",
                },
                "age": {"distribution": "uniform", "low": "0 year", "high": "100 year"},
            }
        },
        "people": 300,
        "seed": 7,
        "protocol": {
            "sampling": {"every": "3 min", "until": "4 h"},
            "arms": {"fast": {}, "slow": {"values": {"h": 0.5}}},
        },
        "outcomes": {"high": {"measure": "exceeds", "of": "A", "level": LEVEL}},
        "numbers": {"highest": {"measure": "maximum", "of": "A"}},
        "events": {"to_high": {"measure": "first_time_above", "of": "A", "level": LEVEL}},
    }
    return {key: value for key, value in {**content, **changes}.items() if value is not None}


def small_map(**changes: Any) -> dict[str, Any]:
    """Return a map of the same growth over `g` and `h`."""
    content = small_trial(outcomes=None, numbers=None, events=None, name="small map", people=20)
    content |= {
        "protocol": {
            "sampling": {"every": "3 min", "until": "4 h"},
            "arms": {"whole": {}, "half": {"values": {"V": 2}}},
        },
        "across": {"column": "g", "values": [0.05, 0.1, 0.15]},
        "down": {"column": "h", "values": [0.5, 1.0]},
        "outcome": {"measure": "maximum", "of": "A"},
    }
    return {key: value for key, value in {**content, **changes}.items() if value is not None}
