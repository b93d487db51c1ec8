import numpy as np
import pytest

from acinus.documents import Node, read_yaml
from acinus.endpoints import (
    check_endpoints,
    ids_read,
    list_endpoints,
    list_measures,
    read_all,
    read_endpoint,
    read_possible,
)
from acinus.errors import EndpointError


def decay(start, half_life):
    return lambda time: start * np.exp2(-time / half_life)


def codes(error):
    return [d.code.value for d in error.value.diagnostics]


def test_an_inline_endpoint_is_read_in_the_unit_asked_for(make_run):
    run = make_run({"drug": decay(100.0, 4.0)}, {"drug": "mg/L"})
    reading = read_endpoint(run, {"measure": "maximum", "of": "drug", "unit": "g/L"})
    assert reading.value == pytest.approx(0.1)
    assert reading.unit == "g/L"


def test_without_a_unit_the_reading_has_that_of_the_id(make_run):
    run = make_run({"drug": decay(100.0, 4.0)}, {"drug": "mg/L"})
    assert read_endpoint(run, {"measure": "minimum", "of": "drug"}).unit == "mg/L"
    assert read_endpoint(run, {"measure": "area", "of": "drug"}).unit == "mg/L*h"
    assert read_endpoint(run, {"measure": "half_life", "of": "drug", "unit": "min"}).value == pytest.approx(
        240
    )


def test_windows_are_cut_between_samples(make_run):
    run = make_run({"drug": decay(100.0, 4.0)}, {"drug": "mg/L"}, time=np.array([0.0, 10.0, 20.0]))
    first = read_endpoint(run, {"measure": "area", "of": "drug", "until": "7 h"}).value
    second = read_endpoint(run, {"measure": "area", "of": "drug", "from": "420 min"}).value
    assert first + second == pytest.approx(
        read_endpoint(run, {"measure": "area", "of": "drug"}).value, rel=1e-12
    )
    assert read_endpoint(run, {"measure": "at", "of": "drug", "at": "8 h"}).value == pytest.approx(25)
    assert read_endpoint(run, {"measure": "at", "of": "drug", "time": "8 h"}).value == pytest.approx(25)
    assert read_endpoint(run, {"measure": "last", "of": "drug", "until": "4 h"}).value == pytest.approx(50)


def test_who_did_not_finish_has_no_reading_and_is_counted(make_run):
    run = make_run({"drug": np.ones((3, 97))}, {"drug": "mg/L"}, ok=[True, False, True])
    reading = read_endpoint(run, {"measure": "maximum", "of": "drug"})
    assert np.isnan(reading.values).tolist() == [False, True, False]
    assert (reading.n, reading.n_ok, reading.n_defined) == (3, 2, 2)
    assert "2 read of 2 finished of 3" in str(reading)


def test_the_unfinished_are_not_counted_as_unharmed(make_run):
    run = make_run({"alt": np.full((2, 97), 20.0)}, {"alt": "U/L"}, ok=[True, False])
    values = read_endpoint(run, {"measure": "exceeds", "of": "alt", "level": "toxic_level"}).values
    assert values[0] == 0.0
    assert np.isnan(values[1])


def test_a_level_may_be_a_number_or_a_constant(make_run):
    run = make_run({"alt": lambda t: 100 * t}, {"alt": "U/L"})
    by_name = read_endpoint(run, {"measure": "first_time_above", "of": "alt", "level": "toxic_level"}).value
    by_number = read_endpoint(run, {"measure": "first_time_above", "of": "alt", "level": "1 U/mL"}).value
    assert by_name == by_number == 10.0


def test_relative_to_start_compares_with_each_individuals_own_start(make_run):
    curves = np.array([[20.0, 30.0, 50.0], [50.0, 60.0, 70.0]])
    run = make_run({"alt": curves}, {"alt": "U/L"}, time=np.arange(3.0))
    spec = {"measure": "exceeds", "of": "alt", "relative_to_start": True, "level": 2}
    assert read_endpoint(run, spec).values.tolist() == [1.0, 0.0]


