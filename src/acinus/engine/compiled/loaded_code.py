"""Object code in memory, ready to be called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acinus.engine.compiled.target import target_machine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acinus.engine.compiled.target import Target

__all__ = ["LoadedCode"]


class LoadedCode:
    """Some object files, linked with each other; their memory is freed when nobody holds this any more.

    LLVM's JITLink gives each file all of its memory at once, and lets it reach other files over any distance. Its older
    linker asks the system for each section by itself, and ends the process where two lie more than 2 GB apart, as they
    may between large arrays.

    Parameters
    ----------
    files : iterable of bytes
        Object files of one program.
    target : Target
        What they were compiled for.
    names : iterable of str
        Functions whose addresses are wanted.

    Raises
    ------
    RuntimeError
        A name is not defined in any of the files, or a file is not what LLVM can link.
    """

    def __init__(self, files: Iterable[bytes], target: Target, names: Iterable[str]) -> None:
        import llvmlite.binding as llvm

        self._linker = llvm.create_lljit_compiler(target_machine(target), use_jit_link=True)
        builder = llvm.JITLibraryBuilder().add_current_process()
        for file in files:
            builder.add_object_img(file)
        for name in names:
            builder.export_symbol(name)
        self._library = builder.link(self._linker, "code")

    def address(self, name: str) -> int:
        """Return the address of a function that was asked for."""
        return self._library[name]
