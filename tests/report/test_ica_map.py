from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from acinus.documents import biology_folder
from acinus.errors import Code, RequestError
from acinus.model import load_model
from acinus.report.ica_map import (
    answer,
    draw_ica_map,
    make_ica_map,
    map_as_data,
    read_map_plan,
    write_ica_map,
)

POINTS = 3


@pytest.fixture(scope="module")
def numbers():
    return make_ica_map(
        points=POINTS, models={name: load_model(name, zones=2) for name in ("human", "mouse")}
    )


def panels(numbers):
    return [panel for row in numbers.panels for panel in row]


def test_more_ica_and_tighter_binding_keep_back_more(numbers):
    assert [len(row) for row in numbers.panels] == [2, 2]
    assert numbers.runs == numbers.runs_finished == 4 * 3 * (POINTS**2 + 1)
    for panel in panels(numbers):
        assert (np.diff(panel.fall, axis=0) > 0).all()
        assert (np.diff(panel.fall, axis=1) < 0).all()
        assert ((panel.fall > 0) & (panel.fall < 1)).all()
        assert (np.diff(panel.plasma) > 0).all()


def test_what_bacteria_keep_back_is_the_share_of_runs_with_and_without_them(numbers):
    from acinus.simulation import load_protocol, simulate

    plan = read_map_plan()
    model = load_model("human", zones=2)
    protocol = load_protocol(plan.subjects[0].protocol, model=model)
    panel = numbers.panels[0][0]
    values = {"f_ica_reversible": 1.0, "f_ica": panel.share[1], "ica_ki": panel.affinity[0] / 1000.0}
    formed = [
        simulate(model, protocol, values={**values, "f_germ_free": gone})["napqi_formed"][0, -1]
        for gone in (0.0, 1.0)
    ]
    assert panel.fall[1, 0] == pytest.approx(1.0 - formed[0] / formed[1], rel=1e-6)


def test_what_is_seen_in_plasma_or_destroys_more_than_there_is_is_ruled_out(numbers):
    person = numbers.panels[1][0]
    assert person.feasible[1].any()
    seen = person.plasma >= person.limit
    assert seen[-1]
    assert not person.feasible[seen].any()
    assert person.needed[0, 0] > 1.0
    assert not person.feasible[0, 0]
    assert np.isnan(numbers.panels[0][1].limit)
    assert numbers.panels[0][1].feasible.all()


def test_the_weakest_affinity_is_that_of_a_feasible_place(numbers):
    panel = numbers.panels[0][1]
    weakest = panel.weakest(0.05)
    assert weakest in panel.affinity
    column = int(np.flatnonzero(panel.affinity == weakest)[0])
    assert panel.fall[:, column].max() >= 0.05
    assert np.isnan(panel.weakest(1.1))


def test_the_answer_says_the_numbers_of_the_tables(numbers):
    said = answer(numbers)
    assert len(said) == 2
    assert "<0.1 % less NAPQI in a person" in said[0]
    changed = dataclasses.replace(numbers.panels[0][0], usual_fall=0.42)
    other = dataclasses.replace(numbers, panels=((changed, numbers.panels[0][1]), numbers.panels[1]))
    assert "42 % less NAPQI in a person" in answer(other)[0]


def test_every_panel_is_drawn_with_its_words(numbers):
    figure = draw_ica_map(numbers)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert [title for title in titles if "300 mg/kg" in title] == [numbers.panels[0][1].subject] * 2
    words = " ".join(text.get_text() for text in figure.texts)
    assert "Nothing here makes acetaminophen safer" in words
    # Nothing is written below the sheet.
    assert min(text.get_position()[1] for text in figure.texts) > 0.005


def test_files_are_written_and_the_same_again(numbers, tmp_path):
    first = [path.read_bytes() for path in write_ica_map(tmp_path / "a", numbers)]
    second = [path.read_bytes() for path in write_ica_map(tmp_path / "b", numbers)]
    assert first == second
    found = json.loads((tmp_path / "a" / "ica.json").read_text(encoding="utf-8"))
    assert found == json.loads(json.dumps(map_as_data(numbers)))
    assert found["panels"][0]["fall"][0][0] == pytest.approx(numbers.panels[0][0].fall[0, 0])


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("formed: napqi_formed", "form: napqi_formed", Code.PAGE_KEY),
        ("from: 0.1 %", "from: 0 %", Code.PAGE_VALUE),
        ("to: 100 umol/L", "to: 0.0001 umol/L", Code.PAGE_VALUE),
        ("to: 100 umol/L", "to: 100 g", Code.PAGE_VALUE),
    ],
)
def test_a_wrong_page_is_refused(tmp_path, before, after, code):
    text = (biology_folder() / "pages" / "ica.yaml").read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "ica.yaml").write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(RequestError) as refused:
        read_map_plan(biology=tmp_path)
    assert code in {finding.code for finding in refused.value.diagnostics}
