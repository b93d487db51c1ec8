from __future__ import annotations

import pytest

from acinus.errors import ModelTextError
from acinus.model import check_biology, explain, load_model


@pytest.fixture
def model(tiny):
    return load_model("tiny", zones=3, biology=tiny)


def test_a_number_shows_value_spread_grade_source_and_use(model):
    text = str(explain(model, "enzyme_vmax"))
    for part in (
        "3 mmol/L/h",
        "lognormal, coefficient of variation 0.3",
        "fitted",
        "fit:toy",
        "conversion.ant:15 (converting)",
    ):
        assert part in text


def test_a_local_name_stands_for_all_zones(model):
    found = explain(model, "drug_hep")
    assert [symbol.zone for symbol in found.symbols] == [1, 2, 3]
    assert "1 (portal) to 3 (central)" in str(found)


def test_one_zone_is_explained_alone(model):
    assert [symbol.id for symbol in explain(model, "z2_helper_hep").symbols] == ["z2_helper_hep"]


def test_a_variable_says_which_line_makes_it(model):
    assert any(
        "tiny.ant" in place and "(drug_mg_pla)" in place for place in explain(model, "drug_mg_pla").used_in
    )


def test_an_unknown_id_gets_the_nearest(model):
    with pytest.raises(ModelTextError, match="enzyme_vmax"):
        explain(model, "enzyme_vmx")


def test_a_check_counts_modules_numbers_and_grades(tiny):
    report = check_biology(tiny, zones=2)
    assert report.ok
    assert [module.name for module in report.modules] == ["conversion", "inflow"]
    assert report.parameters == 17
    assert report.references == 2
    assert sum(report.grades.values()) == pytest.approx(1.0)  # shares of one whole
    conversion = report.modules[0]
    assert conversion.assumed == pytest.approx(2 / 6)  # k_strain and strain_half of six


def test_a_check_of_no_folder_is_refused(tiny):
    with pytest.raises(ModelTextError, match="AC101"):
        check_biology(tiny / "nowhere")
