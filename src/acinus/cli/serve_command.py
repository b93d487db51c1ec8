"""`acinus serve`: the liver in the browser."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from acinus.cli.terminal import terminal
from acinus.errors import Code, Diagnostic, RequestError

__all__ = ["serve"]


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
) -> None:
    """Serve the pages and the API until interrupted.

    The token comes from the environment variable ACINUS_TOKEN; one is made where it is needed and not given.
    """
    try:
        import uvicorn

        from acinus.web import ServerSettings, create_application
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
    from acinus.web.server_settings import default_folder, is_loopback

    token = os.environ.get("ACINUS_TOKEN", "")
    if not token and not is_loopback(host):
        token = secrets.token_urlsafe(24)
    settings = ServerSettings(
        host=host,
        port=port,
        token=token,
        folder=folder or default_folder(),
        job_workers=jobs,
        requests_per_second=pace,
        burst=2 * pace,
    )
    application = create_application(settings)
    shown = f"[{host}]" if ":" in host else host
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
            lifespan="on",
        )
    )
    address = f"http://{shown}:{port}/" + (f"?token={token}" if token else "")
    terminal().print(f"The liver is at {address}", markup=False, soft_wrap=True)
    terminal().print("Stop with Ctrl-C.")
    server.run()
