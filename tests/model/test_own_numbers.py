"""An assembly wired like another, with numbers of its own."""

from __future__ import annotations

import pytest

from acinus.errors import AcinusError, ModelTextError
from acinus.model import check_biology, explain, load_model

HEADER = "id,value,unit,distribution,cv,low,high,grade,source,note\n"
SLOW = "enzyme_km,0.8,mmol/L,fixed,,,,assumed,,Slower here\n"


@pytest.fixture
def small(tiny):
    """Return a biology with a second assembly, `small`, that has one number of its own."""
    (tiny / "assemblies" / "small.ant").write_text("// Like the other, but slower.\n@like tiny\n")
    folder = tiny / "parameters" / "small"
    folder.mkdir()
    (folder / "all.csv").write_text(HEADER + SLOW)
    return tiny


def both(biology):
    return load_model("tiny", biology=biology), load_model("small", biology=biology)


def test_it_has_the_others_text_and_its_own_number(small):
    tiny, own = both(small)
    assert (own.id, own.zones) == ("small", tiny.zones)
    assert [(s.id, s.kind) for s in own.symbols.values()] == [(s.id, s.kind) for s in tiny.symbols.values()]
    assert own.constant("enzyme_km") == (0.8, "mmol/L")
    assert tiny.constant("enzyme_km") == (0.5, "mmol/L")
    assert own.hash != tiny.hash


def test_the_card_tells_what_it_replaces_and_what_is_shared(small):
    tiny, own = both(small)
    replaced = own.cards["enzyme_km"].replaces
    assert replaced is not None
    assert replaced.place == tiny.cards["enzyme_km"].place
    assert str(own.cards["enzyme_km"].place) == "parameters/small/all.csv:2:1"
    assert ("in small", "its own; elsewhere 0.5 mmol/L (in vitro, parameters/all.csv:7:1)") in explain(
        own, "enzyme_km"
    ).lines()
    assert ("in small", "shared with all assemblies") in explain(own, "BW").lines()
    assert not any(label.startswith("in ") for label, _ in explain(tiny, "BW").lines())


def test_a_check_lists_own_and_shared_numbers(small):
    report = check_biology(small)
    assert report.ok, report.diagnostics
    (told,) = report.own_numbers
    assert (told.assembly, told.own) == ("small", ("enzyme_km",))
    assert "BW" in told.shared
    assert told.grades == {"assumed": 1.0}


def test_an_edited_own_number_is_a_new_model(small):
    before = load_model("small", biology=small)
    (small / "parameters" / "small" / "all.csv").write_text(HEADER + SLOW.replace("0.8", "9"))
    assert load_model("small", biology=small).constant("enzyme_km")[0] == 9.0
    assert before.constant("enzyme_km")[0] == 0.8


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (
            "parameters/small/all.csv",
            HEADER + "enzyme_k,1,mmol/L,fixed,,,,assumed,,why\n",
            "AC133.*`enzyme_k`",
        ),
        ("parameters/small/all.csv", HEADER + "enzyme_km,1,1/h,fixed,,,,assumed,,why\n", "AC202.*`1/h`"),
        (
            "parameters/small/all.csv",
            HEADER + "enzyme_km,1,umol/L,fixed,,,,assumed,,why\n",
            "AC202.*`umol/L`",
        ),
        ("parameters/small/all.csv", HEADER + SLOW + SLOW, "AC112"),
        ("parameters/small/all.csv", HEADER + "enzyme_km,1,mmol/L,fixed,,,,assumed,,\n", "AC117"),
        ("assemblies/small.ant", "@like tinny\n", "AC133.*`tinny`"),
        ("assemblies/small.ant", "@like tiny\nx = 1;\n", "AC132"),
    ],
)
def test_what_does_not_fit_is_refused(small, file, text, said):
    (small / file).write_text(text)
    with pytest.raises(AcinusError, match=said):
        load_model("small", biology=small)


def test_a_folder_of_no_assembly_is_refused(small):
    (small / "parameters" / "small").rename(small / "parameters" / "smal")
    with pytest.raises(ModelTextError, match=r"AC133[\s\S]*`smal` is not an assembly[\s\S]*`small`"):
        load_model("tiny", biology=small)


def test_a_source_of_an_own_number_must_exist(small):
    (small / "parameters" / "small" / "all.csv").write_text(
        HEADER + "enzyme_km,1,mmol/L,fixed,,,,inferred,Nobody1999,\n"
    )
    assert [f.code.value for f in check_biology(small).diagnostics] == ["AC118"]
