"""Trials in the browser: run to the end, cancelled, and found again after the server was killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import httpx
import pytest
from tests.web.chromium import opened_browser, watched_page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser():
    with opened_browser() as browser:
        yield browser


class Server:
    """`acinus serve` in a process of its own, on one folder and one port through every start."""

    def __init__(self, folder) -> None:
        self.folder, self.port, self.process = folder, 0, None

    def start(self) -> str:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "acinus", "serve", "--port", str(self.port), "--folder", str(self.folder)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "COLUMNS": "200"},
            start_new_session=True,
        )
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                return found.group()
        raise AssertionError("the server ended before it said where it is")

    def kill(self) -> None:
        """End the server and its workers at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("trial"))
    address = server.start()
    # A page that asks before the model is compiled waits, but the browser writes each refusal to its console.
    while not httpx.get(f"{address}/api/v1/settings", timeout=60).json()["ready"]:
        time.sleep(0.2)
    yield server
    server.kill()


@pytest.fixture
def address(server) -> str:
    return f"http://127.0.0.1:{server.port}"


def set_people(page, people: int) -> None:
    page.locator("#set-people").fill(str(people))
    page.locator("#set-people").blur()


def test_small_trial_runs_to_its_end_and_a_long_one_is_cancelled(browser, address):
    with watched_page(browser, address) as page:
        page.goto("/trial")
        set_people(page, 50)
        page.get_by_role("button", name="Remove arm 2").click()
        page.get_by_role("button", name="Run the trial").click()
        page.wait_for_selector("body[data-job=finished]", timeout=180_000)
        table = page.locator("[data-part=table]")
        table.get_by_text("50 of 50").first.wait_for()
        assert table.locator("thead th").count() == 4
        assert page.locator(".rows-dot").count() == 4
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV").click()
        lines = download.value.path().read_text(encoding="utf-8").strip().splitlines()
        assert len(lines) == 1 + 2 * 50

        set_people(page, 5000)
        page.get_by_role("button", name="Run the trial").click()
        page.wait_for_selector("body[data-job=running]", timeout=60_000)
        page.get_by_role("button", name="Cancel").click()
        page.wait_for_selector("body[data-job=cancelled]", timeout=60_000)
        assert not page.locator("[data-part=results]").is_visible()


def test_map_colours_every_cell_with_its_share(browser, address):
    with watched_page(browser, address) as page:
        page.goto("/map#map=nac_by_dose_and_delay&people=10")
        page.get_by_role("button", name="Run the map").click()
        page.wait_for_selector("body[data-job=finished]", timeout=180_000)
        page.locator(".heatmap").first.wait_for()
        job = re.search(r"job=([\w-]{24})", page.url).group(1)
        cells = httpx.get(f"{address}/api/v1/jobs/{job}/result.json").json()["cells"]
        assert page.locator(".heat").count() == len(cells) == 108
        # The dearest cell of the first arm stands at the upper right.
        corner = max(
            (one for one in cells if one["arm"] == "three_bag"), key=lambda one: (one["down"], one["across"])
        )
        shown = page.locator(".heatmap").first.locator("tbody tr").first.locator("td").last.locator("b")
        assert shown.inner_text() == f"{100 * corner['value']:.0f}"


def test_trial_that_ships_shows_who_entered_and_its_picture(browser, address):
    with watched_page(browser, address) as page:
        page.goto("/trial#trial=prescott_1979&people=100")
        page.get_by_role("button", name="Run the trial").click()
        page.wait_for_selector("body[data-job=finished]", timeout=180_000)
        page.get_by_text("100 were screened").wait_for()
        page.wait_for_function("() => document.querySelector('[data-part=picture]').naturalWidth > 500")
        assert "33 of 57" in page.locator("[data-part=table]").inner_text()


def test_trial_outlives_a_killed_server(browser, server, address):
    with watched_page(browser, address, faults=False) as page:
        page.goto("/trial")
        set_people(page, 500)
        page.get_by_role("button", name="Run the trial").click()
        page.wait_for_selector("body[data-job=running]", timeout=60_000)
        page.wait_for_function(
            "() => document.querySelector('[data-part=progress]').value > 0", timeout=60_000
        )
        server.kill()
        page.get_by_text("The server does not answer").wait_for()
        server.start()
        page.wait_for_selector("body[data-job=finished]", timeout=180_000)
        page.locator("[data-part=table]").get_by_text("500 of 500").first.wait_for()
        # Whoever opens the address again finds the same job, and it ran once.
        job = re.search(r"job=([\w-]{24})", page.url).group(1)
        page.reload()
        page.locator("[data-part=table]").get_by_text("500 of 500").first.wait_for()
        rows = httpx.get(f"{address}/api/v1/jobs/{job}/result.csv").text.strip().splitlines()
        assert len(rows) == 1 + 3 * 500
