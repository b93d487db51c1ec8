"""The application: gate, API, pages and static files put together."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.templating import Jinja2Templates
from starlette.staticfiles import StaticFiles

from acinus.provenance import CONTEXT_OF_USE, version
from acinus.web.api import api
from acinus.web.gate import Gate
from acinus.web.jobs.crew import Crew
from acinus.web.jobs.table import JobTable
from acinus.web.live_ledger import LiveLedger
from acinus.web.live_model import LiveModel
from acinus.web.overdose import run_answers_as_json, structure
from acinus.web.refusals import answer_refusals
from acinus.web.server_settings import ServerSettings
from acinus.web.side_by_side import SideBySide
from acinus.web.views import read_ahead, views

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["create_application"]

_HERE = Path(__file__).parent


def create_application(settings: ServerSettings | None = None, *, live: LiveModel | None = None) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    settings : ServerSettings, optional
    live : LiveModel, optional
        A model that is compiled already, for several applications in one process.

    Notes
    -----
    What routes need hangs on ``application.state``: `settings`, `live`, `ledger`, `templates`.
    """
    settings = settings or ServerSettings()

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        state = application.state
        state.live.start()
        threading.Thread(target=read_ahead, args=(state,), name="read-ahead", daemon=True).start()
        state.jobs = JobTable(settings.folder)
        state.crew = Crew(state.jobs, settings.job_workers, settings.keep_days)
        state.crew.start()
        state.followers = 0
        state.stopping = asyncio.Event()
        yield
        state.stopping.set()
        await asyncio.to_thread(state.crew.stop)

    application = FastAPI(
        title="acinus",
        version=version(),
        summary="An open simulator of the liver.",
        description=CONTEXT_OF_USE,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    application.state.settings = settings
    application.state.live = live or LiveModel()
    # One stranger's model at a time: each may take a core.
    application.state.one_model = asyncio.Lock()
    application.state.ledger = LiveLedger()
    application.state.side_by_side = SideBySide(
        lambda settings: run_answers_as_json(application.state.live.model, settings),
        structure,
        settings.threads,
    )
    application.state.templates = Jinja2Templates(_HERE / "templates")
    application.include_router(api)
    application.include_router(views)
    application.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    answer_refusals(application)
    application.add_middleware(Gate, settings=settings)
    return application
