"""A real Chromium: Debian's, because the browsers that playwright would fetch come from outside."""

from __future__ import annotations

import contextlib
import re
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

__all__ = ["opened_browser", "read_number", "watched_page"]


@contextlib.contextmanager
def opened_browser() -> Iterator[Browser]:
    """A headless Chromium; without one the tests are skipped, and say which package is missing."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no `chromium` on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def watched_page(
    browser: Browser, address: str, *, width: int = 1280, scheme: str = "light", faults: bool = True
) -> Iterator[Page]:
    """A page that may neither write an error to the console nor ask another host."""
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    said: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((address, "data:", "blob:")) else said.append(request.url)
        ),
    )
    try:
        yield page
        assert not faults or not said, said
    finally:
        context.close()


def read_number(text: str) -> float:
    """Return the first number of a text as the pages write it: thin spaces between thousands, a true minus."""
    found = re.search(r"[\u2212-]?\d[\d\u2009]*(?:\.\d+)?", text)
    assert found, text
    return float(found.group().replace("\u2009", "").replace("\u2212", "-"))