def test_zones_are_read_one_by_one_or_joined(make_run):
    run = make_run(
        {"z1_gsh": decay(8.0, 1e6), "z2_gsh": decay(4.0, 24.0)},
        {"z1_gsh": "mmol/L", "z2_gsh": "mmol/L"},
        time=np.array([0.0, 24.0, 48.0]),
    )
    each = read_endpoint(run, {"measure": "minimum", "of": "gsh", "zones": "each", "relative_to_start": True})
    assert each.values.shape == (1, 2)
    assert each.values[0].tolist() == pytest.approx([1.0, 0.25], rel=1e-4)
    assert read_endpoint(run, {"measure": "minimum", "of": "gsh", "zones": "central"}).value == pytest.approx(
        1.0
    )
    assert read_endpoint(run, {"measure": "minimum", "of": "gsh", "zones": 1}).value == pytest.approx(
        8.0, rel=1e-4
    )


def test_urine_shares_add_up_to_one(make_run):
    ids = ["a", "b", "c"]
    run = make_run({"a": lambda t: t, "b": lambda t: 2 * t, "c": lambda t: 3 * t}, dict.fromkeys(ids, "mmol"))
    shares = [
        read_endpoint(run, {"measure": "share", "of": i, "among": ids, "at": "24 h"}).value for i in ids
    ]
    assert shares == pytest.approx([1 / 6, 2 / 6, 3 / 6])
    joint = read_endpoint(
        run, {"measure": "share", "of": ["a", "b"], "among": ids, "at": "24 h", "unit": "percent"}
    )
    assert joint.value == pytest.approx(50)


def test_a_share_between_two_times_counts_only_what_came_between(make_run):
    run = make_run({"a": lambda t: np.minimum(t, 10.0), "b": lambda t: t}, {"a": "mmol", "b": "umol"})
    spec = {"measure": "share", "of": "a", "among": ["a", "b"], "from": "10 h", "until": "20 h"}
    assert read_endpoint(run, spec).value == 0.0


def test_fraction_of_dose_counts_molecules_of_the_dosed_substance(make_run):
    time = np.arange(97.0)
    run = make_run(
        {"dimer": lambda t: np.minimum(t, 20.0)},
        {"dimer": "mmol"},
        moieties={"dimer": {"apap": 2.0}},
        doses={"apap": np.where(time < 30, 50.0, 100.0)[None, :]},
    )
    spec = {"measure": "fraction_of_dose", "of": "dimer", "substance": "apap", "at": "24 h"}
    assert read_endpoint(run, spec).value == pytest.approx(0.8)
    assert read_endpoint(run, {**spec, "at": "48 h"}).value == pytest.approx(0.4)


def test_a_level_on_a_nomogram_line_is_read_as_that_line(make_run):
    run = make_run({"drug": lambda t: 400 * np.exp2(-t / 4)}, {"drug": "mg/L"})
    for at in ("4 h", "11 h", "24 h"):
        spec = {"measure": "nomogram_equivalent", "of": "drug", "at": at, "unit": "mg/L"}
        assert read_endpoint(run, spec).value == pytest.approx(200)
    slower = make_run({"drug": lambda t: 210 * np.exp2(-(t - 4) / 8)}, {"drug": "mg/L"})
    assert read_endpoint(slower, {"measure": "nomogram_line", "of": "drug"}).value == 200
    later = read_endpoint(slower, {"measure": "nomogram_line", "of": "drug", "at": "12 h", "unit": "ug/mL"})
    assert later.value == pytest.approx(300)
    highest = read_endpoint(
        slower, {"measure": "nomogram_equivalent", "of": "drug", "from": "4 h", "until": "24 h"}
    )
    assert highest.value == pytest.approx(210 * 2**2.5)


def test_a_nomogram_of_another_slope_can_be_written(make_run):
    run = make_run({"drug": lambda t: 100 * np.exp2(-(t - 4) / 6)}, {"drug": "mg/L"})
    spec = {"measure": "nomogram_equivalent", "of": "drug", "half_life": "6 h", "at": "16 h"}
    assert read_endpoint(run, spec).value == pytest.approx(100)


def test_an_ingestion_that_came_later_moves_the_nomogram(make_run):
    run = make_run({"drug": lambda t: 100 * np.exp2(-(t - 6) / 4)}, {"drug": "mg/L"})
    spec = {"measure": "nomogram_equivalent", "of": "drug", "ingested": "2 h"}
    assert read_endpoint(run, spec).value == pytest.approx(100)


