"""The API against its own schema: whatever it is asked, it answers as it says it does."""

from __future__ import annotations

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from web_server import serving

from acinus.web import ServerSettings, create_application

# A refusal of good data is left out: a job can be too dear, an arm may not exist, and the schema cannot say so.
CHECKS = (
    not_a_server_error,
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)


@pytest.fixture(scope="module")
def schema(live, tmp_path_factory):
    """The schema of a server of its own, whose jobs nobody works on."""
    settings = ServerSettings(
        folder=tmp_path_factory.mktemp("schema"), job_workers=0, requests_per_second=1e6, burst=1e6
    )
    with serving(create_application(settings, live=live)) as client:
        yield schemathesis.openapi.from_url(f"{client.base_url}/api/v1/openapi.json".replace("//api", "/api"))


@pytest.mark.slow
def test_no_answer_breaks_the_schema(schema):
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @hypothesis.given(case=operation.as_strategy())
        @hypothesis.settings(
            max_examples=12,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        def holds(case):
            case.call_and_validate(checks=CHECKS, timeout=60)

        holds()
        asked += 1
    assert asked >= 12


@pytest.mark.slow
def test_no_refusal_breaks_the_schema(schema):
    for found in schema.get_all_operations():
        operation = found.ok()

        @hypothesis.given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))
        @hypothesis.settings(
            max_examples=12,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        def holds(case):
            case.call_and_validate(checks=CHECKS, timeout=60)

        try:
            holds()
        except hypothesis.errors.Unsatisfiable:
            continue  # an operation that takes nothing cannot be asked wrongly
