from __future__ import annotations

import numpy as np
import pytest
from synthetic import NOMOGRAM, synthetic_arm

from acinus.documents import read_yaml
from acinus.model import load_model
from acinus.provenance import CONTEXT_OF_USE
from acinus.report import draw_overdose, save_figure
from acinus.report.arm_view import view_arm
from acinus.simulation import load_protocol, simulate

TWO = (synthetic_arm("untreated"), synthetic_arm("NAC 8 h", rescue=0.25, antidote=((8.0, 28.25),)))


@pytest.fixture(scope="module")
def figure():
    return draw_overdose(TWO, title="20 g at once", nomogram=NOMOGRAM, hepatotoxicity=1000.0)


def words_of(figure) -> str:
    from matplotlib.text import Text

    return " ".join(text.get_text() for text in figure.findobj(Text)).replace("\n", " ")


def test_every_axis_says_what_it_shows_and_its_unit(figure):
    labels = [axes.get_ylabel() for axes in figure.axes if axes.get_ylabel()]
    assert {"acetaminophen in plasma [mg/L]", "ALT in plasma [U/L]", "INR [ratio]"} <= set(labels)
    assert all("[h]" in axes.get_xlabel() for axes in figure.axes if axes.get_xlabel())


def test_the_figure_says_what_it_may_be_used_for(figure):
    assert CONTEXT_OF_USE in words_of(figure)


def test_every_arm_is_named_in_every_panel(figure):
    # plasma, glutathione, cells, ALT and INR
    assert words_of(figure).count("NAC 8 h") == 5


def test_nomogram_lines_are_named_by_their_level(figure):
    plasma = figure.axes[0]
    assert {"100", "150", "200", "300"} <= {text.get_text() for text in plasma.texts}


def test_nomogram_halves_every_four_hours():
    assert NOMOGRAM.level(150.0, np.array([4.0, 8.0, 12.0])) == pytest.approx([150.0, 75.0, 37.5])


def test_plasma_is_drawn_on_a_log_axis_and_time_stops_past_the_last_line(figure):
    plasma = figure.axes[0]
    assert plasma.get_yscale() == "log"
    assert 24.0 < plasma.get_xlim()[1] < 36.0


def test_heat_maps_of_all_arms_share_their_scale(figure):
    meshes = [axes.collections[0] for axes in figure.axes if axes.get_yticklabels() and axes.collections]
    limits = {mesh.get_clim() for mesh in meshes if mesh.get_array() is not None}
    assert limits == {(0.0, 100.0)}


def test_portal_zone_is_at_the_top_of_the_heat_maps(figure):
    strips = [
        a for a in figure.axes if [label.get_text() for label in a.get_yticklabels()] == ["portal", "central"]
    ]
    assert len(strips) == 4
    assert all(axes.get_ylim()[0] > axes.get_ylim()[1] for axes in strips)


def test_the_lowest_value_and_its_zone_are_written_out(figure):
    lowest = TWO[0].glutathione.min()
    assert f"lowest {100 * lowest:.2g} % in zone 8" in words_of(figure)


def test_one_arm_and_four_arms_can_be_drawn():
    for count in (1, 4):
        arms = [synthetic_arm(f"arm {i}", rescue=i / 4) for i in range(count)]
        assert draw_overdose(arms, title="t").axes


def test_an_individual_that_never_leaves_zero_is_drawn_without_a_nomogram():
    quiet = synthetic_arm("no dose", rescue=0.0)
    assert draw_overdose([quiet], title="t").axes


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    for name in ("a.png", "b.png"):
        drawn = draw_overdose(TWO[:1], title="t", nomogram=NOMOGRAM)
        save_figure(drawn, tmp_path / name, resolution=30)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.slow
def test_time_counts_from_the_dose_where_days_go_before_it(tmp_path):
    model = load_model("human")
    text = (
        "name: late\ndoses: [{substance: apap, amount: 10 g, route: oral, at: 48 h}]\n"
        "sampling: {every: 2 h, until: 72 h}\n"
    )
    run = simulate(model, load_protocol(read_yaml(tmp_path / "late.yaml", text), model=model))
    arm = view_arm(run, "late")
    assert arm.time.tolist() == np.arange(0.0, 25.0, 2.0).tolist()
    assert arm.acetaminophen.tolist() == run["apap_mg_pla"][0][-13:].tolist()
    assert np.all(arm.glutathione[0] == pytest.approx(1.0))
