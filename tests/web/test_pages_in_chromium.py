"""The pages as somebody meets them: in a browser, by mouse and by keyboard, on a phone and in the dark."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from tests.web.chromium import opened_browser, read_number, watched_page
from tests.web.conftest import serving

from acinus.web import ServerSettings, create_application
from acinus.web.live_ledger import LedgerResults
from acinus.web.overdose import band_answer, run_answers
from acinus.web.schemas import BandSetting, OverdoseSetting

pytestmark = pytest.mark.slow

VIEWS = (
    "/",
    "/trial",
    "/map",
    "/magnesium",
    "/evidence",
    "/evidence/A08",
    "/model",
    "/model/numbers",
    "/model/gut/ica",
)


@pytest.fixture(scope="module")
def browser():
    with opened_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(live, tmp_path_factory):
    settings = ServerSettings(
        folder=tmp_path_factory.mktemp("pages"), job_workers=1, requests_per_second=1e6, burst=1e6
    )
    application = create_application(settings, live=live)
    # The checks have tests of their own and take a minute; here a statement has the result of one.
    application.state.ledger.start = lambda: None
    application.state.ledger.results = results_of(application.state.ledger)
    with serving(application) as client:
        yield str(client.base_url)


def results_of(ledger) -> LedgerResults:
    part = {
        "sort": "claim",
        "name": "some_claim",
        "words": "<b>It</b> holds",
        "result": "failed",
        "expected": "at most 0.51",
        "found": "0.81",
        "fitted": False,
        "note": "",
        "numbers": {"found": 0.81, "low": None, "high": 0.51},
    }
    entries = {
        one.id: {"verdict": one.verdict or "overstated", "result": "failed", "parts": [part]}
        for one in ledger.statements
    }
    return LedgerResults(entries, None, ("Why.",), (("Published", 0.51, 0.26, 1.0, "published"),))


def fact(page, name: str) -> float:
    return read_number(page.locator(".fact", has_text=name).locator("dd").first.inner_text())


def set_slider(page, name: str, value: float) -> None:
    """Move a slider as a hand does, and wait for the curves."""
    drawn = int(page.evaluate("document.body.dataset.drawn ?? 0"))
    page.locator(f'[data-input="{name}"] input[type=range]').fill(f"{value:g}")
    page.wait_for_function("before => Number(document.body.dataset.drawn) > before", arg=drawn)
    page.wait_for_function("() => !document.body.classList.contains('waiting')")


def drawn(page) -> None:
    page.wait_for_selector("body[data-drawn]")
    page.wait_for_function("() => !document.body.classList.contains('waiting')")


def test_what_follows_a_slider_is_what_python_computes(browser, address, human):
    with watched_page(browser, address) as page:
        page.goto("/")
        drawn(page)
        set_slider(page, "dose_g", 45)
        set_slider(page, "nac_delay_h", 16.5)
        answer = run_answers(human, [OverdoseSetting(dose_g=45, nac_delay_h=16.5)])[0]
        for name, key in (
            ("Highest ALT", "alt_pla"),
            ("Highest INR", "inr"),
            ("Highest plasma", "apap_mg_pla"),
        ):
            # The page writes three significant digits.
            assert fact(page, name) == pytest.approx(max(answer["curves"][key]["values"]), rel=6e-3)
        living = [sum(zones) / len(zones) for zones in zip(*answer["lobule"]["living_percent"], strict=True)]
        assert fact(page, "Fewest living cells") == pytest.approx(min(living), rel=6e-3)
        page.locator("summary", has_text="All numbers").click()
        row = page.locator("[data-part=endpoints] tr", has_text="Peak INR")
        assert row.locator("td").inner_text() == next(
            one["text"] for one in answer["endpoints"] if one["id"] == "peak_inr"
        )


def test_band_says_what_python_counts(browser, address, human):
    with watched_page(browser, address) as page:
        page.goto("/#dose_g=40&nac_delay_h=20")
        drawn(page)
        page.get_by_label("virtual adults").check()
        page.wait_for_selector("body[data-band-drawn]")
        words = page.locator("[data-part=band-words]").inner_text()
        band = band_answer(human, BandSetting(dose_g=40, nac_delay_h=20))
        assert f"{100 * band['outcome']['value']:.3g} %" in words
        assert read_number(words) == band["n_ok"]
        assert page.locator("[data-part=chart-enzymes] .band").count() == 2
        page.get_by_label("virtual adults").uncheck()
        assert page.locator(".band").count() == 0


def test_link_brings_back_both_settings(browser, address):
    with watched_page(browser, address) as page:
        page.goto("/")
        drawn(page)
        before = fact(page, "Highest ALT")
        page.get_by_role("button", name="Keep to compare").click()
        page.locator("#set-nac_regimen").select_option("nac_snap_12h")
        set_slider(page, "nac_delay_h", 8)
        facts, link = page.locator("[data-part=facts]").inner_text(), page.url
        assert fact(page, "Highest ALT") < before
    with watched_page(browser, address) as page:
        page.goto(link)
        drawn(page)
        assert page.locator("[data-part=facts]").inner_text() == facts
        assert page.locator("#set-nac_regimen").input_value() == "nac_snap_12h"
        assert page.locator(".lobules svg").count() == 2
        page.get_by_role("button", name="Stop comparing").click()
        assert page.locator(".lobules svg").count() == 1


def test_dead_cells_of_the_picture_are_the_share_that_died(browser, address, human):
    answer = run_answers(human, [OverdoseSetting(dose_g=60, nac_regimen="none")])[0]
    at = answer["time_h"].index(72.0)
    living = sum(zone[at] for zone in answer["lobule"]["living_percent"]) / answer["lobule"]["zones"]
    with watched_page(browser, address) as page:
        page.goto("/#dose_g=60&nac_regimen=none")
        drawn(page)
        page.get_by_label("Time after the dose").fill("72")
        cells, dead = page.locator(".lobules .cell").count(), page.locator(".lobules .cell.dead").count()
        # A zone has some fifty cells, each of which is dead or alive.
        assert 100 * (1 - dead / cells) == pytest.approx(living, abs=2)
        assert living < 90


def test_keyboard_alone_is_enough(browser, address):
    with watched_page(browser, address) as page:
        page.goto("/")
        drawn(page)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        # The settings stay as they were.
        assert page.locator('[data-input="dose_g"] input[type=range]').input_value() == "40"
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Dose [g]":
                break
        before, count = fact(page, "Highest plasma"), int(page.evaluate("document.body.dataset.drawn"))
        page.keyboard.press("PageUp")
        page.wait_for_function("count => Number(document.body.dataset.drawn) > count", arg=count)
        assert fact(page, "Highest plasma") > before
        page.get_by_role("button", name="What is INR?").focus()
        page.keyboard.press("Enter")
        assert page.locator("#about-inr").is_visible()
        page.keyboard.press("Escape")
        assert not page.locator("#about-inr").is_visible()
        page.get_by_label("Time after the dose").focus()
        clock = page.locator("[data-part=clock]").inner_text()
        page.keyboard.press("ArrowRight")
        assert page.locator("[data-part=clock]").inner_text() != clock


def test_play_runs_to_the_end_of_the_course(browser, address):
    with watched_page(browser, address) as page:
        page.goto("/")
        drawn(page)
        page.get_by_label("Time after the dose").fill("90")
        page.get_by_role("button", name="Play").click()
        page.wait_for_function(
            "() => document.querySelector('[data-part=clock]').textContent.startsWith('96')"
        )
        page.get_by_role("button", name="Play").wait_for()


def test_what_is_not_a_number_in_range_is_said_and_not_asked(browser, address):
    with watched_page(browser, address) as page:
        page.goto("/")
        drawn(page)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.locator("#set-dose_g").fill("4000")
        assert "from 0 to 100" in page.locator("#fault-dose_g").inner_text()
        assert page.locator("#set-dose_g").get_attribute("aria-invalid") == "true"
        assert not asked


def test_server_that_is_gone_is_said_and_can_be_asked_again(browser, address):
    with watched_page(browser, address, faults=False) as page:
        page.route("**/api/v1/run", lambda route: route.abort())
        page.goto("/")
        alert = page.get_by_role("alert")
        alert.wait_for()
        assert "does not answer" in alert.inner_text()
        page.unroute("**/api/v1/run")
        page.get_by_role("button", name="Try again").click()
        drawn(page)
        assert page.get_by_role("alert").count() == 0


def test_model_that_is_being_compiled_is_waited_for(browser, address):
    with watched_page(browser, address, faults=False) as page:
        body = '{"code": "AC981", "what": "the model is being compiled"}'
        page.route(
            "**/api/v1/run",
            lambda route: route.fulfill(
                status=503, headers={"Retry-After": "1"}, content_type="application/json", body=body
            ),
            times=1,
        )
        page.goto("/")
        page.get_by_text("Compiling the model").wait_for()
        drawn(page)
        assert page.get_by_text("Compiling the model").count() == 0


def test_magnesium_follows_its_settings_and_refuses_what_is_dangerous(browser, address):
    with watched_page(browser, address, faults=False) as page:
        page.goto("/magnesium")
        drawn(page)
        serum = fact(page, "Serum at the end")
        set_slider(page, "egfr_ml_per_min", 35)
        assert fact(page, "Serum at the end") > serum
        assert "needs a physician" in page.locator("[data-part=model-notices]").inner_text()
        page.locator('[data-input="egfr_ml_per_min"] input[type=range]').fill("25")
        page.get_by_role("alert").wait_for()
        assert "below 30" in page.get_by_role("alert").inner_text()
        page.locator("#set-despite_low_egfr").select_option("yes")
        page.wait_for_function("() => document.querySelector('[role=alert]') === null")
        page.locator("#set-salt").select_option("titrated_citrate")
        page.wait_for_function(
            "() => document.querySelector('[data-part=sentence]').textContent.includes('loose')"
        )


def test_search_and_filters_of_the_ledger(browser, address):
    with watched_page(browser, address) as page:
        page.goto("/evidence")
        assert page.locator(".statement:visible").count() == 68
        page.get_by_label("Search statements").fill("cyp2e1")
        found = page.locator(".statement:visible")
        assert 0 < found.count() < 20
        assert str(found.count()) in page.locator("[data-part=found]").inner_text()
        link = page.url
        page.get_by_label("Search statements").fill("no such words")
        assert page.get_by_text("No statement fits").is_visible()
        page.goto(link)
        page.reload()
        assert page.get_by_label("Search statements").input_value() == "cyp2e1"
        page.locator(".statement:visible a").first.click()
        page.get_by_role("heading", name="What is known").wait_for()


def test_statement_shows_check_and_figure_and_no_html_of_others(browser, address):
    with watched_page(browser, address) as page:
        page.goto("/evidence/A08")
        assert page.locator(".check-part .range").count() == 1
        assert "<b>It</b> holds" in page.locator(".check-part").inner_text()
        assert page.locator(".forest .range").count() == 1
        assert page.locator(".sources li").count() >= 1
        page.get_by_role("link", name="A09").click()
        page.wait_for_url("**/evidence/A09")


def test_modules_are_found_and_their_equations_typeset(browser, address):
    with watched_page(browser, address) as page:
        page.goto("/model")
        page.get_by_label("Search modules").fill("gcl_capacity")
        assert page.locator("[data-words]:visible").count() == 1
        page.get_by_role("link", name="synthesis").click()
        page.get_by_role("heading", name="Equations").wait_for()
        # Chromium lays MathML out: a fraction is higher than a line.
        assert page.locator("math mfrac").first.bounding_box()["height"] > 25
        page.goto("/model/numbers")
        page.locator("select[name=grade]").select_option("measured_human")
        rows = page.locator("tbody tr:visible")
        assert rows.count() == page.locator('tr[data-grade="measured_human"]').count() > 10


@pytest.fixture(scope="module")
def axe() -> str:
    """Return axe-core's script. The package reads it by the locale, which simulators of other tests may have changed."""
    package = importlib.util.find_spec("axe_playwright_python")
    assert package is not None
    assert package.origin is not None
    return (Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", VIEWS)
@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "light"), (1920, "dark")]
)
def test_every_view_is_accessible_and_fits(browser, address, axe, path, width, scheme):
    with watched_page(browser, address, width=width, scheme=scheme) as page:
        page.goto(path)
        if path in ("/", "/magnesium"):
            drawn(page)
        page.evaluate(axe)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        assert [
            f"{one['help']}: {[node['target'] for node in one['nodes']]}" for one in found["violations"]
        ] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator(".use").is_visible()
        # The context of use stays in sight when one reads on.
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        assert page.locator(".use").bounding_box()["y"] >= -1
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == scheme


def test_colours_that_were_chosen_stay(browser, address):
    with watched_page(browser, address) as page:
        page.goto("/model")
        page.get_by_role("button", name="Switch to dark colours").click()
        page.reload()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_first_page_is_there_within_a_second_of_work(browser, address):
    """Bytes, not seconds: what is sent for the first page stays small enough for any network."""
    with watched_page(browser, address) as page:
        sizes = []
        page.on(
            "response",
            lambda response: sizes.append(len(response.body())) if "/api/" not in response.url else None,
        )
        page.goto("/")
        drawn(page)
        assert sum(sizes) < 250_000
