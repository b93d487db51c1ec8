"""The routes under /api/v1/jobs."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel

from acinus.errors import Code, Diagnostic
from acinus.provenance import CONTEXT_OF_USE
from acinus.web.documented import answers_with
from acinus.web.jobs.asked import AnyJob, offered_jobs, order_of
from acinus.web.jobs.results import as_csv, as_json, as_parquet, as_picture
from acinus.web.jobs.table import ENDED, Job
from acinus.web.jobs.worker import folder_of
from acinus.web.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from acinus.web.jobs.table import JobTable

__all__ = ["job_api"]

_LOOK = 0.2  # seconds between looks at a job that somebody follows
_SIGN_OF_LIFE = 10.0  # seconds
_MOST_FOLLOWERS = 100
_PARQUET = "application/vnd.apache.parquet"

job_api = APIRouter(prefix="/jobs")

JobId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{24}$", description="What the job was answered with.")]


class JobState(BaseModel):
    """A job as it stands."""

    id: str
    kind: str
    state: Literal["waiting", "running", "finished", "failed", "cancelled"]
    done: int
    total: int
    note: str
    expected_seconds: float
    created: float
    began: float | None
    ended: float | None
    failure: dict[str, str] | None
    context_of_use: str


@job_api.post("", status_code=202, response_model=JobState)
def add(
    asked: AnyJob,
    request: Request,
    response: Response,
) -> JobState:
    """Take a job; its cost is estimated first, and what is too dear is refused."""
    state = request.app.state
    table: JobTable = state.jobs
    if table.open_jobs() >= state.settings.waiting_jobs:
        raise Refusal(
            429,
            Diagnostic(
                Code.WEB_TOO_MUCH,
                "too many jobs are waiting",
                None,
                f"{state.settings.waiting_jobs} may wait or run at once.",
                "Ask again when some of them are done.",
            ),
            {"Retry-After": "30"},
        )
    order = order_of(asked, state.live, state.settings.most_seconds)
    job = table.add(asked.kind, order.asked, order.people, order.seconds)
    state.crew.call()
    response.headers["location"] = f"/api/v1/jobs/{job.id}"
    return _state(job)


@job_api.get("/offered")
def offered() -> dict[str, Any]:
    """Say what jobs can name: protocols, populations, trials and maps that ship with acinus, with titles and notes."""
    return offered_jobs()


@job_api.get("/{job_id}", response_model=JobState)
def get(job_id: JobId, request: Request) -> JobState:
    """Return how far a job is."""
    return _state(_job(request, job_id))


@job_api.delete("/{job_id}", response_model=JobState)
def cancel(job_id: JobId, request: Request) -> JobState:
    """Ask a job to stop; it does so within seconds, and its results are removed."""
    _job(request, job_id)
    return _state(request.app.state.jobs.cancel(job_id) or _job(request, job_id))


@job_api.get(
    "/{job_id}/events",
    response_class=Response,
    responses=answers_with("text/event-stream", words="Server-sent events named `progress`."),
)
async def events(job_id: JobId, request: Request) -> StreamingResponse:
    """Follow a job: server-sent events named `progress`, the last one with a state that is an end."""
    await run_in_threadpool(_job, request, job_id)
    state = request.app.state
    if state.followers >= _MOST_FOLLOWERS:
        raise Refusal(
            429,
            Diagnostic(
                Code.WEB_TOO_OFTEN,
                "too many jobs are being followed",
                None,
                "",
                "Ask for the job itself now and then.",
            ),
            {"Retry-After": "10"},
        )
    return StreamingResponse(
        _followed(request, job_id), media_type="text/event-stream", headers={"cache-control": "no-store"}
    )


@job_api.get(
    "/{job_id}/result.{kind}",
    response_class=Response,
    responses=answers_with("application/json", "text/csv", _PARQUET, "image/png", words="The result."),
)
def result(job_id: JobId, kind: Literal["json", "csv", "parquet", "png"], request: Request) -> Response:
    """Return the result of a finished job: what it found as JSON, its table as CSV or Parquet, its picture as PNG."""
    job = _job(request, job_id)
    if job.state != "finished":
        raise Refusal(
            409,
            Diagnostic(
                Code.WEB_JOB,
                f"the job is {job.state}",
                None,
                "Only a finished job has a result.",
                "Follow it until it is finished." if job.state not in ENDED else "Ask for another.",
            ),
        )
    home = folder_of(request.app.state.jobs.folder, job.id)
    if kind == "json":
        return JSONResponse({"id": job.id, "kind": job.kind, **as_json(job, home)})
    if kind == "png":
        picture = as_picture(job, home)
        if picture is None:
            raise Refusal(
                404,
                Diagnostic(
                    Code.WEB_JOB,
                    f"a {job.kind} has no picture",
                    None,
                    "Trials and maps have.",
                    "Ask for its table.",
                ),
            )
        return Response(picture, media_type="image/png")
    written, media = (as_csv, "text/csv; charset=utf-8") if kind == "csv" else (as_parquet, _PARQUET)
    headers = {"content-disposition": f'attachment; filename="acinus.{kind}"'}
    return Response(written(job, home), media_type=media, headers=headers)


async def _followed(request: Request, job_id: str) -> AsyncIterator[str]:
    state = request.app.state
    state.followers += 1
    try:
        said, quiet = "", 0.0
        while not state.stopping.is_set() and not await request.is_disconnected():
            job = await run_in_threadpool(state.jobs.get, job_id)
            if job is None:
                return
            now = json.dumps(_state(job).model_dump(exclude={"context_of_use"}))
            if now != said:
                yield f"event: progress\ndata: {now}\n\n"
                said, quiet = now, 0.0
            elif quiet >= _SIGN_OF_LIFE:
                yield ": still here\n\n"
                quiet = 0.0
            if job.state in ENDED:
                return
            await asyncio.sleep(_LOOK)
            quiet += _LOOK
    finally:
        state.followers -= 1


def _job(request: Request, job_id: str) -> Job:
    job: Job | None = request.app.state.jobs.get(job_id)
    if job is None:
        raise Refusal(
            404,
            Diagnostic(
                Code.WEB_NOT_FOUND,
                "there is no such job",
                None,
                "Jobs are removed some days after their end.",
                "Ask for it anew.",
            ),
        )
    return job


def _state(job: Job) -> JobState:
    return JobState(
        id=job.id,
        kind=job.kind,
        state=job.state,  # type: ignore[arg-type]
        done=job.done,
        total=job.total,
        note=job.note,
        expected_seconds=round(job.seconds, 1),
        created=job.created,
        began=job.began,
        ended=job.ended,
        failure=dict(job.failure) if job.failure is not None else None,
        context_of_use=CONTEXT_OF_USE,
    )
