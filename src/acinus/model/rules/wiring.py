"""AC108, AC109, AC110: every port of every instance is joined, and to a module that exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from acinus.errors import Code, Diagnostic, nearest

if TYPE_CHECKING:
    from acinus.model.library import Library
    from acinus.model.scan import ModelText, Statement
    from acinus.model.tree import Tree

__all__ = ["faulty_wiring", "unjoined_ports"]


def faulty_wiring(library: Library, model: ModelText) -> list[Diagnostic]:
    """Return what is wrong with the ports of a model and with the instances it makes."""
    out = _idle_ports(model)
    for instance in model.of("instance"):
        assert instance.module is not None
        module = library.modules.get(instance.module.text)
        if module is None:
            out.append(
                Diagnostic(
                    Code.UNKNOWN_MODULE,
                    f"no module is called `{instance.module.text}`",
                    model.source.place(instance.module),
                    "",
                    nearest(instance.module.text, library.modules)
                    or "Modules are the files in biology/modules/.",
                )
            )
            continue
        out += _ports(model, instance, module)
    return out


def _ports(model: ModelText, instance: Statement, module: ModelText) -> list[Diagnostic]:
    ports = [port.text for port in module.ports]
    given = instance.arguments
    if len(given) != len(ports):
        pairs = [f"{p} = {a.text}" for p, a in zip(ports, given, strict=False)]
        missing = f"Without a partner: {', '.join(ports[len(given) :])}." if len(given) < len(ports) else ""
        return [
            Diagnostic(
                Code.WRONG_PORTS,
                f"`{module.name}` has {len(ports)} ports, not {len(given)}",
                model.source.place(instance.target),
                f"As written: {', '.join(pairs[-3:])}. {missing}".strip(),
                f"Its ports are ({', '.join(ports)}).",
            )
        ]
    return [
        Diagnostic(
            Code.PORT_NOT_JOINED,
            f"the port `{port}` of `{module.name}` is given the number {argument.text}",
            model.source.place(argument),
            "A port joins two names; a number joins nothing, and the module would keep a copy of its own.",
            "Give the number a row in the tables, or define a name for it, and write the name here.",
        )
        for port, argument in zip(ports, given, strict=True)
        if argument.kind == "number"
    ]


def _idle_ports(model: ModelText) -> list[Diagnostic]:
    mentioned = {
        word.text.partition(".")[0]
        for statement in model.statements
        if statement.kind not in ("label", "annotation")
        for word in statement.words
        if word.kind == "name"
    }
    return [
        Diagnostic(
            Code.PORT_NOT_JOINED,
            f"the port `{port.text}` leads nowhere",
            model.source.place(port),
            f"Nothing inside `{model.name}` mentions it.",
            nearest(port.text, mentioned) or "Use it or remove it.",
        )
        for port in model.ports
        if port.text not in mentioned
    ]


def unjoined_ports(sbml: str, tree: Tree) -> list[Diagnostic]:
    """Return AC108 for each port that antimony left as a copy of its own in the flat model, silently.

    Where modules disagree on what a port is, `vmax` and `z2_vmax` could stand side by side, one of them idle.
    """
    ids = set(re.findall(r'<(?:species|parameter|compartment)\b[^>]*? id="(\w+)"', sbml))
    out = []
    for instance in tree.root.walk():
        for port, joined in instance.ports.items():
            alone = "_".join((*instance.path, port))
            if alone != joined and alone in ids and alone not in tree.owners:
                word = next(p for p in instance.model.ports if p.text == port)
                out.append(
                    Diagnostic(
                        Code.PORT_NOT_JOINED,
                        f"the port `{port}` of `{instance.model.name}` was not joined to `{joined}`",
                        instance.model.source.place(word),
                        f"Antimony kept both, `{joined}` and `{alone}`.",
                        "Declare it as the same kind of thing on both sides.",
                    )
                )
    return out
