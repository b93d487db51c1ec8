from __future__ import annotations

import dataclasses
import html
import itertools
import json
import re

import numpy as np
import pytest

from acinus.documents import biology_folder, read_yaml
from acinus.errors import Code, RequestError
from acinus.evidence import Outcome, Qualification, Verdict, clopper_pearson
from acinus.model import load_model
from acinus.population import draw_population
from acinus.report.overdose_page import (
    draw_overdose_page,
    make_overdose_page,
    page_as_data,
    read_page_plan,
    write_overdose_page,
)
from acinus.report.overdose_page.lobule_panel import ring_corners
from acinus.report.overdose_page.page_figure import SECTIONS
from acinus.report.overdose_page.page_numbers import ExamplePerson
from acinus.report.overdose_page.regimen_panel import difference_in_words
from acinus.report.overdose_page.sheet import in_percent, wrap

PEOPLE, SEED = 120, 3


@pytest.fixture(scope="module")
def model():
    return load_model("human", zones=2)


@pytest.fixture(scope="module")
def plan():
    """Return the shipped page with fewer bins, hours and regimens."""
    return dataclasses.replace(
        read_page_plan(),
        delay_bins=((0.0, 4.0), (8.0, 10.0), (16.0, 24.0)),
        regimen_hours=(16.0,),
        regimen_arms=("untreated", "three_bag_20h", "snap"),
    )


@pytest.fixture(scope="module")
def numbers(model, plan):
    return make_overdose_page(people=PEOPLE, seed=SEED, claims=False, model=model, plan=plan)


@pytest.fixture(scope="module")
def files(numbers, tmp_path_factory):
    out = tmp_path_factory.mktemp("page")
    return {path.suffix: path for path in write_overdose_page(out, numbers)}


@pytest.fixture(scope="module")
def page(files) -> str:
    return files[".html"].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def words(page) -> str:
    body = page[page.index("<body") :]
    return re.sub(
        r"\s+",
        " ",
        html.unescape(re.sub(r"<[^>]*>", " ", re.sub(r"<style.*?</style>", "", body, flags=re.S))),
    )


def drawn_words(page: str) -> str:
    drawing = page[page.index("<svg") : page.index("</svg>")]
    return html.unescape(" ".join(re.findall(r"<text[^>]*>([^<]*)</text>", drawing)))


@pytest.mark.slow
def test_every_section_is_drawn(page):
    drawn = drawn_words(page)
    for title in SECTIONS.values():
        assert title in drawn
    for heading in (
        "How the numbers were made",
        "What is known to fail",
        "How much of this rests on evidence",
    ):
        assert heading in drawn
    assert "never for the treatment of a person" in drawn


@pytest.mark.slow
def test_the_page_needs_nothing_from_elsewhere(page):
    assert "<script" not in page
    assert "<link" not in page
    fetched = re.findall(r"""(?:src|href)=["'](?!#|data:)([^"']*)|url\((?!['"]?(?:#|data:))([^)]*)\)""", page)
    assert fetched == []
    assert page.count("@font-face") == 2


@pytest.mark.slow
def test_shares_on_the_page_are_those_of_a_run_made_again(numbers, model, plan):
    from acinus.endpoints import read_endpoint
    from acinus.simulation import load_arms, simulate

    people = draw_population(plan.population, PEOPLE, SEED, model=model)
    arms = load_arms(plan.protocol, model)
    untreated = simulate(model, arms["untreated"], people)
    hurt = read_endpoint(untreated, "hepatotoxicity").values
    group = read_endpoint(untreated, "above_200_line").values == 1
    assert numbers.everybody == clopper_pearson(int(hurt.sum()), PEOPLE)
    assert numbers.untreated == clopper_pearson(int(hurt[group].sum()), int(group.sum()))
    level = read_endpoint(untreated, "apap_4h_equivalent").values
    assert sum(band.untreated.of for band in numbers.bands if band.untreated) == np.isfinite(level).sum()

    members = people.take(group)
    late = {**members.columns, "nac_delay": np.full(len(members), 16.0)}
    treated = simulate(model, arms["snap"], dataclasses.replace(members, columns=late))
    answers = read_endpoint(treated, "hepatotoxicity").values
    (row,) = [r for r in numbers.regimens if r.arm == "snap" and r.hours == 16.0]
    assert row.share == clopper_pearson(int(answers.sum()), len(members))
    # The page integrates less exactly than a run does by default.
    assert row.adverse.middle == pytest.approx(np.median(read_endpoint(treated, "nac_cmax").values), rel=1e-6)


