from __future__ import annotations

import pytest

from acinus.cli.settings import read_settings
from acinus.errors import RequestError
from acinus.model import load_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model():
    return load_model("human", zones=1)


def test_a_bare_number_is_in_the_units_of_the_model(model):
    assert read_settings(["BW=60"], model) == {"BW": 60.0}


def test_a_quantity_is_converted(model):
    assert read_settings(["BW = 60000 g"], model) == {"BW": pytest.approx(60.0)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("BW", "AC981"),
        ("=3", "AC981"),
        ("BW=", "AC981"),
        ("bw_of_nobody=3", "AC982"),
        ("nomogram_line_150=3", "AC982"),
        ("apap_mg_pla=3", "AC982"),
        ("BW=3 h", "AC983"),
        ("BW=heavy", "AC983"),
        ("BW=nan", "AC983"),
        ("BW=inf", "AC983"),
    ],
)
def test_what_cannot_be_set_is_refused(model, text, code):
    with pytest.raises(RequestError) as refusal:
        read_settings([text], model)
    assert [d.code.value for d in refusal.value.diagnostics] == [code]


def test_one_parameter_is_not_set_twice(model):
    with pytest.raises(RequestError, match="twice"):
        read_settings(["BW=60", "BW=70"], model)
