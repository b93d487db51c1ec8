"""The one door into the model room.

In: the name of an assembly, a path, SBML text or Antimony text. Out: a `Model`, or every reason why not at
once.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

from acinus.documents import biology_folder, read_text, shown
from acinus.errors import Code, Diagnostic, ModelTextError, SbmlError, nearest
from acinus.model.antimony_text import model_from_antimony
from acinus.model.assemble import Workshop, assemble, open_workshop
from acinus.model.library import read_assembly
from acinus.model.rules import examine
from acinus.model.sbml import model_from_sbml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from acinus.model.record import Model
    from acinus.model.scan import ModelText

__all__ = ["load_model", "raise_if_any"]


def load_model(
    source: str | Path = "human",
    *,
    zones: int = 8,
    biology: Path | None = None,
    overrides: Mapping[str, float] | None = None,
) -> Model:
    """Return a validated model.

    Parameters
    ----------
    source : str or Path
        Name of an assembly (``"human"``), path of an ``.ant`` or ``.xml`` file, SBML text or Antimony text.
        Antimony inside a biology folder (or with `biology` given) takes its numbers from the tables there;
        any other is taken as it stands, numbers and units included, like plain SBML.
    zones : int
        Number of liver zones from portal to central; 1 or more.
    biology : Path, optional
        Folder with modules, assemblies and parameters; the one shipped with acinus unless given.
    overrides : mapping from parameter id to value, optional
        Replace numbers of the tables, in the units they have there.

    Returns
    -------
    Model

    Raises
    ------
    ModelTextError
        AC1xx: everything wrong with the text and its tables, each with file, line and remedy.
    SbmlError
        AC2xx: SBML that cannot be read, is not valid, or whose units disagree.
    """
    changes = dict(overrides or {})
    if isinstance(source, str) and source.lstrip().startswith("<"):
        return model_from_sbml(source, "(text)", changes)
    if isinstance(source, str) and "\n" in source:
        if biology is None:
            return model_from_antimony(source, "(text)", changes)
        return _from_text(source, "(text)", zones, biology, changes)
    path = Path(source)
    if path.suffix in (".xml", ".sbml"):
        return model_from_sbml(read_text(path), shown(path), changes)
    if path.suffix == ".ant":
        folder = biology or _enclosing(path)
        if folder is None:
            return model_from_antimony(read_text(path), shown(path), changes)
        inside = path.resolve().parent == (folder / "assemblies").resolve()
        if not inside:
            return _from_text(read_text(path), shown(path), zones, folder, changes)
        return _from_assembly(path.stem, zones, folder, changes)
    return _from_assembly(str(source), zones, biology or biology_folder(), changes)


def raise_if_any(findings: Sequence[Diagnostic]) -> None:
    """Raise one error with all findings, if there are any."""
    distinct = tuple(dict.fromkeys(findings))
    if not distinct:
        return
    if all(d.code.value.startswith("AC2") for d in distinct):
        raise SbmlError(distinct)
    raise ModelTextError(distinct)


def _enclosing(path: Path) -> Path | None:
    for folder in path.resolve().parents:
        if (folder / "modules").is_dir() and (folder / "parameters").is_dir():
            return folder
    return None


def _from_assembly(name: str, zones: int, biology: Path, overrides: Mapping[str, float]) -> Model:
    return _built(name, zones, biology, tuple(sorted(overrides.items())), _state_of(biology))


def _state_of(biology: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what tells one state of a biology folder from another: its files with time and size."""
    patterns = (
        "modules/**/*.ant",
        "assemblies/*.ant",
        "parameters/**/*.csv",
        "vocabulary.csv",
        "*.yaml",
        "references.bib",
    )
    paths = sorted(path for pattern in patterns for path in biology.glob(pattern))
    told = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths]
    return ((str(Path.cwd()), 0, 0), *told)


@functools.lru_cache(maxsize=8)
def _built(
    name: str,
    zones: int,
    biology: Path,
    overrides: tuple[tuple[str, float], ...],
    state: tuple[tuple[str, int, int], ...],  # noqa: ARG001 - part of the key: an edited file is a new model
) -> Model:
    workshop = open_workshop(biology, zones)
    main = workshop.library.assemblies.get(name)
    if main is None:
        by_file = [m for m in workshop.library.assemblies.values() if Path(m.source.file).stem == name]
        main = by_file[0] if by_file else None
    if main is None:
        raise_if_any(
            [
                finding
                for finding in workshop.library.findings
                if finding.code in (Code.ZONES_IMPOSSIBLE, Code.TEMPLATE_WRONG, Code.UNKNOWN_ID)
            ]
        )
        known = list(workshop.library.assemblies)
        raise ModelTextError(
            Diagnostic(
                Code.FILE_MISSING,
                f"no assembly is called `{name}` in {shown(biology / 'assemblies')}",
                None,
                f"There are {', '.join(known) or 'none'}.",
                nearest(name, known) or "A path to a file ends in .ant or .xml.",
            )
        )
    return _load(workshop, main, biology, dict(overrides))


def _from_text(text: str, file: str, zones: int, biology: Path, overrides: Mapping[str, float]) -> Model:
    workshop = open_workshop(
        biology, zones, but_not=re.findall(r"^\s*(?:model|module)\s+\*?(\w+)", text, re.MULTILINE)
    )
    source = read_assembly(workshop.library, file, text, zones)
    if not source.models:
        raise_if_any(workshop.library.findings)
        raise ModelTextError(
            Diagnostic(
                Code.ANTIMONY_SYNTAX,
                f"no model in {file}",
                source.place(None),
                "",
                "Write `model name() ... end`.",
            )
        )
    for model in source.models[:-1]:
        workshop.library.modules.setdefault(model.name, workshop.library.assemblies.pop(model.name, model))
    return _load(workshop, source.models[-1], biology, overrides)


def _load(workshop: Workshop, main: ModelText, biology: Path, overrides: Mapping[str, float]) -> Model:
    raise_if_any(workshop.library.findings)
    text_findings = examine(workshop.library, workshop.tables.cards, main)
    if text_findings:
        raise_if_any([*text_findings, *workshop.row_findings])
    model, findings = assemble(workshop, main, biology, overrides)
    raise_if_any([*workshop.row_findings, *findings])
    return model