@pytest.mark.slow
def test_numbers_written_are_those_computed(numbers, files, words):
    data = json.loads(files[".json"].read_text(encoding="utf-8"))
    assert data == json.loads(json.dumps(page_as_data(numbers)))
    assert [row["events"] for row in data["delays"]] == [d.share.events for d in numbers.delays]
    drawn = words
    for delay in numbers.delays:
        assert in_percent(delay.share.value) in drawn
        assert f"{delay.low:g} to {delay.high:g} {delay.share.events} {delay.share.of}" in drawn
    for row in numbers.regimens:
        assert difference_in_words(row.difference) in drawn
    assert numbers.provenance.model_hash[:16] in drawn
    assert f"seed {SEED}" in drawn


@pytest.mark.slow
def test_every_published_point_carries_its_source_and_use(numbers, words):
    kinds = {point.kind for point in numbers.published}
    assert {"calibration", ""} <= kinds <= {"calibration", "validation", ""}
    known = (biology_folder() / "references.bib").read_text(encoding="utf-8")
    for point in numbers.published:
        for key in point.source.split(";"):
            assert f"{{{key.strip()}," in known
        assert point.low <= point.share <= point.high
        assert point.statement in words
        if point.counts is not None:
            assert f"{point.counts.events} of {point.counts.of}" in words
    assert "from memory" in words
    assert "doi:" in words or "PMID" in words


@pytest.mark.slow
def test_the_same_people_stand_in_every_arm(numbers):
    sizes = {row.share.of for row in numbers.regimens} | {delay.share.of for delay in numbers.delays}
    assert sizes == {numbers.group_size} == {numbers.untreated.of}
    untreated = {row.share for row in numbers.regimens if row.arm == "untreated"}
    assert untreated == {numbers.untreated}


@pytest.mark.slow
def test_the_same_numbers_give_the_same_files(numbers, files, tmp_path):
    again = {path.suffix: path for path in write_overdose_page(tmp_path, numbers)}
    for suffix in (".html", ".json", ".png"):
        assert again[suffix].read_bytes() == files[suffix].read_bytes()
    assert files[".png"].read_bytes().startswith(b"\x89PNG")
    assert files[".pdf"].read_bytes().startswith(b"%PDF")


@pytest.mark.slow
def test_examples_fit_their_description_and_lobule_starts_whole(numbers):
    group = [e for e in numbers.examples if isinstance(e, ExamplePerson)]
    assert group
    courses = {course.title: course for course in numbers.courses}
    for person in group:
        peak = courses["ALT"].untreated.examples[person.key].max()
        assert (peak < 100.0) if person.key == "spared" else (peak > 1000.0)
    assert numbers.lobule is not None
    for quantity in numbers.lobule.quantities:
        np.testing.assert_array_equal(quantity.untreated[0], quantity.treated[0])
        if quantity.unit == "percent":
            assert quantity.untreated[0] == pytest.approx(100.0)


