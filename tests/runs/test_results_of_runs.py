from __future__ import annotations

import json

import numpy as np
import pytest
from small_run import content_of

from acinus.endpoints import read_endpoint
from acinus.errors import RequestError
from acinus.model import load_model
from acinus.population import draw_population, write_cohort
from acinus.runs import open_run, progress_of, start_run, verify_run
from acinus.simulation import load_arms, simulate


@pytest.fixture(scope="module")
def run(undisturbed):
    return open_run(undisturbed)


def drawn(request, n):
    return draw_population(request.population, n, request.seed, model=load_model(request.model))


def test_everyone_who_went_in_comes_out_in_every_arm(run, request_of):
    summary = run.summary()
    assert (summary.people, summary.people_done) == (230, 230)
    growth = drawn(request_of(), 230)["g"]
    for arm, factor in (("slow", 0.5), ("fast", 1.0)):
        (found,) = [each for each in summary.arms if each.arm == arm]
        # Whose pole 1 / (h g) lies before the end cannot finish.
        assert found.n_failed == int((factor * growth >= 0.25).sum())
        assert found.n_in == 230 == found.n_ok + found.n_failed
        assert sum(found.ways_to_fail.values()) == found.n_failed
        highest = found.endpoints[0]
        assert highest.n_defined == found.n_ok
    assert sum(arm.n_failed for arm in summary.arms) > 0


def test_the_numbers_are_those_of_one_simulation(run, request_of):
    request = request_of()
    model = load_model(request.model)
    arm = load_arms(request.frozen().protocol, model)["fast"]
    alone = simulate(model, arm, drawn(request, 230), tolerances=tolerances_of(request))
    expected = read_endpoint(alone, request.endpoints[0]).values
    table = run.to_pandas(["highest"], arm="fast")
    assert table["individual"].tolist() == list(range(230))
    np.testing.assert_array_equal(table["highest"].to_numpy(dtype=float, na_value=np.nan), expected)


def tolerances_of(request):
    from acinus.engine import Tolerances

    asked = request.tolerances
    return Tolerances(asked.relative, asked.absolute, asked.max_steps)


def test_quantiles_and_shares_are_those_of_the_table(run):
    table = run.to_pandas(arm="fast")
    (fast,) = [each for each in run.summary().arms if each.arm == "fast"]
    highest, above = fast.endpoints
    values = table["highest"].dropna()
    for probability, value in highest.quantiles.items():
        assert value == pytest.approx(np.quantile(values, probability), rel=1e-12)
    assert above.yes == int((values > 1.5).sum())
    assert above.n_defined == len(values)


def test_the_ledger_names_each_failure_with_values_time_and_reason(run, request_of):
    failures = run.failures()
    table = run.to_pandas()
    failed = table[table["status"] != "reached_end"]
    assert {(f["individual"], f["arm"]) for f in failures} == set(
        zip(failed["individual"], failed["arm"].astype(str), strict=True)
    )
    growth = drawn(request_of(), 230)["g"]
    for failure in failures:
        factor = 0.5 if failure["arm"] == "slow" else 1.0
        assert failure["values"]["g"] == growth[failure["individual"]]
        assert failure["reached_h"] == pytest.approx(1 / (factor * failure["values"]["g"]), rel=0.02)
        assert failure["reason"]
        assert failure["status"] in ("step_too_small", "not_finite", "newton_failed", "max_steps")


def test_units_and_titles_travel_with_the_columns(run):
    assert run.fields["above"]["role"] == "yes_or_no"
    assert run.fields["reached"] == {"unit": "h"}
    assert run.unit("colour") == "dimensionless"
    assert run.to_dataset(["highest"])["highest"].dims == ("individual", "arm")
    with pytest.raises(RequestError, match="Did you mean `highest`"):
        run.unit("hihgest")


