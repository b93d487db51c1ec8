"""The routes under /api/v1: each parses, calls and serialises."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from acinus.provenance import CONTEXT_OF_USE
from acinus.web import overdose
from acinus.web.documented import answers_with
from acinus.web.evidence_api import evidence_api
from acinus.web.foreign_api import foreign_api
from acinus.web.job_api import job_api
from acinus.web.magnesium_api import magnesium_api
from acinus.web.model_api import model_api
from acinus.web.overdose_form import overdose_form
from acinus.web.schemas import BandAnswer, BandSetting, Failure, OverdoseSetting, RunAnswer, RunSetting

__all__ = ["api"]

_REFUSED: dict[int | str, dict[str, Any]] = {
    status: {"model": Failure, "description": words}
    for status, words in {
        400: "not a request that can be read",
        403: "not switched on",
        404: "no such job, statement or address",
        405: "another method is for this address",
        408: "it did not arrive in time",
        409: "not in the state in which this can be asked",
        401: "the token is missing",
        413: "too large",
        422: "not what the schema asks for",
        429: "too often",
        503: "the model is being compiled",
    }.items()
}

api = APIRouter(prefix="/api/v1", responses=_REFUSED)
api.include_router(job_api)
api.include_router(magnesium_api)
api.include_router(evidence_api)
api.include_router(foreign_api)
api.include_router(model_api)


def compiled_model(request: Request) -> Any:
    """Return the compiled model; 503 while there is none."""
    return request.app.state.live.model


LiveModelHere = Annotated[Any, Depends(compiled_model)]


@api.get("/settings")
def settings(request: Request) -> dict[str, Any]:
    """Say what the overdose form offers: inputs with units and limits, choices with words, and whether the model is ready."""
    form = overdose_form()
    return {
        "title": form.title,
        "inputs": [
            {"id": key, **one.model_dump(exclude={"of", "per_mole"})} for key, one in form.inputs.items()
        ],
        "choices": [{"id": key, **one.model_dump()} for key, one in form.choices.items()],
        "ready": request.app.state.live.ready,
        "context_of_use": CONTEXT_OF_USE,
    }


@api.post("/run", response_model=RunAnswer)
async def run(setting: RunSetting, request: Request, _model: LiveModelHere) -> Response:
    """Simulate one individual and answer with curves, lobule, endpoints and the nomogram."""
    answer = await request.app.state.side_by_side.answer(setting, request.is_disconnected)
    return Response(answer, media_type="application/json")


@api.post(
    "/run/protocol.yaml",
    response_class=Response,
    responses=answers_with("application/yaml", words="A protocol file."),
)
def protocol(setting: OverdoseSetting, model: LiveModelHere) -> Response:
    """Return the same overdose as a protocol for `acinus run` and Python."""
    return Response(overdose.protocol_text(model, setting), media_type="application/yaml")


@api.post("/band", response_model=BandAnswer)
async def band(setting: BandSetting, model: LiveModelHere, request: Request) -> JSONResponse:
    """Simulate up to 1,000 people and answer with quantiles over time and the share that is hurt."""
    threads = request.app.state.settings.threads
    return JSONResponse(await run_in_threadpool(overdose.band_answer, model, setting, workers=threads))
