"""The pages."""

from __future__ import annotations

from fastapi import APIRouter

__all__ = ["views"]

views = APIRouter(include_in_schema=False)
