from __future__ import annotations

import textwrap

import pytest

from acinus.errors import AcinusError, RequestError
from acinus.runs import Request, load_request, start_run

GOOD = """
    name: presenters
    population: overdose_presenters
    people: 20
    protocol: overdose_20g
    endpoints: [peak_alt]
    """


def written(tmp_path, text: str):
    path = tmp_path / "request.yaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def test_a_file_and_its_content_give_the_same_request(tmp_path):
    plain = {
        "name": "presenters",
        "population": "overdose_presenters",
        "people": 20,
        "protocol": "overdose_20g",
        "endpoints": ["peak_alt"],
    }
    assert load_request(written(tmp_path, GOOD)) == load_request(plain) == Request.model_validate(plain)


def test_the_hash_ignores_the_title_and_sees_everything_else(request_of):
    request = request_of()
    assert request.hash == request_of(name="another").hash
    for change in (
        {"seed": 8},
        {"people": 231},
        {"shard_size": 21},
        {"arms": ["slow"]},
        {"values": {"h": 2}},
    ):
        assert request_of(**change).hash != request.hash


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("shard_sise: 10", "AC950", "Did you mean `shard_size`?"),
        ("seed: -1", "AC951", "`seed`"),
        ("tolerances: {relativ: 1e-6}", "AC950", "Did you mean `relative`?"),
        ("cohort: people.csv", "AC951", "either `population` or `cohort`"),
        ("design: sobolev", "AC951", "`design`"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path, line, code, said):
    path = written(tmp_path, textwrap.dedent(GOOD) + line + "\n")
    with pytest.raises(RequestError) as caught:
        load_request(path)
    (found,) = caught.value.diagnostics
    assert found.code.value == code
    assert said in str(found)
    assert found.place is not None
    assert found.place.file.endswith("request.yaml")


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(RequestError) as caught:
        load_request({"peeple": 3, "zones": 0, "endpoints": []})
    assert {d.code.value for d in caught.value.diagnostics} == {"AC950", "AC951"}
    assert len(caught.value.diagnostics) == 4


def test_a_frozen_request_no_longer_depends_on_files(tmp_path, request_of):
    protocol = tmp_path / "growing.yaml"
    protocol.write_text("sampling: {every: 1 h, until: 4 h}\n", encoding="utf-8")
    frozen = request_of(protocol=str(protocol)).frozen()
    protocol.write_text("sampling: {every: 1 h, until: 9 h}\n", encoding="utf-8")
    assert "4 h" in frozen.protocol
    assert frozen.frozen() == frozen
    assert request_of(protocol=str(protocol)).frozen().hash != frozen.hash


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arms": ["fats"]}, "Did you mean `fast`?"),
        ({"columns": ["color"]}, "Did you mean `colour`?"),
        ({"values": {"gg": 1.0}}, "no parameter `gg`"),
        ({"values": {"h": "3 kg"}}, "kg"),
        ({"endpoints": ["peek_alt"]}, "AC701"),
        ({"endpoints": [{"measure": "maximum", "of": "A", "name": "colour"}]}, "would be called `colour`"),
        ({"endpoints": [{"measure": "maximum", "of": "A"}] * 2}, "two endpoints would be called `maximum_a`"),
        ({"trajectories": {"keep": 1, "ids": ["B"]}}, "AC612"),
    ],
)
def test_what_cannot_be_run_is_refused_before_a_folder_is_made(tmp_path, request_of, change, said):
    with pytest.raises(AcinusError) as caught:
        start_run(request_of(**change), tmp_path / "run")
    assert said in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_fixed_values_and_columns_of_ones_own_choice(tmp_path, request_of):
    from acinus.runs import open_run

    start_run(request_of(values={"g": 0.2}, columns=["g"], arms=["fast"], people=20), tmp_path / "run")
    table = open_run(tmp_path / "run").to_pandas()
    assert "colour" not in table
    # A = 1 / (1 - g t) is 5 at 4 h for g = 0.2, whoever was drawn.
    assert table["highest"].to_numpy() == pytest.approx(5.0, rel=1e-4)
    assert (table["g"] == 0.2).all()