def test_kept_courses_are_a_sample_stratified_over_the_individuals(run):
    courses = run.trajectories("fast")
    people = courses["individual"].to_numpy()
    assert len(people) == 10
    assert (np.diff(people) > 0).all()
    # Ten of 230 in shards of 20: no stratum of consecutive shards gives more than its share, rounded up.
    assert max(np.bincount(people // 20)) == 1
    table = run.to_pandas(["highest"], arm="fast").set_index("individual")
    finished = [k for k in people if table.loc[k, "status"] == "reached_end"]
    for k in finished:
        assert float(courses["A"].sel(individual=k).max()) == table.loc[k, "highest"]
    assert not np.array_equal(courses["A"], run.trajectories("slow")["A"])


def test_courses_of_other_ids_are_solved_for_the_kept_alone(tmp_path, request_of):
    start_run(request_of(people=20, trajectories={"keep": 3, "ids": ["A"]}, arms=["slow"]), tmp_path / "run")
    assert open_run(tmp_path / "run").trajectories().sizes == {"individual": 3, "time": 5}


def test_a_protocol_without_arms_has_one_called_only(tmp_path, request_of):
    protocol = {"sampling": {"every": "1 h", "until": "2 h"}}
    start_run(request_of(people=5, protocol=protocol, trajectories={"keep": 0}), tmp_path / "run")
    run = open_run(tmp_path / "run")
    assert run.arms == ("only",)
    with pytest.raises(RequestError, match="keeps no trajectories"):
        run.trajectories()


def test_the_bytes_do_not_depend_on_the_number_of_threads(tmp_path, undisturbed, request_of):
    start_run(request_of(), tmp_path / "run", workers=3)
    assert content_of(tmp_path / "run") == content_of(undisturbed)


def test_a_shard_says_what_run_it_belongs_to(undisturbed):
    from acinus.runs.shard import read_header

    manifest = json.loads((undisturbed / "manifest.json").read_text(encoding="utf-8"))
    headers = [read_header(path) for path in sorted((undisturbed / "shards").iterdir())]
    assert {header["identity"] for header in headers} == {manifest["identity"]}
    assert [header["shard"] for header in headers] == list(range(12))
    assert manifest["request"]["seed"] == 7
    assert manifest["software"]["numpy"] == np.__version__


def test_progress_and_verification_agree_with_the_table(undisturbed):
    progress, verified = progress_of(undisturbed), verify_run(undisturbed)
    assert (progress.people_done, progress.people, progress.active) == (230, 230, False)
    assert (verified.people, verified.rows) == (230, 460)
    assert verified.failed == progress.failed == len(open_run(undisturbed).failures())
    assert verified.findings == ()


def test_a_cohort_is_copied_and_keeps_its_names(tmp_path, request_of):
    path = tmp_path / "people.csv"
    path.write_text("id,g\nanna,0.1\nbert,0.2\ncleo,0.3\n", encoding="utf-8")
    request = request_of(
        population=None, people=None, cohort=str(path), shard_size=2, trajectories={"keep": 0}
    )
    start_run(request, tmp_path / "run")
    path.unlink()
    table = open_run(tmp_path / "run").to_pandas(arm="slow")
    assert table["individual"].tolist() == ["anna", "bert", "cleo"]
    assert table["highest"].to_numpy() == pytest.approx(
        [1 / (1 - 0.5 * g * 4) for g in (0.1, 0.2, 0.3)], rel=1e-4
    )


def test_a_cohort_of_the_drawn_people_gives_the_same_numbers(tmp_path, request_of, run):
    write_cohort(drawn(request_of(), 230), tmp_path / "people.csv")
    request = request_of(population=None, people=None, cohort=str(tmp_path / "people.csv"))
    start_run(request, tmp_path / "run")
    again = open_run(tmp_path / "run").to_pandas(["highest"])
    np.testing.assert_array_equal(again["highest"], run.to_pandas(["highest"])["highest"])


def test_people_left_out_by_rules_are_counted_and_leave_the_others_as_they_were(
    tmp_path, request_of, run, monkeypatch
):
    from acinus.runs import work

    whole = work.drawn

    def plausible(*asked):
        people = whole(*asked)
        return people.take(people["colour"] < 0.8)

    monkeypatch.setattr(work, "drawn", plausible)
    start_run(request_of(), tmp_path / "run", workers=1)
    kept = run.to_pandas().query("colour < 0.8").reset_index(drop=True)
    table = open_run(tmp_path / "run").to_pandas()
    assert table["individual"].tolist() == kept["individual"].tolist()
    np.testing.assert_array_equal(table["highest"], kept["highest"])
    verified, summary = verify_run(tmp_path / "run"), open_run(tmp_path / "run").summary()
    assert verified.findings == ()
    assert verified.people + verified.left_out == 230
    assert 0 < verified.left_out == summary.left_out == 230 - kept["individual"].nunique()


def test_the_file_of_units_comes_along_with_a_table(tmp_path, request_of):
    from acinus.runs import merge_runs, resume_run

    path = tmp_path / "people.csv"
    path.write_text("id,g\nanna,0.1\nbert,0.2\n", encoding="utf-8")
    path.with_name("people.units.csv").write_text("column,unit\ng,dimensionless\n", encoding="utf-8")
    start_run(request_of(population=None, people=None, cohort=str(path)), tmp_path / "run")
    merge_runs([tmp_path / "run"], tmp_path / "merged")
    for folder in (tmp_path / "run", tmp_path / "merged"):
        assert (folder / "cohort.units.csv").is_file()
        assert verify_run(folder).findings == ()
    (tmp_path / "run" / "cohort.units.csv").write_text("column,unit\ng,kg\n", encoding="utf-8")
    assert [found.code.value for found in verify_run(tmp_path / "run").findings] == ["AC956"]
    with pytest.raises(RequestError, match="AC955"):
        resume_run(tmp_path / "run")
