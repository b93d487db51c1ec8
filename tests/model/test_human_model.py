"""The model that ships: sound, silent under libSBML, the same shape for any number of zones."""

from __future__ import annotations

import libsbml
import pytest

from acinus.model import check_biology, load_model

pytestmark = pytest.mark.slow


# Three zones have a first, a middle and a last one; more of them repeat the middle one.
@pytest.mark.parametrize("zones", [1, 3])
def test_libsbml_has_nothing_to_remark(zones):
    document = libsbml.readSBMLFromString(load_model("human", zones=zones).sbml)
    assert document.checkConsistency() == 0


def test_everything_in_the_folder_is_in_order():
    assert [str(finding) for finding in check_biology().diagnostics] == []


def test_a_zone_more_adds_the_same_states_again():
    sizes = [len(load_model("human", zones=n).symbols) for n in (2, 3, 4)]
    assert sizes[2] - sizes[1] == sizes[1] - sizes[0] > 0
