"""`acinus serve`: the liver in the browser."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acinus.cli.terminal import terminal
from acinus.errors import Code, Diagnostic, RequestError

if TYPE_CHECKING:
    from socket import socket

    from acinus.web import ServerSettings

__all__ = ["serve", "settings_of"]


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; anything but loopback asks for a token.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8000,
    folder: Annotated[
        Path | None, typer.Option(help="Where jobs and their results lie; the user's data folder if none.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes that compute jobs.")] = 1,
    pace: Annotated[float, typer.Option(min=1, help="Requests a second that one address may make.")] = 200.0,
    models: Annotated[
        bool, typer.Option("--models", help="Take SBML models, each in a limited process.")
    ] = False,
) -> None:
    """Serve the pages and the API until interrupted.

    The token comes from the environment variable ACINUS_TOKEN; one is made where it is needed and not given.
    """
    try:
        import uvicorn

        from acinus.web import create_application
    except ModuleNotFoundError as error:
        raise RequestError(
            Diagnostic(
                Code.WEB_SETTING,
                f"`{error.name}` is not installed",
                None,
                "The server needs more than the simulator does.",
                "pip install 'acinus[web]'",
            )
        ) from error
    settings = settings_of(
        host,
        os.environ.get("ACINUS_TOKEN", ""),
        port=port,
        folder=folder,
        jobs=jobs,
        pace=pace,
        models=models,
    )
    config = uvicorn.Config(
        create_application(settings),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        lifespan="on",
    )

    # Whoever reads the address may ask at once, so it is said only when somebody answers there.
    class Announced(uvicorn.Server):
        async def startup(self, sockets: list[socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                terminal().print(f"The liver is at {address}", markup=False, soft_wrap=True)
                terminal().print("Stop with Ctrl-C.")

    listening = config.bind_socket()
    where = f"[{host}]" if ":" in host else host
    address = f"http://{where}:{listening.getsockname()[1]}/" + (
        f"?token={settings.token}" if settings.token else ""
    )
    Announced(config).run(sockets=[listening])


def settings_of(
    host: str,
    token: str = "",
    *,
    port: int = 8000,
    folder: Path | None = None,
    jobs: int = 1,
    pace: float = 200.0,
    models: bool = False,
) -> ServerSettings:
    """Return the settings of a server, with a token where it can be reached from elsewhere."""
    from acinus.web.server_settings import ServerSettings, default_folder, is_loopback

    return ServerSettings(
        host=host,
        port=port,
        token=token or ("" if is_loopback(host) else secrets.token_urlsafe(24)),
        folder=folder or default_folder(),
        job_workers=jobs,
        requests_per_second=pace,
        burst=2 * pace,
        models=models,
    )
