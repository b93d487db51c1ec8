from __future__ import annotations

import json

import libsbml
import pytest

pytestmark = pytest.mark.slow

RULED = """
name: ruled
values: {BW: 70 kg}
doses: [{substance: apap, amount: 16 g, route: oral, at: 0 h}]
sampling: {every: 1 h, until: 30 h}
arms:
  never: {}
  by_level:
    rules:
      - name: treat
        checked: {from: 4 h}
        when: {of: apap_mg_pla, above_line: 110 mg/L}
        give: [{regimen: nac_snap_12h, at: 1 h}]
"""


@pytest.fixture
def ruled(tmp_path):
    path = tmp_path / "ruled.yaml"
    path.write_text(RULED, encoding="utf-8")
    return path


def test_a_run_says_how_often_each_rule_acted(acinus, ruled):
    answer = acinus("run", ruled, "--zones", 2, "--people", 12, "--json")
    assert answer.code == 0, answer.err
    said = json.loads(answer.out)["runs"][0]
    assert said["decisions"] == {"never": {}, "by_level": {"treat": {"1": 1}}}
    counts = said["decisions_of_people"]["by_level"]["treat"]
    assert set(counts) == {"0", "1"}
    assert sum(counts.values()) == 12
    assert said["endpoints"]["nac_total"]["values"] == {"never": 0.0, "by_level": pytest.approx(300.0)}
    shown = acinus("run", ruled, "--zones", 2, "--people", 12).out
    assert "Times the rule treat acted" in shown
    assert f"{counts['1']} of 12" in shown


def test_the_exported_protocol_carries_its_doses_and_rules(acinus, ruled, tmp_path):
    path = tmp_path / "ruled.xml"
    answer = acinus("export", "--sbml", "-o", path, "--zones", 2, "--protocol", f"{ruled}:by_level")
    assert answer.code == 0, answer.err
    document = libsbml.readSBMLFromFile(str(path))
    assert document.checkConsistency() == 0
    events = {event.getId() for event in document.getModel().getListOfEvents()}
    assert {"treat_check_1", "treat_dose_1_on_1_begins", "ordered_1_on_enters"} <= events
    assert document.getModel().getParameter("treat_level_1").getValue() == 110.0
    refused = acinus("export", "--sbml", "--protocol", "no_such_protocol")
    assert refused.code != 0
