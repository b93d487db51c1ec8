"""Every refusal has twins: one file that is refused for exactly that reason, one alike that is not."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from acinus.errors import AcinusError, Code, Diagnostic
from acinus.model import check_biology, load_model

TWINS = Path(__file__).parent / "twins"
MESSAGES = Path(__file__).parent / "messages"
NAMES = sorted({path.name.split(".")[0] for path in TWINS.glob("AC*")})
CODES = [code for code in Code if code.value.startswith(("AC1", "AC2"))]

_HEADER = re.compile(r"(?://|#|%) (replaces|removes) ([\w/.]+)(?:, zones (\d+))?\n")


def findings(twin: Path, tiny: Path) -> tuple[Diagnostic, ...]:
    """Return what is found when the twin takes the place of its file."""
    text = twin.read_text(encoding="utf-8")
    if twin.suffix == ".xml":
        try:
            return load_model(text).findings
        except AcinusError as error:
            return error.diagnostics
    header = _HEADER.match(text)
    assert header is not None, f"{twin.name} does not say which file it replaces"
    deed, name, zones = header.groups()
    target = tiny / name
    assert target.exists()
    if deed == "removes":
        target.unlink()
    else:
        target.write_text(text[header.end() :], encoding="utf-8")
    return check_biology(Path(), zones=int(zones or 3)).diagnostics


def twin_of(name: str, kind: str) -> Path:
    (found,) = TWINS.glob(f"{name}.{kind}.*")
    return found


def test_the_tiny_biology_is_sound(tiny):
    assert check_biology(Path(), zones=3).diagnostics == ()


@pytest.mark.parametrize("name", NAMES)
def test_the_invalid_twin_is_refused_for_exactly_its_reason(name, tiny):
    found = findings(twin_of(name, "invalid"), tiny)
    assert {d.code.value for d in found} == {name[:5]}, "\n".join(map(str, found))


@pytest.mark.parametrize("name", NAMES)
def test_the_valid_twin_is_not_refused(name, tiny):
    found = findings(twin_of(name, "valid"), tiny)
    assert found == (), "\n".join(map(str, found))


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.value)
def test_every_refusal_of_this_room_has_twins(code):
    assert any(name.startswith(code.value) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_message_is_the_one_on_record(name, tiny):
    """A changed wording is recorded by running with ACINUS_RECORD set, and read in review."""
    text = "\n".join(map(str, findings(twin_of(name, "invalid"), tiny))) + "\n"
    record = MESSAGES / f"{name}.txt"
    if "ACINUS_RECORD" in os.environ:
        MESSAGES.mkdir(exist_ok=True)
        record.write_text(text, encoding="utf-8")
    assert record.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_says_where_and_what_to_do(name, tiny):
    for finding in findings(twin_of(name, "invalid"), tiny):
        if finding.code is Code.FILE_MISSING:
            continue
        assert finding.remedy
        assert finding.place is not None
        if finding.code not in (Code.ZONES_IMPOSSIBLE, Code.SBML_UNREADABLE):
            assert finding.place.line is not None
            assert finding.place.excerpt is not None
