from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from acinus.calibration.statement import CHECKS
from acinus.evidence import Outcome, qualify

if TYPE_CHECKING:
    from pathlib import Path


def blocks(repository: Path) -> list[tuple[str, str]]:
    text = (repository / "docs" / "claims.md").read_text()
    return re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL)


@pytest.mark.slow
def test_the_first_claims_file_of_the_guide_can_be_qualified(repository: Path, tmp_path: Path) -> None:
    found = blocks(repository)
    data = next(body for _, body in found if body.startswith("time,value"))
    claims = next(body for kind, body in found if kind == "yaml" and "claims:" in body)
    (tmp_path / "data.csv").write_text(data)
    (tmp_path / "claims.yaml").write_text(claims)
    verdicts = qualify([tmp_path]).verdicts
    assert [v.id for v in verdicts] == ["our_volunteer", "half_life"]
    assert all(v.outcome is not Outcome.ERROR for v in verdicts), "\n".join(map(str, verdicts))


def test_every_yaml_block_of_the_guide_is_yaml_and_every_check_has_one(repository: Path) -> None:
    found = [yaml.safe_load(body) for kind, body in blocks(repository) if kind == "yaml"]
    for check in CHECKS:
        assert any(check in block for block in found if isinstance(block, dict)), check


@pytest.mark.parametrize("check", CHECKS)
def test_the_guides_example_of_a_check_is_well_written(repository: Path, tmp_path: Path, check: str) -> None:
    """Every key of the examples is known: the only faults are files and arms that are not there."""
    bodies = [yaml.safe_load(body) for kind, body in blocks(repository) if kind == "yaml"]
    example = next(block for block in bodies if check in block and "claims" not in block)
    claim = {"id": "x", "kind": "validation", "statement": "s", "source": "s", **example}
    if check != "pool":
        claim["protocol"] = {"sampling": ["1 h"]}
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump({"claims": [claim]}))
    (verdict,) = qualify([tmp_path]).verdicts
    told = {d.code.value for d in verdict.diagnostics}
    assert not told & {"AC901", "AC902", "AC903", "AC703"}, str(verdict)
