from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "runs"))
from conftest import __file__ as _own  # noqa: F401 - says which conftest this is not

REQUEST = {
    "name": "small",
    "model": "growth.xml",
    "population": {"columns": {"g": {"distribution": "uniform", "low": "0.01 dimensionless", "high": "0.3 dimensionless"}}},
    "people": 60,
    "protocol": {"sampling": {"every": "1 h", "until": "4 h"}},
    "endpoints": [
        {"measure": "maximum", "of": "A", "name": "highest"},
        {"measure": "exceeds", "of": "A", "level": "1.5 dimensionless", "name": "above"},
    ],
    "shard_size": 20,
}
