"""The page on the circle: one resting state is one, two are found where the links are made strong, files are whole."""

from __future__ import annotations

import csv
import dataclasses

import numpy as np
import pytest

from acinus.errors import RequestError
from acinus.report.circle import make_circle, read_circle_plan, write_circle

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def numbers():
    plan = read_circle_plan()
    small = dataclasses.replace(
        plan,
        across=dataclasses.replace(plan.across, steps=3),
        up=dataclasses.replace(plan.up, steps=4),
        susceptible=(3.0,),
        gains=(1.0, 3.0),
        course_magnesium=(150.0, 450.0),
    )
    return make_circle(plan=small, workers=1)


def test_everyone_arrives(numbers):
    assert numbers.runs == numbers.runs_finished == 2 * 2 * 12 + 4
    for one in numbers.maps:
        assert one.stage.shape == (2, 4, 3)
        assert np.isfinite(one.collagen).all()


def test_at_the_links_own_values_both_starts_end_alike(numbers):
    healthy, scarred = numbers.at(3.0, 1.0).collagen
    assert np.allclose(healthy, scarred, rtol=0.01)


def test_stronger_links_give_two_resting_states_and_the_scarred_start_ends_worse(numbers):
    one = numbers.at(3.0, 3.0)
    assert one.two.any()
    assert np.all(one.stage[1][one.two] > one.stage[0][one.two])
    assert np.all(one.serum[1][one.two] < one.serum[0][one.two])


def test_more_drink_and_less_magnesium_scar_more(numbers):
    healthy = numbers.at(3.0, 1.0).stage[0]
    assert np.all(np.diff(healthy, axis=0) > 0)
    assert np.all(np.diff(healthy, axis=1) <= 1e-6)


def test_cutting_the_circle_spares_scar_where_magnesium_is_low(numbers):
    ends = {(course.magnesium, course.whole): course.stage[-1] for course in numbers.courses}
    assert ends[150.0, True] > ends[150.0, False]
    gain_of_magnesium = ends[150.0, True] - ends[450.0, True]
    assert gain_of_magnesium > abs(ends[150.0, False] - ends[450.0, False])


def test_files_are_the_picture_and_one_row_for_each_place(numbers, tmp_path):
    picture, table, courses = write_circle(tmp_path, numbers)
    assert picture.read_bytes().startswith(b"\x89PNG")
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 12
    found = sum(int(row["two_resting_states"]) for row in rows if row["gain"] == "3")
    assert found == numbers.at(3.0, 3.0).two.sum()
    with courses.open(newline="") as file:
        assert {row["course"] for row in csv.DictReader(file)} == {course.label for course in numbers.courses}


def test_a_wrong_page_file_is_refused_with_all_its_faults(tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "circle.yaml").write_text(
        "name: circle\ntitel: x\ngains: strong\n", encoding="utf-8"
    )
    with pytest.raises(RequestError) as error:
        read_circle_plan(tmp_path)
    said = str(error.value)
    assert "titel" in said
    assert "gains" in said
