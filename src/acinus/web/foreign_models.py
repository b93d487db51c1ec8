"""Models from outside: SBML that a stranger sends, looked at and simulated in a limited process of its own.

In: the bytes of a request. Out: what is in the model and how it runs, or why it is refused. The text is refused before any
parser sees it if it declares a document type or entities. The process that parses has little memory, little time, no
files to write, and ends with the request.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from typing import Any

from acinus.errors import AcinusError, Code, Diagnostic
from acinus.web.refusals import Refusal

__all__ = ["examine", "main", "refuse_unsafe"]

_SECONDS = 30  # of processor time, and a little more by the clock
_MEMORY = 3 * 1024**3  # bytes of address space; LLVM alone reserves most of one
_FILE = 1024  # bytes that may be written to a file
_MOST_SPECIES = 500
_DECLARATION = re.compile(rb"<!\s*(doctype|entity|element|attlist|notation|\[)", re.IGNORECASE)
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)


def refuse_unsafe(text: bytes) -> None:
    """Refuse what no model needs, by its bytes alone: a document type, entities, another encoding than UTF-8.

    Raises
    ------
    Refusal
        422, AC969.
    """
    encoding = _ENCODING.search(text[:200])
    named = encoding[1].decode("latin-1").lower() if encoding is not None else "utf-8"
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        named = "not UTF-8"
    if named not in ("utf-8", "utf8", "us-ascii") or b"\x00" in text:
        raise _refusal(
            "the model is not UTF-8", "In another encoding a declaration could hide.", "Save it as UTF-8."
        )
    if _DECLARATION.search(text):
        raise _refusal(
            "the model declares a document type or entities",
            "These can read files and fill the memory; SBML has no use for them.",
            "Remove the declaration.",
        )
    if b"<sbml" not in text[:4000]:
        raise _refusal("this is not SBML", "There is no `<sbml` in its first lines.", "Send SBML.")


def examine(text: bytes, until: float, points: int) -> dict[str, Any]:
    """Return what a model contains and its course, from a process of its own.

    Parameters
    ----------
    text : bytes
    until : float
        End of the simulation, in the time unit of the model.
    points : int
        Samples, the first at 0.

    Raises
    ------
    Refusal
        422 for what is refused, whether by its bytes, by the model room, or by the limits of the process.
    """
    refuse_unsafe(text)
    command = [sys.executable, "-m", "acinus.web.foreign_models", repr(until), str(points)]
    try:
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            timeout=_SECONDS + 10,
            check=False,
            preexec_fn=_limit,
            env=_environment(),
        )
    except subprocess.TimeoutExpired:
        raise _too_much("time") from None
    if done.returncode != 0:
        raise _too_much("time or memory")
    answer: dict[str, Any] = json.loads(done.stdout)
    if "refused" in answer:
        raise _refusal(*answer["refused"])
    return answer


def main() -> None:
    """Examine the model on the input and print the answer; what goes wrong is an answer as well."""
    try:
        answer = _examined(sys.stdin.buffer.read().decode("utf-8"), float(sys.argv[1]), int(sys.argv[2]))
    except AcinusError as error:
        first = error.diagnostics[0]
        answer = {"refused": [first.what, first.why, first.remedy or "Change the model."]}
    sys.stdout.write(json.dumps(answer, allow_nan=False))


def _examined(text: str, until: float, points: int) -> dict[str, Any]:
    import math

    from acinus.model import load_model
    from acinus.simulation import Protocol, every, simulate

    model = load_model(text + "\n")  # a text of one line would be taken for a path
    species = [key for key, symbol in model.symbols.items() if symbol.kind == "species"]
    if len(species) > _MOST_SPECIES:
        return {
            "refused": [
                f"the model has {len(species)} species",
                f"This server takes models of up to {_MOST_SPECIES}.",
                "Run it by `acinus run --model`.",
            ]
        }
    step = until / (points - 1)
    run = simulate(
        model, Protocol(name="course", sampling=every(f"{step!r} h", until=f"{until!r} h")), record=species
    )

    def plain(values: Any) -> list[float | None]:
        return [value if math.isfinite(value) else None for value in values.tolist()]

    return {
        "id": model.id,
        "hash": model.hash,
        "species": len(species),
        "parameters": sum(symbol.kind == "parameter" for symbol in model.symbols.values()),
        "findings": [finding.what for finding in model.findings],
        "finished": bool(run.ok[0]),
        "reason": run.message[0],
        "time": plain(run.time),
        "curves": {key: {"unit": run.unit(key), "values": plain(run[key][0])} for key in species},
    }


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE, _FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _environment() -> dict[str, str]:
    """Return the surroundings of the process: where Python finds its modules, and nothing that is secret."""
    import os

    kept = {
        key: os.environ[key] for key in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG") if key in os.environ
    }
    # Nothing is kept: machine code of a stranger's model would lie beside that of the own ones, and byte code would be
    # cut off by the limit on files.
    return {
        **kept,
        "PYTHONDONTWRITEBYTECODE": "1",
        "XDG_CACHE_HOME": "/nonexistent",
        "HOME": "/nonexistent",
    }


def _too_much(what: str) -> Refusal:
    return _refusal(
        f"the model takes more {what} than is given to one",
        f"It has {_SECONDS} s and {_MEMORY // 1024**3} GB.",
        "Make it smaller, or run it by `acinus run --model`.",
    )


def _refusal(what: str, why: str, remedy: str) -> Refusal:
    return Refusal(422, Diagnostic(Code.WEB_UPLOAD, what, None, why, remedy))


if __name__ == "__main__":
    main()
