"""The liver in the browser: an API and pages that ask what shell and Python ask, and show the same numbers.

In: HTTP requests, refused unless they are what the schemas say. Out: JSON, CSV, Parquet, SBML, HTML.

Knows addresses, limits, tokens and jobs. Never knows a physiological number or how anything is solved; never reads a path
that a request names, and never fetches anything from outside.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acinus.web.application import create_application
    from acinus.web.server_settings import ServerSettings

__all__ = ["ServerSettings", "create_application"]

_HOME = {"ServerSettings": "server_settings", "create_application": "application"}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(importlib.import_module(f"acinus.web.{_HOME[name]}"), name)
    raise AttributeError(f"module `acinus.web` has no `{name}`")
