from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from web_server import serving

from acinus.web import ServerSettings, create_application
from acinus.web.live_model import LiveModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from fastapi import FastAPI


@pytest.fixture(scope="session")
def live() -> LiveModel:
    live = LiveModel()
    assert live.wait(300), live._fault
    return live


@pytest.fixture(scope="session")
def human(live):
    return live.model


@pytest.fixture(scope="session")
def application(live, tmp_path_factory) -> FastAPI:
    # Nobody works on jobs here: those who test them start workers of their own.
    settings = ServerSettings(
        folder=tmp_path_factory.mktemp("web"), job_workers=0, requests_per_second=1e6, burst=1e6
    )
    return create_application(settings, live=live)


@pytest.fixture(scope="session")
def client(application) -> Iterator[httpx.Client]:
    with serving(application) as client:
        yield client


@dataclass
class Answered:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Asker:
    """Asks an application without a socket, so that anything can be sent and ten thousand requests take seconds."""

    def __init__(self, application: FastAPI, settings: ServerSettings) -> None:
        from acinus.web.jobs.table import JobTable

        application.state.jobs = JobTable(settings.folder)
        application.state.followers = 0
        application.state.stopping = asyncio.Event()
        application.state.crew = type("Nobody", (), {"call": lambda self: None})()
        self._application = application

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        query: str = "",
        chunks: int = 1,
    ) -> Answered:
        return asyncio.run(self.asking(method, path, body, headers, query=query, chunks=chunks))

    async def asking(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        query: str = "",
        chunks: int = 1,
    ) -> Answered:
        sent = {"host": "127.0.0.1", "content-type": "application/json", **(headers or {})}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode("utf-8", "surrogatepass"),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(key.encode("latin-1"), value.encode("latin-1")) for key, value in sent.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        size = -(-len(body) // chunks) or 1
        pieces = [body[i : i + size] for i in range(0, len(body), size)] or [b""]
        messages = [
            {"type": "http.request", "body": piece, "more_body": k + 1 < len(pieces)}
            for k, piece in enumerate(pieces)
        ]
        answered = Answered()

        async def receive():
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message):
            if message["type"] == "http.response.start":
                answered.status = message["status"]
                answered.headers = {k.decode().lower(): v.decode() for k, v in message["headers"]}
            elif message["type"] == "http.response.body":
                answered.body += message.get("body", b"")

        await self._application(scope, receive, send)
        return answered


@pytest.fixture
def asker(live, tmp_path):
    def make(**changes) -> Asker:
        settings = ServerSettings(**{"folder": tmp_path, "requests_per_second": 1e6, "burst": 1e6, **changes})
        return Asker(create_application(settings, live=live), settings)

    return make
