"""All model text of a biology folder, scanned once.

In: a folder and the number of zones. Out: a `Library`: every module by name, every assembly expanded. Knows
files; does not know whether they make sense.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from acinus.documents import read_text, shown
from acinus.errors import Code, Diagnostic, nearest
from acinus.model.scan import ModelText, Source, scan
from acinus.model.template import Likeness, expand, likeness

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Library", "read_assembly", "read_library"]


@dataclass(slots=True)
class Library:
    """Scanned modules and assemblies.

    `modules` and `assemblies` hold the first model of each name; `zone_names` what the template named for a
    zone, per assembly file.
    """

    sources: list[Source] = field(default_factory=list)
    modules: dict[str, ModelText] = field(default_factory=dict)
    assemblies: dict[str, ModelText] = field(default_factory=dict)
    zone_names: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)

    def add(self, source: Source, *, assembly: bool) -> None:
        """Take in the models of a scanned file; a name taken already is AC111."""
        self.sources.append(source)
        for model in source.models:
            before = self.modules.get(model.name) or self.assemblies.get(model.name)
            if before is not None:
                self.findings.append(
                    Diagnostic(
                        Code.DUPLICATE_MODEL,
                        f"two models are called `{model.name}`",
                        source.place(model.place),
                        f"The other stands at {before.source.place(before.place)}; only one would count.",
                        "Rename one of them.",
                    )
                )
                continue
            (self.assemblies if assembly else self.modules)[model.name] = model


def read_library(biology: Path, zones: int) -> Library:
    """Return all modules and assemblies of a folder, the assemblies expanded for `zones` zones."""
    library = Library()
    for path in sorted((biology / "modules").rglob("*.ant")):
        lines = read_text(path).splitlines()
        library.add(scan(shown(path), lines), assembly=False)
    alike: list[Likeness] = []
    for path in sorted((biology / "assemblies").glob("*.ant")):
        text = read_text(path)
        like = likeness(text, shown(path))
        if like is None:
            read_assembly(library, shown(path), text, zones)
        else:
            alike.append(like)
    for like in alike:
        _wire_alike(library, like)
    return library


def _wire_alike(library: Library, like: Likeness) -> None:
    """Take in an assembly that is wired like another one: the same text under a name of its own."""
    library.findings += like.findings
    base = library.assemblies.get(like.base)
    if base is None:
        library.findings.append(
            Diagnostic(
                Code.UNKNOWN_ID,
                f"`{like.base}` is not an assembly with a text of its own",
                like.place,
                "",
                nearest(like.base, library.assemblies) or "Write the name of an assembly after `@like`.",
            )
        )
        return
    header = re.compile(rf"^(\s*model\s+\*?){re.escape(base.name)}\b", re.MULTILINE)
    source = replace(base.source, text=header.sub(rf"\g<1>{like.name}", base.source.text), models=[])
    source.models.append(replace(base, name=like.name, source=source))
    library.add(source, assembly=True)


def read_assembly(library: Library, file: str, text: str, zones: int) -> Source:
    """Expand and scan one assembly, and take it into the library."""
    expanded = expand(text, zones, file)
    library.findings += expanded.findings
    source = scan(file, text.splitlines(), [(line.text, line.line) for line in expanded.lines])
    library.zone_names[file] = expanded.zone_names
    library.add(source, assembly=True)
    return source