@pytest.mark.slow
def test_what_fails_and_who_did_not_finish_is_written_down(numbers):
    failing = Verdict(
        *(numbers.published[0].claim, "validation", "share", "Fish fly", "prescott_1979", "", "x.yaml:1"),
        Outcome.FAILED,
        "some",
        "none of them (0 of 3)",
        {"share": 0.0},
    )
    held = dataclasses.replace(failing, id="other", statement="Birds fly", outcome=Outcome.PASSED)
    asked = dataclasses.replace(
        numbers, qualification=Qualification((held, failing), {}, 1), runs_finished=numbers.runs - 2
    )
    drawn = " ".join(_texts(draw_overdose_page(asked)))
    assert "Fish fly (here none of them)" in drawn
    assert "Birds fly" not in drawn
    assert "1 of 2 hold" in drawn
    assert "0 %, outside" in drawn
    assert "2 did not finish and are left out" in drawn


@pytest.mark.slow
def test_nothing_is_left_when_a_file_fails(numbers, tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    from acinus.report.overdose_page import page_files

    monkeypatch.setattr(page_files, "draw_overdose_page", lambda numbers: Figure())
    genuine = Figure.savefig

    def failing(self, target, **options):
        if str(target).endswith(".png"):
            raise MemoryError
        return genuine(self, target, **options)

    monkeypatch.setattr(Figure, "savefig", failing)
    with pytest.raises(MemoryError):
        write_overdose_page(tmp_path / "page", numbers)
    assert list((tmp_path / "page").iterdir()) == []


@pytest.mark.slow
def test_a_draw_with_nobody_in_the_group_is_refused(model):
    with pytest.raises(RequestError) as refused:
        make_overdose_page(people=1, seed=1, claims=False, model=model)
    assert [d.code for d in refused.value.diagnostics] == [Code.DRAW_REQUEST]


def test_every_fault_of_the_page_is_reported_at_once(tmp_path):
    shipped = (biology_folder() / "pages" / "overdose.yaml").read_text(encoding="utf-8")
    broken = shipped.replace("arm: three_bag_20h\n  bins", "arm: three_bags_20h\n  bins").replace(
        "[10 h, 12 h]", "[12 h, 10 h]"
    )
    broken = broken.replace("outcome:", "outcomes:")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "overdose.yaml").write_text(broken, encoding="utf-8")
    with pytest.raises(RequestError) as refused:
        read_page_plan(biology=tmp_path)
    said = str(refused.value)
    assert "`three_bag_20h`" in said
    assert "is not two times" in said
    assert "`outcomes` should be `outcome`" in said
    assert {d.code for d in refused.value.diagnostics} == {Code.PAGE_KEY, Code.PAGE_VALUE}


def test_a_claim_that_does_not_exist_is_named(model, plan):
    from acinus.report.overdose_page.published import read_published

    first = dataclasses.replace(plan.published[0], claim="prescott_1979_treated_within_10hours")
    with pytest.raises(RequestError, match="prescott_1979_treated_within_10h`"):
        read_published(dataclasses.replace(plan, published=(first,)), model)


def test_the_page_file_holds_no_result():
    root = read_yaml(biology_folder() / "pages" / "overdose.yaml").plain()
    shares = [point for point in root["published"] if "share" in point]
    assert all(point["from_memory"] for point in shares)
    assert all("claim" in point or "share" in point for point in root["published"])


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.0004, "<0.1 %"), (0.999, ">99 %"), (0.0161, "1.6 %"), (0.519, "52 %")],
)
def test_shares_are_rounded_without_becoming_nothing_or_all(share, said):
    assert in_percent(share) == said


def test_wrapped_lines_keep_all_words_and_are_shorter_the_narrower():
    text = "one two three four five six seven eight nine ten"
    assert " ".join(wrap(text, 1.0, 10.0)) == text
    assert len(wrap(text, 0.6, 10.0)) > len(wrap(text, 2.0, 10.0))


def test_half_rings_tile_the_hexagon():
    def area(corners: np.ndarray) -> float:
        x, y = corners.T
        return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2

    edges = np.linspace(1.0, 0.0, 5)
    tiles = [ring_corners(a, b, side) for a, b in itertools.pairwise(edges) for side in (-1, 1)]
    assert sum(map(area, tiles)) == pytest.approx(1.5 * np.sqrt(3.0))


def _texts(figure) -> list[str]:
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text)]
