"""The route under /api/v1/magnesium."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from acinus.web.magnesium import MagnesiumAnswer, MagnesiumSetting, magnesium_answer

__all__ = ["magnesium_api"]

magnesium_api = APIRouter()


@magnesium_api.post("/magnesium", response_model=MagnesiumAnswer)
async def magnesium(setting: MagnesiumSetting, request: Request) -> JSONResponse:
    """Simulate months of food, supplement, kidneys and drink in one individual."""
    return JSONResponse(await run_in_threadpool(magnesium_answer, request.app.state.live.model, setting))
