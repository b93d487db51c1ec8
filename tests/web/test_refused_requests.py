from __future__ import annotations

import json

import pytest

from acinus.web import ServerSettings


def refused(answer):
    """Return what a refusal says, after checking that it has the form that every refusal has."""
    said = json.loads(answer.body)
    assert {"code", "what", "where", "why", "remedy", "more"} == set(said)
    assert said["code"].startswith("AC")
    assert said["what"]
    assert said["remedy"]
    return said


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'{"dose_g": NaN}', "dose_g"),
        (b'{"dose_g": Infinity}', "dose_g"),
        (b'{"dose_g": 1e999}', "dose_g"),
        (b'{"dose_g": -1}', "dose_g"),
        (b'{"dose_g": "20"}', "dose_g"),
        (b'{"dose_g": true}', "dose_g"),
        (b'{"hours": 36.5}', "hours"),
        (b'{"form": "<script>"}', "form"),
        (b'{"nac_regimen": "../../etc/passwd"}', "nac_regimen"),
        (b'{"dose_mg": 3}', "dose_mg"),
        (b"[]", "body"),
        (b"{", "JSON"),
        (b"\xff\xfe", ""),
        (b'{"dose_g":' + b"9" * 5000 + b"}", ""),
        (b"[" * 20000, ""),
    ],
)
def test_an_input_out_of_place_is_named(asker, body, named):
    answer = asker().ask("POST", "/api/v1/run", body)
    assert 400 <= answer.status < 500
    assert named in refused(answer)["what"]


def test_a_misspelt_input_gets_the_nearest(asker):
    answer = asker().ask("POST", "/api/v1/run", b'{"dose": 20, "weight_kg": 10}')
    said = refused(answer)
    everything = [said, *said["more"]]
    assert any("Did you mean `dose_g`?" in one["remedy"] for one in everything)
    assert any("`weight_kg`" in one["what"] and "40" in one["what"] for one in everything)


def test_a_large_body_is_refused_whether_it_says_so_or_not(asker):
    server = asker(largest_body=1000)
    assert server.ask("POST", "/api/v1/run", b" " * 1001, {"content-length": "1001"}).status == 413
    assert server.ask("POST", "/api/v1/run", b" " * 1001, chunks=10).status == 413
    assert server.ask("POST", "/api/v1/run", b"", {"content-length": "-5"}).status == 413


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/static/../../pyproject.toml",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/static//etc/passwd",
        "/static/\x00",
        "/api/v1/jobs/../../../etc/passwd",
        "/api/v1/jobs/" + "A" * 24,
        "/api/v1/jobs/" + "A" * 24 + "/result.csv",
    ],
)
def test_no_path_leads_out(asker, path):
    answer = asker().ask("GET", path)
    assert 400 <= answer.status < 500
    refused(answer)


def test_a_method_that_is_not_for_an_address_is_refused(asker):
    answer = asker().ask("DELETE", "/api/v1/run")
    assert answer.status == 405
    refused(answer)


def test_every_answer_carries_the_headers_that_keep_a_page_to_itself(asker):
    server = asker()
    for path in ("/api/v1/settings", "/nowhere", "/"):
        headers = server.ask("GET", path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy.partition("script-src")[2].partition(";")[0]
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "10.0.0.1"]
)
def test_a_server_on_loopback_answers_to_loopback_names_only(asker, host):
    answer = asker().ask("GET", "/api/v1/settings", headers={"host": host})
    assert answer.status == 400
    assert refused(answer)["code"] == "AC963"


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9", "[::1]:8000", "localhost"])
def test_loopback_names_are_answered(asker, host):
    assert asker().ask("GET", "/api/v1/settings", headers={"host": host}).status == 200


def test_a_token_is_asked_of_everything(asker):
    server = asker(token="sesame", host="0.0.0.0")
    for path in ("/", "/api/v1/settings", "/api/v1/openapi.json", "/static/chart.js"):
        assert server.ask("GET", path).status == 401
        assert server.ask("GET", path, headers={"authorization": "Bearer sesamE"}).status == 401
    assert server.ask("GET", "/api/v1/settings", headers={"authorization": "Bearer sesame"}).status == 200
    assert server.ask("GET", "/api/v1/settings", headers={"cookie": "acinus_token=sesame"}).status == 200


def test_a_token_in_the_address_becomes_a_cookie_that_scripts_cannot_read(asker):
    answer = asker(token="sesame", host="0.0.0.0").ask("GET", "/", query="token=sesame")
    assert answer.status == 303
    assert answer.headers["location"] == "/"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=Strict" in answer.headers["set-cookie"]


def test_who_asks_too_often_waits(asker):
    server = asker(requests_per_second=1.0, burst=3.0)
    statuses = [server.ask("GET", "/api/v1/settings").status for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    answer = server.ask("GET", "/api/v1/settings")
    assert int(answer.headers["retry-after"]) >= 1
    assert refused(answer)["code"] == "AC965"


def test_while_the_model_compiles_a_run_is_asked_for_again(asker, monkeypatch):
    server = asker()
    live = server._application.state.live
    monkeypatch.setattr(live, "_model", None)
    answer = server.ask("POST", "/api/v1/run", b"{}")
    assert answer.status == 503
    assert answer.headers["retry-after"] == "2"
    assert "compiled" in refused(answer)["what"]
    assert json.loads(server.ask("GET", "/api/v1/settings").body)["ready"] is False


def test_a_server_beyond_loopback_has_a_token_unless_told_otherwise():
    from acinus.cli.serve_command import settings_of

    assert settings_of("127.0.0.1").token == ""
    assert len(settings_of("0.0.0.0").token) >= 20
    assert settings_of("0.0.0.0", token="mine").token == "mine"


def test_a_token_is_not_shown_with_the_settings():
    assert "sesame" not in repr(ServerSettings(token="sesame"))
