"""All model text of a biology folder, scanned once.

In: a folder and the number of zones. Out: a `Library`: every module by name, every assembly expanded. Knows
files; does not know whether they make sense.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from acinus.documents import read_text, shown
from acinus.errors import Code, Diagnostic
from acinus.model.scan import ModelText, Source, scan
from acinus.model.template import expand

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
    for path in sorted((biology / "assemblies").glob("*.ant")):
        read_assembly(library, shown(path), read_text(path), zones)
    return library


def read_assembly(library: Library, file: str, text: str, zones: int) -> Source:
    """Expand and scan one assembly, and take it into the library."""
    expanded = expand(text, zones, file)
    library.findings += expanded.findings
    source = scan(file, text.splitlines(), [(line.text, line.line) for line in expanded.lines])
    library.zone_names[file] = expanded.zone_names
    library.add(source, assembly=True)
    return source
