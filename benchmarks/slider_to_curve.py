"""How long after a slider moved its curves are on the screen: ``python -m benchmarks.slider_to_curve [ADDRESS]``.

Drives Debian's Chromium against a running `acinus serve`. A move is timed from the input event to the first frame after the
curves were drawn; moves follow one another, so that no answer is shared with another.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys

MOVE = """
async ([name, value, counter]) => {
  const slider = document.querySelector(`[data-input="${name}"] input[type=range]`);
  const before = document.body.dataset[counter];
  slider.value = value;
  const begun = performance.now();
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  if (counter === "bandDrawn") slider.dispatchEvent(new Event("change", { bubbles: true }));
  while (document.body.dataset[counter] === before) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}
"""


def main(address: str) -> None:
    """Print median and 95th percentile, ms, of one individual and of a band."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("there is no `chromium` on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.wait_for_selector("body[data-drawn]", timeout=120_000)
        loading = page.evaluate("() => performance.getEntriesByType('navigation')[0].loadEventEnd")
        sweep = [("dose_g", 20 + 0.5 * k) for k in range(60)] + [
            ("nac_delay_h", 2 + 0.5 * k) for k in range(60)
        ]
        one = [page.evaluate(MOVE, [name, value, "drawn"]) for name, value in sweep]
        page.locator("[data-part=band]").check()
        page.wait_for_selector("body[data-band-drawn]", timeout=60_000)
        band = [page.evaluate(MOVE, ["dose_g", 20 + k, "bandDrawn"]) for k in range(20)]
        browser.close()
    print(
        json.dumps(
            {"page_loaded_ms": round(loading), "one": _summary(one), "band_of_1000": _summary(band)}, indent=1
        )
    )


def _summary(times: list[float]) -> dict[str, float]:
    return {
        "n": len(times),
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(statistics.quantiles(times, n=20)[-1], 1),
        "most_ms": round(max(times), 1),
    }


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/")
