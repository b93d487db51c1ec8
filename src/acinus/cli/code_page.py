"""The page of a diagnostic code: what it means and what to do, from ``code_pages.yaml`` beside this file."""

from __future__ import annotations

from pathlib import Path

from acinus.documents import read_yaml
from acinus.errors import Code, Diagnostic, RequestError, nearest

__all__ = ["explain_code"]

_PAGES = Path(__file__).with_name("code_pages.yaml")


def explain_code(text: str) -> dict[str, object]:
    """Return the facts about a code such as ``AC103``; `RequestError` AC986 if there is no such code."""
    try:
        code = Code(text)
    except ValueError:
        near = nearest(text, [known.value for known in Code])
        what = f"there is no diagnostic code {text}"
        raise RequestError(Diagnostic(Code.CODE_UNKNOWN, what, None, "", near)) from None
    page = read_yaml(_PAGES).get(code.value)
    return {"code": code.value, "title": code.title, **(page.plain() if page is not None else {})}
