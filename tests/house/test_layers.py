from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_data_flows_one_way(repository: Path):
    linter = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    # Native libraries loaded by other tests may set the locale to C, hence the encoding.
    checked = subprocess.run(
        [sys.executable, "-c", linter], cwd=repository, capture_output=True, encoding="utf-8", check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
