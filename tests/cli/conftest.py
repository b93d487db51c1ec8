"""The command line as a script sees it, and a short protocol to run."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from acinus.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def acinus() -> Callable[..., Answer]:
    """Return a function that runs the command with words and gives exit code, output and messages."""

    def call(*words: object) -> Answer:
        result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "160"})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def short_protocol(tmp_path: Path) -> Path:
    """Return a protocol file with two arms over twelve hours."""
    path = tmp_path / "short.yaml"
    text = """
        name: short
        title: 4 g by mouth, 70 kg
        values: {BW: 70 kg}
        sampling: {every: 30 min, until: 12 h}
        arms:
          tablets: {doses: [{substance: apap, amount: 4 g, route: oral, form: immediate, at: 0 h}]}
          liquid: {doses: [{substance: apap, amount: 4 g, route: oral, form: liquid, at: 0 h}]}
        """
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path
