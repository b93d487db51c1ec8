"""Generate and compile the AMICI package of one SBML file: ``python -m benchmarks.amici_build FILE NAME FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from acinus.verification.memory_limit import limit_memory

__all__ = ["build"]


def build(sbml: Path, name: str, folder: Path) -> None:
    """Leave the package ``amici_<name>`` in a folder."""
    from amici.importers.sbml import SbmlImporter

    package = f"amici_{name}"
    SbmlImporter(sbml).sbml2amici(
        package,
        folder,
        compute_conservation_laws=False,
        generate_sensitivity_code=False,
    )


if __name__ == "__main__":
    limit_memory()
    build(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
