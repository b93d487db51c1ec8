"""Ten thousand inputs that no form would send: each gets a clear refusal and none a fault."""

from __future__ import annotations

import asyncio
import json
import random
import string

import pytest

COUNT = 10_000
NUMBERS = (
    "dose_g",
    "weight_kg",
    "age_y",
    "ethanol_g",
    "ethanol_habit_g_per_d",
    "nac_delay_h",
    "magnesium_mg_per_d",
    "hours",
)
WORDS = ("form", "fasting", "heavy_drinking", "nac_regimen", "ica_hypothesis")
MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "${7*7}",
    "'; DROP TABLE jobs; --",
)
PATHS = (
    "..",
    "../../etc/passwd",
    "%2e%2e%2f",
    "..\\..\\windows",
    "file:///etc/passwd",
    "/proc/self/environ",
    "\x00",
    "~root",
)
ODD = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e400",
    "null",
    "true",
    "[]",
    "{}",
    '""',
    "-1",
    "1e300",
    "0x10",
    "9" * 400,
)


def text(random):
    kind = random.randrange(4)
    if kind == 0:
        return random.choice(MARKUP)
    if kind == 1:
        return random.choice(PATHS)
    letters = string.printable if kind == 2 else "".join(map(chr, range(0x20, 0x2FF))) + "\u202e\ufeff\u0000"
    return "".join(random.choice(letters) for _ in range(random.randrange(1, 60)))


def number_out_of_place(random):
    name = random.choice(NUMBERS)
    return (
        "POST",
        random.choice(("/api/v1/run", "/api/v1/band", "/api/v1/run/protocol.yaml")),
        f'{{"{name}": {random.choice(ODD)}}}',
    )


def word_out_of_place(random):
    said = {random.choice(WORDS): text(random)}
    return "POST", random.choice(("/api/v1/run", "/api/v1/band")), json.dumps(said)


def unknown_key(random):
    return (
        "POST",
        random.choice(("/api/v1/run", "/api/v1/band", "/api/v1/jobs")),
        json.dumps({text(random): text(random)}),
    )


def not_json(random):
    body = bytes(random.randrange(256) for _ in range(random.randrange(1, 200)))
    return "POST", random.choice(("/api/v1/run", "/api/v1/band", "/api/v1/jobs")), b"\x00" + body


def deep(random):
    depth = random.randrange(200, 20_000)
    return "POST", "/api/v1/run", random.choice(("[", '{"a":')) * depth


def huge(random):
    return "POST", random.choice(("/api/v1/run", "/api/v1/jobs")), b"x" * random.randrange(65_537, 200_000)


def unknown_job(random):
    job = random.choice((text(random), random.choice(PATHS), "A" * 24))
    end = random.choice(("", "/events", "/result.json", "/result.csv", "/result.exe"))
    return random.choice(("GET", "DELETE")), f"/api/v1/jobs/{job}{end}", b""


def job_out_of_place(random):
    said = random.choice(
        (
            {"kind": text(random)},
            {"kind": "protocol", "protocol": text(random)},
            {"kind": "protocol", "protocol": "overdose_20g", "population": random.choice(PATHS)},
            {
                "kind": "protocol",
                "protocol": "overdose_20g",
                "people": random.choice((0, -1, 10**9, 2**70, 1.5, "9")),
            },
            {"kind": "protocol", "protocol": "overdose_20g", "arms": [text(random)]},
            {"kind": "protocol", "protocol": "overdose_20g", "endpoints": ["no_such_endpoint"]},
            {"kind": "protocol", "protocol": "overdose_20g", "model": random.choice(PATHS)},
            {"kind": "protocol", "protocol": "drinker_30y", "people": 100_000},
            {"kind": "population", "arms": {text(random) + "!": {}}},
            {"kind": "population", "arms": {"a": {"dose_g": 1e9}}},
            {"kind": "population", "arms": {}},
        )
    )
    return "POST", "/api/v1/jobs", json.dumps(said)


def nowhere(random):
    return random.choice(("GET", "PUT", "PATCH", "TRACE", "POST")), "/" + text(random).lstrip("/") + "?", b""


KINDS = (
    number_out_of_place, word_out_of_place, unknown_key, not_json, deep, huge, unknown_job, job_out_of_place, nowhere,
)  # fmt: skip


def wrong(method, path, body, answer):
    """Return why an answer is not a clear refusal, or nothing."""
    shown = f"{method} {path!r} {body[:80]!r} -> {answer.status} {answer.body[:200]!r}"
    if not 400 <= answer.status < 500:
        return shown
    said = json.loads(answer.body)
    clear = said.get("code", "").startswith("AC") and said.get("what") and said.get("remedy") is not None
    return None if clear and answer.headers["content-type"] == "application/json" else shown


@pytest.mark.slow
def test_ten_thousand_hostile_inputs_get_clear_refusals(asker):
    server = asker()
    drawn = random.Random(20261122)

    async def all_of_them():
        faults = []
        for k in range(COUNT):
            method, path, body = KINDS[k % len(KINDS)](drawn)
            sent = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
            answer = await server.asking(method, path, sent)
            fault = wrong(method, path, body, answer)
            if fault is not None:
                faults.append(fault)
        return faults

    faults = asyncio.run(all_of_them())
    assert faults[:10] == []
    assert server._application.state.jobs.open_jobs() == 0
