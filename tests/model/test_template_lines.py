from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acinus.errors import Code
from acinus.model.template import expand, uses_zones


def text_of(template: str, zones: int) -> list[str]:
    expanded = expand(template, zones, "x.ant")
    assert expanded.findings == ()
    return [line.text.strip() for line in expanded.lines]


def test_a_block_stands_once_for_each_zone():
    assert text_of("@zones i\n  a_{i} = {i};\n@end", 3) == ["a_1 = 1;", "a_2 = 2;", "a_3 = 3;"]


def test_an_inner_block_joins_each_zone_to_its_neighbour():
    assert text_of("@inner i\n  j_{i-1}_{i};\n@end", 3) == ["j_1_2;", "j_2_3;"]


def test_one_zone_has_no_neighbour():
    assert text_of("@inner i\n  j_{i-1}_{i};\n@end", 1) == []


def test_a_sum_stands_in_brackets():
    assert text_of("x := 2 * @sum(z{i}.a * (b + c_{i}));", 2) == [
        "x := 2 * (z1.a * (b + c_1) + z2.a * (b + c_2));"
    ]


def test_a_mean_divides_by_the_number_of_zones():
    assert text_of("x := @mean(a_{i});", 2) == ["x := ((a_1 + a_2) / 2);"]


def test_the_number_of_zones_is_known_everywhere():
    assert text_of("n := {n};\n@zones k\n  p_{k} = {k} / {n};\n@end", 2) == [
        "n := 2;",
        "p_1 = 1 / 2;",
        "p_2 = 2 / 2;",
    ]


def test_zone_names_know_their_local_name_and_zone():
    names = expand("@zones i\n  cyp_{i} := z{i}.b + z{i}_c;\n@end", 2, "x.ant").zone_names
    assert names["cyp_2"] == ("cyp", 2)
    assert names["z2_c"] == ("c", 2)


@given(zones=st.integers(1, 30))
def test_every_line_remembers_the_line_it_was_written_on(zones: int):
    template = "a\n@zones i\n  b_{i}\n  c_{i}\n@end\nd"
    expanded = expand(template, zones, "x.ant")
    written = template.splitlines()
    assert len(expanded.lines) == 2 + 2 * zones
    assert all(line.text.strip()[0] == written[line.line - 1].strip()[0] for line in expanded.lines)


@pytest.mark.parametrize("zones", [0, -1])
def test_a_liver_without_zones_is_refused(zones: int):
    assert [f.code for f in expand("a", zones, "x.ant").findings] == [Code.ZONES_IMPOSSIBLE]


@pytest.mark.parametrize(
    "template",
    ["@zones i\n a", "@end", "@zones i\n@inner i\n@end\n", "x := @sum(a_{i};", "@zoness i", "a_{i}"],
)
def test_a_template_line_that_means_nothing_is_refused(template: str):
    findings = expand(template, 2, "x.ant").findings
    assert {f.code for f in findings} == {Code.TEMPLATE_WRONG}
    assert all(f.place is not None and f.place.line is not None for f in findings)


def test_text_without_template_lines_has_no_zones():
    assert not uses_zones("model a()\n x := 1;\nend")
