"""What is read off a run: highest level, area, half-life, nomogram line, peak ALT, worst zone, and when.

In: `Trajectories` (anything that is a `Run`) and endpoints, as names of biology/endpoints.yaml or written
in place. Out: `Reading`s, one number per individual with unit, denominator and method.
Knows curves, windows, zones and units. Never knows how a curve was computed, nor any physiological number:
levels and lines are rows of the parameter tables.
"""

from __future__ import annotations

from acinus.endpoints.catalogue import list_endpoints
from acinus.endpoints.measures import list_measures
from acinus.endpoints.reading import (
    Reading,
    check_endpoints,
    ids_read,
    read_all,
    read_endpoint,
    read_possible,
)
from acinus.endpoints.specification import Endpoint

__all__ = [
    "Endpoint",
    "Reading",
    "check_endpoints",
    "ids_read",
    "list_endpoints",
    "list_measures",
    "read_all",
    "read_endpoint",
    "read_possible",
]
