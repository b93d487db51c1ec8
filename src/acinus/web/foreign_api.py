"""The route under /api/v1/models, which only a server that takes models has."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from acinus.errors import Code, Diagnostic
from acinus.web.foreign_models import examine
from acinus.web.refusals import Refusal

__all__ = ["foreign_api"]

foreign_api = APIRouter(prefix="/models")


class ForeignCurve(BaseModel):
    """One species over time, in the unit that the model gives it."""

    unit: str
    values: list[float | None]


class ForeignAnswer(BaseModel):
    """What is in a model, what libSBML remarked, and its course."""

    id: str
    hash: str
    species: int
    parameters: int
    findings: list[str]
    finished: bool
    reason: str
    time: list[float | None]
    curves: dict[str, ForeignCurve]


@foreign_api.post(
    "",
    response_model=ForeignAnswer,
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/sbml+xml": {"schema": {"type": "string"}}}}
    },
)
async def post(
    request: Request,
    until: Annotated[
        float, Query(gt=0, le=1e6, allow_inf_nan=False, description="In the model's own time.")
    ] = 10.0,
    points: Annotated[int, Query(ge=2, le=1001)] = 101,
) -> ForeignAnswer:
    """Look at an SBML model and simulate it, in a process with little memory and time."""
    if not request.app.state.settings.models:
        raise Refusal(
            403,
            Diagnostic(
                Code.WEB_UPLOAD,
                "this server takes no models",
                None,
                "It was started without `--models`.",
                "Run the model by `acinus run --model`.",
            ),
        )
    body = await request.body()
    async with request.app.state.one_model:
        return ForeignAnswer.model_validate(await asyncio.to_thread(examine, body, until, points))
