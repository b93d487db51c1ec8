"""The compiled model in memory: made once in the background, then shared by every request.

Reading and checking the text is done in a process of its own, because libSBML holds up every thread of the process that
calls it, for seconds; the page that says "compiling" must come at once.
"""

from __future__ import annotations

import multiprocessing
import threading
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic
from acinus.web.refusals import Refusal

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from acinus.model import Model

__all__ = ["LiveModel"]


class LiveModel:
    """A model that is being compiled, or has been."""

    def __init__(self, name: str = "human") -> None:
        self._name = name
        self._model: Model | None = None
        self._fault: Exception | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to compile in a thread, unless that was begun before."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._compile, name="compile", daemon=True)
            self._thread.start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the model is there or cannot be; say whether it is there."""
        self.start()
        if self._thread is not None:
            self._thread.join(seconds)
        return self._model is not None

    @property
    def ready(self) -> bool:
        """Whether the model can be used now."""
        return self._model is not None

    @property
    def model(self) -> Model:
        """The model.

        Raises
        ------
        Refusal
            503 while it compiles; 500 if it cannot be compiled, which is a fault of the installation.
        """
        if self._model is not None:
            return self._model
        if self._fault is not None:
            raise Refusal(
                500,
                Diagnostic(
                    Code.WEB_NOT_READY,
                    "the model cannot be compiled",
                    None,
                    str(self._fault),
                    "Run `acinus check` and start the server again.",
                ),
            )
        raise Refusal(
            503,
            Diagnostic(
                Code.WEB_NOT_READY,
                "the model is being compiled",
                None,
                "That is done once, when the server starts, and takes some ten seconds.",
                "Ask again in a moment.",
            ),
            {"Retry-After": "2"},
        )

    def _compile(self) -> None:
        try:
            from acinus.web.overdose import band_answer, run_answers
            from acinus.web.schemas import BandSetting, OverdoseSetting, RunSetting

            model = _loaded_apart(self._name)
            # The first run compiles the machine code and fills the caches of units and endpoints.
            run_answers(model, [OverdoseSetting()])
            run_answers(model, [RunSetting(draft=True)])
            self._model = model
            # Draws the people that are asked for first; nobody has to wait for it.
            band_answer(model, BandSetting())
        except Exception as fault:
            self._fault = fault


def _loaded_apart(name: str) -> Model:
    """Return a model that was loaded in another process; what goes wrong there is raised here."""
    apart = multiprocessing.get_context("spawn")
    here, there = apart.Pipe(duplex=False)
    process = apart.Process(target=_load, args=(name, there), name="acinus-load", daemon=True)
    process.start()
    there.close()
    try:
        found = here.recv()
    except EOFError:
        raise RuntimeError("the process that loads the model ended early") from None
    finally:
        process.join()
    if isinstance(found, Exception):
        raise found
    return found


def _load(name: str, pipe: Connection) -> None:
    from acinus.model import load_model

    try:
        pipe.send(load_model(name))
    except Exception as fault:
        pipe.send(fault)