def test_endpoints_are_made_of_endpoints(make_run):
    run = make_run(
        {"drug": np.array([[90.0, 90.0], [150.0, 150.0]]), "alt": np.array([[20.0, 2000.0], [30.0, 10.0]])},
        {"drug": "mg/L", "alt": "U/L"},
        time=np.array([0.0, 24.0]),
        endpoints="""
level: {measure: nomogram_equivalent, of: drug, name: Level}
band: {measure: within, endpoint: level, low: nomogram_line_100, high: nomogram_line_200}
injured: {measure: exceeds, of: alt, level: toxic_level}
peak: {measure: maximum, of: alt, only_if: injured}
both: {all: [band, injured]}
either: {any: [band, injured]}
""",
    )
    found = {
        name: reading.values.tolist()
        for name, reading in read_all(run, list_endpoints(run.model.biology)).items()
    }
    assert found["band"] == [0.0, 1.0]
    assert found["injured"] == [1.0, 0.0]
    assert found["both"] == [0.0, 0.0]
    assert found["either"] == [1.0, 1.0]
    assert found["peak"][0] == 2000.0
    assert np.isnan(found["peak"][1])
    assert read_endpoint(run, "peak").n_defined == 1
    ratio = read_endpoint(
        run, {"ratio": ["level", {"measure": "at", "of": "drug", "at": "0 h", "unit": "g/L"}]}
    )
    assert (ratio.unit, ratio.values.tolist()) == ("dimensionless", pytest.approx([1.0, 1.0]))
    difference = read_endpoint(
        run, {"difference": [{"measure": "last", "of": "alt"}, {"measure": "at", "of": "alt", "at": "0 h"}]}
    )
    assert difference.values.tolist() == [1980.0, -20.0]
    mixed = read_endpoint(run, {"measure": "ratio", "of": ["level", {"measure": "last", "of": "alt"}]})
    assert mixed.values[0] == pytest.approx(90 / 2000)


def test_a_time_of_reading_may_differ_between_individuals(make_run):
    curves = np.array([[100 * 2 ** (-t / 4) for t in range(97)]] * 2)
    columns = {"presentation": np.array([4.0, 720.0]) / [1, 60], "weight": np.array([70.0, 60.0])}
    run = make_run({"drug": curves}, {"drug": "mg/L"}, columns=columns, column_units={"weight": "kg"})
    assert read_endpoint(
        run, {"measure": "at", "of": "drug", "at": "$presentation"}
    ).values.tolist() == pytest.approx([50, 12.5])
    level = {"measure": "nomogram_equivalent", "of": "drug", "at": "$presentation"}
    assert read_endpoint(run, level).values.tolist() == pytest.approx([50, 50])
    for column, words in (("presentatoin", "Did you mean `presentation`"), ("weight", "is no time")):
        with pytest.raises(EndpointError, match="AC707") as error:
            read_endpoint(run, {**level, "at": f"${column}"})
        assert words in str(error.value)


def test_a_column_of_times_outside_the_run_is_refused_with_a_count(make_run):
    run = make_run(
        {"drug": np.ones((3, 97))}, {"drug": "mg/L"}, columns={"when": np.array([1.0, 97.0, 200.0])}
    )
    with pytest.raises(EndpointError, match="2 of 3 individuals"):
        read_endpoint(run, {"measure": "at", "of": "drug", "at": "$when"})


def test_nothing_is_compared_with_a_start_that_was_not_sampled(make_run):
    run = make_run({"alt": np.ones(5)}, {"alt": "U/L"}, time=np.arange(1.0, 6.0))
    with pytest.raises(EndpointError, match="first sampled at 1 h"):
        read_endpoint(run, {"measure": "maximum", "of": "alt", "relative_to_start": True})


def test_an_endpoint_knows_the_ids_it_reads(make_run):
    units = {"z1_gsh": "mmol/L", "z2_gsh": "mmol/L", "alt": "U/L", "drug": "mg/L"}
    run = make_run(
        {name: np.ones(97) for name in units},
        units,
        endpoints="injured: {measure: exceeds, of: alt, level: 1 U/L}",
    )
    spec = {"measure": "minimum", "of": "gsh", "zones": "central", "only_if": "injured"}
    assert ids_read(run.model, [spec]) == {"z1_gsh", "z2_gsh", "alt"}


