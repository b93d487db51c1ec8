"""A process that makes object code of texts in LLVM's language; the file is also that process's program.

The program needs llvmlite alone and imports nothing of this package: it must be at work in a tenth of a second.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from acinus.engine.compiled.target import Target

__all__ = ["SecondProcess"]


class SecondProcess:
    """Another process's LLVM; it ends when its input does, at the latest when this process ends.

    Where it cannot be started, or has ended, `object_code` raises `OSError` or `EOFError`.
    """

    def __init__(self, target: Target) -> None:
        # Not at the top: the program must not need it.
        from acinus.engine.compiled.target import LLVM_OPTION, code_options

        self._process: subprocess.Popen[bytes] | None = None
        self._first = json.dumps([LLVM_OPTION, target.triple, code_options(target)]).encode()
        with contextlib.suppress(OSError):
            # What this process can import the other one can too. -P: the files beside the program are no modules of it.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-S", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )

    def object_code(self, text: str) -> bytes:
        """Return the object code of a module of straight-line functions."""
        if self._process is None:
            raise OSError("there is no second process")
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if self._first:
            _send(self._process.stdin, self._first)
            self._first = b""
        _send(self._process.stdin, text.encode())
        return _receive(self._process.stdout)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


def _send(stream: IO[bytes], data: bytes) -> None:
    stream.write(len(data).to_bytes(8, "little") + data)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    size = stream.read(8)
    data = stream.read(int.from_bytes(size, "little"))
    if len(size) < 8 or len(data) < int.from_bytes(size, "little"):
        raise EOFError
    return data


def _serve() -> None:
    """Answer texts with object code until the input ends."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    option, triple, options = json.loads(_receive(sys.stdin.buffer))
    llvm.set_option("acinus", option)
    machine = llvm.Target.from_triple(triple).create_target_machine(**options)
    while True:
        module = llvm.parse_assembly(_receive(sys.stdin.buffer).decode())
        _send(sys.stdout.buffer, machine.emit_object(module))


if __name__ == "__main__":
    with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        _serve()
