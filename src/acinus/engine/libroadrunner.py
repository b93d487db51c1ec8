"""libroadrunner as this package calls it."""

from __future__ import annotations

import functools
import os
from typing import Any

from acinus.engine.room import room_together

__all__ = ["libroadrunner", "model_of_libroadrunner"]

#: Bytes of address space for all that it maps while it compiles. It does not say what it needs: a third for `human`.
_ROOM = 1 << 30


@functools.cache
def libroadrunner() -> Any:
    """Return the roadrunner module, set up to compile large models and to print nothing.

    Raises
    ------
    ImportError
        It is not installed.
    """
    for level in ("WARNING", "ERROR", "INFO", "DEBUG"):
        os.environ.setdefault(f"SUNLOGGER_{level}_FILENAME", os.devnull)
    import roadrunner

    roadrunner.Logger.disableLogging()
    # It writes every assignment out wherever it is used. With the defaults of 2.10 a model whose assignments
    # build on each other (`human`) takes it more memory than a machine has; with both of these, a second.
    roadrunner.Config.setValue(roadrunner.Config.LLVM_BACKEND, roadrunner.Config.LLJIT)
    roadrunner.Config.setValue(roadrunner.Config.LOADSBMLOPTIONS_MUTABLE_INITIAL_CONDITIONS, False)
    # Otherwise an id such as `reset` becomes an attribute and hides the method of that name.
    roadrunner.Config.setValue(roadrunner.Config.ROADRUNNER_DISABLE_PYTHON_DYNAMIC_PROPERTIES, True)
    return roadrunner


def model_of_libroadrunner(sbml: str) -> Any:
    """Return the `RoadRunner` of some SBML, its code in memory that lies together.

    Its LLVM checks no distance: where large arrays scatter the sections of the code, 2.10 ends in a segmentation fault.

    Parameters
    ----------
    sbml : str
        The text, or the path of a file.

    Raises
    ------
    ImportError
        It is not installed.
    RuntimeError
        It cannot carry the model.
    """
    with room_together(_ROOM):
        return libroadrunner().RoadRunner(sbml)