def test_answers_and_zones_are_told_in_words(make_run):
    run = make_run({"alt": np.array([[5.0] * 97, [1.0] * 97])}, {"alt": "U/L"})
    assert str(read_endpoint(run, {"measure": "exceeds", "of": "alt", "level": "2 U/L"})).startswith(
        "exceeds of alt: 1 of 2"
    )
    one = make_run(
        {"z1_gsh": np.ones(97), "z2_gsh": np.full(97, 2.0)}, dict.fromkeys(["z1_gsh", "z2_gsh"], "mmol/L")
    )
    each = read_endpoint(one, {"measure": "minimum", "of": "gsh", "zones": "each"})
    assert str(each) == "minimum of gsh: 1, 2 mmol/L"


def test_titles_come_from_the_file(make_run):
    run = make_run(
        {"alt": np.ones((1, 97))}, {"alt": "U/L"}, endpoints="p: {measure: maximum, of: alt, name: Peak ALT}"
    )
    reading = read_endpoint(run, "p")
    assert (reading.name, reading.title) == ("p", "Peak ALT")
    assert str(reading) == "Peak ALT: 1 U/L"


def test_a_changed_file_is_read_again(make_run):
    curves, units = {"alt": np.arange(97.0)}, {"alt": "U/L"}
    run = make_run(curves, units, endpoints="p: {measure: maximum, of: alt}")
    assert read_endpoint(run, "p").value == 96
    run = make_run(curves, units, endpoints="p: {measure: minimum, of:   alt}")
    assert read_endpoint(run, "p").value == 0


def test_a_node_of_a_file_is_an_endpoint_too(make_run, tmp_path):
    run = make_run({"alt": np.arange(97.0)}, {"alt": "U/L"})
    node = read_yaml(tmp_path / "claim.yaml", "read: {measure: maximum, of: alt}")
    assert isinstance(node, Node)
    assert read_endpoint(run, node["read"]).value == 96


def test_what_cannot_be_read_is_reported_beside_what_can(make_run):
    run = make_run(
        {"alt": np.arange(9.0)},
        {"alt": "U/L"},
        time=np.arange(9.0),
        endpoints="peak: {measure: maximum, of: alt}\nlate: {measure: at, of: alt, at: 24 h}",
    )
    readings, findings = read_possible(run)
    assert list(readings) == ["peak"]
    assert [d.code.value for d in findings] == ["AC707"]


