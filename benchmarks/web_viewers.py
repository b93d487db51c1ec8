"""Viewers who move sliders at the same time: how long the server takes to answer them, and if it ever fails.

    python -m benchmarks.web_viewers --viewers 50 --seconds 120

Each viewer moves a slider a few steps and lets it go, waits for the curves after every step, looks at them for a moment and
moves on; while a slider moves the page asks for drafts, and for the exact course once it rests. A server is started for
it in a process of its own, unless --address names one. Viewers and server share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["Watched", "main", "serving", "watch"]

SLIDERS = {
    "dose_g": (5.0, 80.0, 0.5),
    "nac_delay_h": (0.0, 48.0, 0.5),
    "weight_kg": (40.0, 150.0, 1.0),
    "ethanol_g": (0.0, 200.0, 5.0),
}
STEPS = 4  # of a slider before it is let go
PAUSE = (0.1, 0.5)  # seconds between a drawn curve and the next move of the hand


@dataclass
class Watched:
    """What viewers saw: seconds to each answer, and every failure in words."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """Return counts and percentiles, s."""
        found = np.array(self.seconds or [np.nan])
        return {
            "answers": len(self.seconds),
            "failures": len(self.failures),
            **{f"p{p}": round(float(np.percentile(found, p)), 3) for p in (50, 95, 99)},
            "longest": round(float(found.max()), 3),
        }


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Start a server in a process of its own, and give its address once the model is compiled."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "acinus",
            "serve",
            "--port",
            "0",
            "--folder",
            folder,
            "--pace",
            "100000",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
            try:
                line = process.stdout.readline() if process.stdout is not None else ""
                found = re.search(r"http://\S+", line)
                if found is None:
                    raise RuntimeError("the server did not start")
                while not httpx.get(found[0] + "api/v1/settings", timeout=60).json()["ready"]:
                    time.sleep(0.2)
                yield found[0]
            finally:
                process.terminate()


async def watch(address: str, viewers: int, seconds: float, seed: int = 1) -> Watched:
    """Have viewers move sliders for some seconds."""
    watched = Watched()
    ends = time.monotonic() + seconds
    where = httpx.URL(address)
    hands = [random.Random(f"{seed} {k}") for k in range(viewers)]
    await asyncio.gather(*(_view(where.host, where.port or 80, watched, ends, hand) for hand in hands))
    return watched


async def _view(host: str, port: int, watched: Watched, ends: float, hand: random.Random) -> None:
    said: dict[str, float] = {name: _place(hand, name) for name in SLIDERS}
    await asyncio.sleep(hand.uniform(0, PAUSE[1]))
    reader, writer = await asyncio.open_connection(host, port)
    step, name = 0, ""
    while time.monotonic() < ends:
        name = name if step % (STEPS + 1) else hand.choice(tuple(SLIDERS))
        step += 1
        let_go = step % (STEPS + 1) == 0
        if not let_go:
            said[name] = _place(hand, name)
        began = time.perf_counter()
        try:
            status, body = await _posted(reader, writer, json.dumps({**said, "draft": not let_go}).encode())
            if status != 200 or b'"finished":true' not in body:
                watched.failures.append(f"{status} {body[:200]!r}")
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            watched.failures.append(f"{type(error).__name__}: {error}")
            break
        watched.seconds.append(time.perf_counter() - began)
        await asyncio.sleep(hand.uniform(*PAUSE))
    writer.close()


async def _posted(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes
) -> tuple[int, bytes]:
    """Send a request on an open connection; fifty of a full client would need more time than the server."""
    head = f"POST /api/v1/run HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    writer.write(head.encode() + b"\r\n\r\n" + body)
    answered = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", answered, re.IGNORECASE)
    content = await reader.readexactly(int(length[1]) if length is not None else 0)
    return int(answered.split(b" ", 2)[1]), content


def _place(hand: random.Random, name: str) -> float:
    low, high, step = SLIDERS[name]
    return low + step * hand.randrange(int((high - low) / step) + 1)


def main() -> None:
    """Run the load and print what was seen."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--address", default="", help="Of a server that runs already.")
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        address = asked.address or stack.enter_context(serving())
        watched = asyncio.run(watch(address, asked.viewers, asked.seconds))
    print(json.dumps({"viewers": asked.viewers, "seconds": asked.seconds, **watched.as_dict()}))
    for failure in watched.failures[:10]:
        print(failure, file=sys.stderr)
    sys.exit(1 if watched.failures else 0)


if __name__ == "__main__":
    main()
