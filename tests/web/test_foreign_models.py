from __future__ import annotations

import json
import math

import pytest

from acinus.web.foreign_models import examine, refuse_unsafe
from acinus.web.refusals import Refusal

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><sbml>&c;</sbml>'
)
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><sbml id="&e;"/>'


@pytest.mark.parametrize(
    "text",
    [
        BOMB.encode(),
        EXTERNAL.encode(),
        EXTERNAL.replace("DOCTYPE", "doctype").encode(),
        EXTERNAL.replace("<!DOCTYPE", "<! DOCTYPE").encode(),
        ("<sbml>" + EXTERNAL).encode(),
        EXTERNAL.encode("utf-16"),
        EXTERNAL.encode("utf-16-le"),
        EXTERNAL.replace('"1.0"', '"1.0" encoding="UTF-7"').encode(),
        b"\xff" + EXTERNAL.encode(),
        b"<sbml>\x00</sbml>",
        b"",
        b"model x() end",
        b"{}",
    ],
)
def test_what_could_read_files_or_fill_the_memory_never_meets_a_parser(text):
    with pytest.raises(Refusal) as refused:
        refuse_unsafe(text)
    assert refused.value.status == 422
    assert refused.value.diagnostic.remedy


def test_a_server_takes_no_models_unless_told_to(asker, decay_sbml):
    answer = asker().ask("POST", "/api/v1/models", decay_sbml.encode())
    assert answer.status == 403
    assert "--models" in json.loads(answer.body)["why"]


@pytest.mark.slow
def test_a_model_is_simulated(asker, decay_sbml):
    server = asker(models=True)
    answer = server.ask("POST", "/api/v1/models", decay_sbml.encode(), query="until=4&points=5")
    found = json.loads(answer.body)
    assert answer.status == 200, answer.body
    assert found["time"] == [0, 1, 2, 3, 4]
    curve = found["curves"]["A"]["values"]
    # The amount is exp(-t / 2); a species that counts as a concentration is that over the volume of 2.
    assert [value / curve[0] for value in curve] == pytest.approx(
        [math.exp(-t / 2) for t in found["time"]], rel=1e-5
    )


@pytest.mark.slow
def test_a_model_that_is_not_one_is_refused_with_a_reason(asker):
    server = asker(models=True)
    for text in (b"<sbml/>", b"<sbml" + b"<a>" * 50_000):
        answer = server.ask("POST", "/api/v1/models", text)
        assert answer.status == 422, answer.body
        assert json.loads(answer.body)["what"]


def test_a_bomb_gets_a_refusal_over_the_wire(asker):
    answer = asker(models=True).ask("POST", "/api/v1/models", BOMB.encode())
    assert answer.status == 422
    assert "document type" in json.loads(answer.body)["what"]


@pytest.mark.slow
def test_a_model_that_takes_too_long_is_given_up(decay_sbml, monkeypatch):
    from acinus.web import foreign_models

    monkeypatch.setattr(foreign_models, "_SECONDS", 0)
    with pytest.raises(Refusal) as refused:
        examine(decay_sbml.encode(), 4.0, 5)
    assert "more time" in refused.value.diagnostic.what