@pytest.mark.parametrize(
    ("spec", "code", "words"),
    [
        ("peek", "AC701", "Did you mean `peak`?"),
        ({"measure": "maximun", "of": "alt"}, "AC702", "Did you mean `maximum`?"),
        ({"mesure": "maximum", "of": "alt"}, "AC702", "`mesure` should be `measure`"),
        ({"measure": "maximum", "off": "alt"}, "AC703", "Did you mean `of`"),
        ({"measure": "maximum", "of": "alt", "untill": "3 h"}, "AC703", "Did you mean `until`"),
        ({"measure": "exceeds", "of": "alt"}, "AC703", "needs `level`"),
        ({"measure": "maximum", "of": "alt", "unit": "mg/L"}, "AC704", "measured in `U/L`"),
        ({"measure": "maximum", "of": "alt", "unit": "florps"}, "AC704", "not a unit"),
        ({"measure": "time_of_maximum", "of": "alt", "unit": "U/L"}, "AC704", "measured in `h`"),
        ({"measure": "exceeds", "of": "alt", "level": "3 mg/L"}, "AC704", "wrong kind of unit"),
        ({"measure": "exceeds", "of": "alt", "level": 1000}, "AC704", "no unit"),
        ({"measure": "exceeds", "of": "alt", "level": "nomogram_line_100"}, "AC704", "`U/L` is needed"),
        ({"measure": "share", "of": "alt", "among": ["alt", "drug"]}, "AC704", "`drug` is in `mg/L`"),
        ({"measure": "maximum", "of": "alt_pl"}, "AC705", "Did you mean `alt_pla`"),
        ({"measure": "minimum", "of": "gsh"}, "AC706", "once in every zone"),
        ({"measure": "minimum", "of": "gsh", "zones": "central_vein"}, "AC706", "Did you mean `central`"),
        ({"measure": "minimum", "of": "gsh", "zones": 5}, "AC706", "no zone 5"),
        ({"measure": "minimum", "of": "alt", "zones": "mean"}, "AC706", "not zonal"),
        ({"measure": "at", "of": "alt", "at": "30 d"}, "AC707", "outside the run"),
        ({"measure": "maximum", "of": "alt", "from": "9 h", "until": "3 h"}, "AC707", "window is empty"),
        ({"measure": "nomogram_line", "of": "drug", "at": "2 h"}, "AC707", "outside the nomogram"),
        ({"measure": "exceeds", "of": "alt", "level": "toxic_levl"}, "AC708", "Did you mean `toxic_level`?"),
        ({"measure": "maximum", "of": ["alt", "drug"]}, "AC709", "one id, not 2"),
        ({"ratio": ["peak"]}, "AC709", "2 endpoints in a list, not 1"),
        (7, "AC709", "neither the name of an endpoint nor a mapping"),
        ("circle", "AC711", "circle -> around -> circle"),
        (
            {"ratio": ["peak", {"measure": "minimum", "of": "gsh", "zones": "each"}]},
            "AC706",
            "one number per zone",
        ),
        ({"difference": ["peak", {"measure": "maximum", "of": "drug"}]}, "AC704", "cannot be subtracted"),
        ({"measure": "fraction_of_dose", "of": "z1_gsh", "substance": "apap"}, "AC704", "`mmol` is needed"),
        ({"measure": "fraction_of_dose", "of": "urine", "substance": "nac"}, "AC705", "contains no `nac`"),
        ({"measure": "fraction_of_dose", "of": "urine", "substance": "apap"}, "AC705", "nobody was given"),
    ],
)
def test_a_wrong_endpoint_is_refused_with_its_remedy(make_run, spec, code, words):
    units = {
        "alt": "U/L",
        "alt_pla": "U/L",
        "drug": "mg/L",
        "z1_gsh": "mmol/L",
        "z2_gsh": "mmol/L",
        "urine": "mmol",
    }
    run = make_run(
        {name: np.ones((1, 97)) for name in units},
        units,
        moieties={"urine": {"apap": 1.0}},
        endpoints="""
peak: {measure: maximum, of: alt}
circle: {ratio: [peak, around]}
around: {ratio: [circle, peak]}
""",
    )
    with pytest.raises(EndpointError) as error:
        read_endpoint(run, spec)
    assert codes(error) == [code]
    assert words in str(error.value)


def test_everything_wrong_is_said_at_once_with_file_and_line(make_run, tmp_path):
    run = make_run(
        {"alt": np.ones((1, 97))},
        {"alt": "U/L"},
        endpoints="""a: {measure: maximum, of: alt, unit: mg/L}
b: {measure: maximum, of: atl}
c: {measure: maximun, of: alt}
d:
  measure: at
  of: alt
  at: 3 kg
""",
    )
    findings = check_endpoints(run.model)
    assert [(d.code.value, d.place.line) for d in findings if d.place] == [
        ("AC704", 1),
        ("AC705", 2),
        ("AC702", 3),
        ("AC704", 7),
    ]
    assert all(d.place is not None and d.place.file.endswith("endpoints.yaml") for d in findings)
    with pytest.raises(EndpointError) as error:
        read_all(run, ["a", "b", "d"])
    assert codes(error) == ["AC704", "AC705", "AC704"]


def test_every_measure_says_what_it_is():
    sentences = list_measures()
    assert all(sentences.values())
    assert len(set(sentences.values())) == len(sentences)


def test_the_shipped_endpoints_are_well_formed_and_have_titles():
    endpoints = list_endpoints()
    assert {"peak_alt", "apap_cmax", "nomogram_line", "lowest_gsh", "urine_thiol_share"} <= endpoints.keys()
    assert all(endpoint.title != name.replace("_", " ") for name, endpoint in endpoints.items())
