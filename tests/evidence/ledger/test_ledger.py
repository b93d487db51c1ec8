"""The ledger of health statements: read, judged, shown with its warnings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from acinus.cli.application import app
from acinus.documents import biology_folder
from acinus.errors import AcinusError, Code
from acinus.evidence.ledger import HealthStatement, PartResult, Result, combined, read_statements, run_ledger
from acinus.evidence.ledger.results import UNDECIDED, verdict_of
from acinus.model.bibliography import read_bibliography
from acinus.provenance import CONTEXT_OF_USE
from acinus.report.evidence_page import evidence_page, page_lines

if TYPE_CHECKING:
    from pathlib import Path

UNSAFE = ("A48", "A49")
GOOD = """
id: A01
article: A
kind: dosing
title: Four tablets are within the limit
statement: Four tablets of 100 mg a day are within what supplements may hold.
known: They are not.
sources: [iom_1997]
certainty: {level: high, because: [arithmetic]}
when: {passed: supported, failed: wrong}
would_change: Another limit.
check:
  arithmetic:
    - {words: Four tablets hold at most the limit, product: [4, 100 mg/d], at_most: 350 mg/d}
"""


@pytest.fixture(scope="module")
def statements() -> dict[str, HealthStatement]:
    return {statement.id: statement for statement in read_statements()}


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def codes(folder: Path) -> list[Code]:
    with pytest.raises(AcinusError) as refused:
        read_statements(folder)
    return [diagnostic.code for diagnostic in refused.value.diagnostics]


def test_all_68_statements_are_there(statements: dict[str, HealthStatement]) -> None:
    assert list(statements) == [f"A{n:02}" for n in range(1, 56)] + [f"B{n:02}" for n in range(1, 14)]


def test_the_file_of_a_statement_is_named_by_its_id(statements: dict[str, HealthStatement]) -> None:
    assert {path.stem for path in (biology_folder() / "evidence").glob("*.yaml")} == set(statements)


def test_every_source_leads_to_a_text(statements: dict[str, HealthStatement]) -> None:
    references = read_bibliography(biology_folder() / "references.bib").references
    for statement in statements.values():
        assert statement.sources
        for key in statement.sources:
            fields = references[key].fields
            assert fields.get("doi") or fields.get("pmid") or fields.get("isbn"), key


def test_every_statement_has_a_check_or_the_reason_why_not(statements: dict[str, HealthStatement]) -> None:
    assert sum(statement.checked for statement in statements.values()) >= 35
    for statement in statements.values():
        assert statement.checked != (len(statement.unchecked) > 20)
        assert statement.because
        assert statement.would_change


def test_a_verdict_that_a_check_can_move_is_not_typed(statements: dict[str, HealthStatement]) -> None:
    for statement in statements.values():
        if statement.checked and not statement.unmoved:
            assert statement.verdict is None
            assert len(set(statement.when.values())) > 1


def test_errors_of_the_articles_are_not_repeated(statements: dict[str, HealthStatement]) -> None:
    assert statements["A54"].verdict == "wrong"
    assert statements["B08"].verdict == "wrong"
    assert statements["A34"].verdict == "contradicted"
    assert statements["A45"].verdict == "contradicted"
    assert statements["A31"].when["passed"] == "wrong"
    for name in UNSAFE:
        assert statements[name].verdict == "unsafe"
        assert statements[name].warning.startswith("UNSAFE")


def test_arithmetic_decides_a_verdict(tmp_path: Path) -> None:
    ledger = run_ledger(folder=written(tmp_path, GOOD))
    entry = ledger["A01"]
    assert entry.result is Result.FAILED
    assert entry.verdict == "wrong"
    assert entry.parts[0].numbers["found"] == pytest.approx(400.0)
    enough = run_ledger(folder=written(tmp_path, GOOD.replace("[4, 100", "[3, 100")))
    assert enough["A01"].verdict == "supported"


def test_masses_are_not_compared_with_masses_a_day(tmp_path: Path) -> None:
    assert codes(written(tmp_path, GOOD.replace("350 mg/d", "350 mg"))) == [Code.STATEMENT_CHECK]


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("kind: dosing", "kind: rumour", Code.STATEMENT_VALUE),
        ("title: Four", "titel: Four", Code.STATEMENT_KEY),
        ("[iom_1997]", "[iom_1897]", Code.STATEMENT_SOURCE),
        ("failed: wrong}", "failed: supported}", Code.STATEMENT_VALUE),
        ("when: {passed: supported, failed: wrong}", "verdict: wrong", Code.STATEMENT_VALUE),
        (", failed: wrong}", "}", Code.STATEMENT_KEY),
        ("check:\n", "check:\n  claims: [no_such_claim]\n", Code.STATEMENT_CHECK),
        ("at_most: 350 mg/d", "at_most: 350 parsecs", Code.STATEMENT_CHECK),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, right: str, wrong: str, code: Code) -> None:
    assert right in GOOD
    with pytest.raises(AcinusError) as refused:
        read_statements(written(tmp_path, GOOD.replace(right, wrong)))
    found = {diagnostic.code: diagnostic for diagnostic in refused.value.diagnostics}
    assert code in found
    place = found[code].place
    assert place is not None
    assert place.file.endswith("one.yaml")
    assert place.line is not None


def test_an_id_stands_once(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(GOOD, encoding="utf-8")
    assert codes(written(tmp_path, GOOD)) == [Code.STATEMENT_VALUE]


def test_an_unknown_id_is_refused_with_its_neighbours(tmp_path: Path) -> None:
    with pytest.raises(AcinusError) as refused:
        run_ledger(["A99"], folder=written(tmp_path, GOOD))
    assert refused.value.diagnostics[0].code is Code.STATEMENT_UNKNOWN


def test_parts_not_run_leave_the_rest_to_decide() -> None:
    passed, failed, missing, error = (
        PartResult("claim", "x", "", result)
        for result in (Result.PASSED, Result.FAILED, Result.NOT_RUN, Result.ERROR)
    )
    assert combined([passed, missing]) is Result.PASSED
    assert combined([missing]) is Result.NOT_RUN
    assert combined([passed, failed]) is Result.MIXED
    assert combined([passed, failed, error]) is Result.ERROR
    assert verdict_of(Result.ERROR, None, {"passed": "supported", "failed": "wrong"}) == UNDECIDED
    assert verdict_of(Result.FAILED, "unsafe", {}) == "unsafe"


def test_without_the_survey_its_checks_say_how_to_run_them() -> None:
    entry = run_ledger(["a36"])["A36"]
    assert entry.result is Result.NOT_RUN
    assert entry.verdict == UNDECIDED
    assert "--survey" in entry.parts[0].note


@pytest.mark.parametrize("name", UNSAFE)
def test_unsafe_advice_carries_its_warning_in_every_output(
    name: str, statements: dict[str, HealthStatement], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "2000")
    # The runs of other tests decide nothing here: only how it is shown.
    monkeypatch.setattr("acinus.evidence.ledger.checking._claims", lambda names, **_: {})
    warning = statements[name].warning
    page = tmp_path / "page.html"
    runner = CliRunner()
    shown = runner.invoke(app, ["evidence", name, "--html", str(page)])
    assert shown.exit_code == 0, shown.output
    assert warning in shown.output
    assert CONTEXT_OF_USE in shown.output
    assert page.read_text(encoding="utf-8").count(warning) == 2  # in the table and at the statement
    assert CONTEXT_OF_USE in page.read_text(encoding="utf-8")
    data = json.loads(runner.invoke(app, ["evidence", name, "--json"]).stdout)
    assert data["context_of_use"] == CONTEXT_OF_USE
    assert data["statements"][0]["warning"] == warning
    ledger = run_ledger([name])
    assert warning in evidence_page(ledger)
    assert any(warning in line for line, _ in page_lines(ledger[name], ledger))


def test_the_table_carries_warnings(
    monkeypatch: pytest.MonkeyPatch, statements: dict[str, HealthStatement]
) -> None:
    monkeypatch.setenv("COLUMNS", "2000")
    monkeypatch.setattr("acinus.evidence.ledger.checking._claims", lambda names, **_: {})
    monkeypatch.setattr("acinus.evidence.ledger.checking._liver_deaths", lambda **_: None)
    monkeypatch.setattr(
        "acinus.evidence.ledger.checking._mechanism_part",
        lambda *_: PartResult("mechanism", "x", "", Result.NOT_RUN),
    )
    shown = CliRunner().invoke(app, ["evidence"])
    assert shown.exit_code == 0, shown.output
    for name in UNSAFE:
        assert statements[name].warning in shown.output
    assert "68 statements" in shown.output


def test_nothing_says_that_magnesium_makes_acetaminophen_safer(
    statements: dict[str, HealthStatement],
) -> None:
    assert "does not make acetaminophen safer" in statements["A24"].warning
    assert "does not make acetaminophen safer" in statements["A17"].warning


@pytest.mark.slow
def test_the_whole_ledger_can_be_checked() -> None:
    ledger = run_ledger()
    errors = [entry.statement.id for entry in ledger.entries if entry.result is Result.ERROR]
    assert not errors
    assert ledger["A08"].verdict == "overstated"
    assert ledger["A29"].verdict == "overstated"
    assert ledger.liver_deaths is not None
    assert ledger.liver_deaths.n_ok == ledger.liver_deaths.n_in
