from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

from acinus.errors import Code
from acinus.provenance import CONTEXT_OF_USE

CLAIMS = """
    protocols:
      one_gram:
        values: {BW: 70 kg}
        doses: [{substance: apap, amount: 1 g, route: oral, form: immediate, at: 0 h}]
        sampling: {every: 1 h, until: 6 h}
    claims:
      - id: level_is_positive
        kind: validation
        statement: Something reaches plasma
        source: rawlins_1977
        protocol: one_gram
        scalar: {endpoint: {measure: maximum, of: apap_mg_pla}, between: [0.1 mg/L, 1000 mg/L]}
      - id: second
        kind: validation
        statement: The level is what is said
        source: rawlins_1977
        protocol: one_gram
        scalar: {endpoint: {measure: maximum, of: SECOND}, between: [LOW mg/L, 1000 mg/L]}
    """


@pytest.fixture
def claims(tmp_path):
    """Return a function that writes a file of two claims, the second with an id and a lower limit."""

    def write(*, of: str = "apap_mg_pla", low: str = "0.1"):
        path = tmp_path / "claims.yaml"
        path.write_text(textwrap.dedent(CLAIMS).replace("SECOND", of).replace("LOW", low), encoding="utf-8")
        return path

    return write


@pytest.mark.slow
def test_claims_that_hold_give_exit_code_0_even_when_strict(acinus, claims):
    answer = acinus("qualify", claims(), "--strict", "--json")
    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["summary"]["validation"] == {"passed": 2, "failed": 0, "error": 0}


@pytest.mark.slow
def test_a_failed_claim_is_a_result_unless_strict(acinus, claims):
    path = claims(low="900")
    answer = acinus("qualify", path)
    assert answer.code == 0
    assert "failed" in answer.out
    assert "900 to 1000 mg/L" in answer.out
    assert acinus("qualify", path, "--strict").code == 1


@pytest.mark.slow
def test_a_claim_that_cannot_be_evaluated_gives_exit_code_2_and_hides_no_other(acinus, claims):
    answer = acinus("qualify", claims(of="apap_mg_plaa"), "--json")
    assert answer.code == 2
    assert [claim["outcome"] for claim in json.loads(answer.out)["claims"]] == ["passed", "error"]


def test_a_path_without_claims_is_refused(acinus, tmp_path):
    assert acinus("qualify", tmp_path / "none").code == 2


def test_a_code_is_explained(acinus):
    answer = acinus("explain", "ac103", "--json")
    assert answer.code == 0
    page = json.loads(answer.out)
    assert page["title"] == "undefined symbol"
    assert page["means"]
    assert page["do"]


def test_an_unknown_code_is_refused(acinus):
    answer = acinus("explain", "AC000")
    assert answer.code == 2
    assert "AC986" in answer.err


def test_every_diagnostic_code_has_a_page_and_every_page_a_code():
    from acinus.cli.code_page import _PAGES
    from acinus.documents import read_yaml

    pages = read_yaml(_PAGES).plain()
    assert set(pages) == {code.value for code in Code}
    assert all(set(page) == {"means", "do"} for page in pages.values())


@pytest.mark.slow
def test_a_number_is_explained_with_its_source_in_full(acinus):
    answer = acinus("explain", "k_alt")
    assert answer.code == 0
    for words in ("1/h", "measured human", "Curtis", "2015", "doi:", "transaminases.ant"):
        assert words in answer.out
    assert json.loads(acinus("explain", "k_alt", "--json").out)["value"] > 0


@pytest.mark.slow
def test_a_wrong_id_is_answered_with_the_nearest(acinus):
    answer = acinus("explain", "k_altt")
    assert answer.code == 2
    assert "`k_alt`" in answer.err


@pytest.mark.slow
def test_the_exported_model_is_read_by_libsbml_without_a_finding(acinus, tmp_path):
    import libsbml

    path = tmp_path / "model.xml"
    assert acinus("export", "--sbml", "-o", path, "--zones", 2).code == 0
    document = libsbml.readSBMLFromFile(str(path))
    document.checkConsistency()
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    assert document.getModel().getNumSpecies() > 10


@pytest.mark.slow
def test_the_exported_text_is_the_same_on_standard_output(acinus, tmp_path):
    acinus("export", "--sbml", "-o", tmp_path / "model.xml", "--zones", 1)
    shown = acinus("export", "--sbml", "--zones", 1).out
    assert shown.strip() == (tmp_path / "model.xml").read_text(encoding="utf-8").strip()


def test_an_export_without_a_format_is_refused(acinus):
    answer = acinus("export")
    assert answer.code == 2
    assert "AC985" in answer.err


def test_findings_of_a_check_give_exit_code_1(acinus, tmp_path):
    path = tmp_path / "broken.ant"
    path.write_text("model broken()\n  species A; J: A => ; k*A;\nend\n", encoding="utf-8")
    answer = acinus("check", path, "--json")
    assert answer.code == 1
    assert json.loads(answer.out)["findings"]


def test_a_check_of_nothing_is_refused(acinus, tmp_path):
    assert acinus("check", tmp_path / "nothing").code == 2


@pytest.mark.slow
def test_the_shipped_biology_has_nothing_to_mend(acinus):
    answer = acinus("check", "--json")
    assert json.loads(answer.out)["findings"] == []
    assert answer.code == 0


def test_endpoints_are_listed(acinus):
    listed = json.loads(acinus("endpoints", "--json").out)
    assert listed["endpoints"]["peak_alt"]["measure"] == "maximum"
    assert "peak_alt" in acinus("endpoints").out


def test_a_problem_that_does_not_exist_is_refused(acinus):
    assert acinus("calibrate", "no_such_problem").code == 2


def test_a_fault_of_ours_gives_exit_code_70_and_its_traceback(acinus, monkeypatch):
    def broken(*words, **options):
        raise ZeroDivisionError("[red]our fault[/red]")

    monkeypatch.setattr("acinus.model.load_model", broken)
    answer = acinus("export", "--sbml")
    assert answer.code == 70
    assert "[red]our fault[/red]" in answer.err
    assert answer.out == ""


def test_a_word_that_is_no_command_is_bad_input(acinus):
    assert acinus("simulate").code == 2


def test_help_says_what_it_is_for_and_what_exit_codes_mean(acinus):
    words = " ".join(acinus("--help").out.split())
    assert CONTEXT_OF_USE in words
    assert "Exit codes" in words


@pytest.mark.slow
def test_python_dash_m_is_the_same_command():
    done = subprocess.run(
        [sys.executable, "-m", "acinus", "--version"], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.startswith("acinus ")
