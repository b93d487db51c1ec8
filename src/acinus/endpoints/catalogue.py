"""The endpoints that have names: `biology/endpoints.yaml`, read with places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from acinus.documents import Node, biology_folder, read_yaml, shown
from acinus.endpoints.specification import Endpoint, parse_endpoint
from acinus.errors import Code, Diagnostic, EndpointError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Catalogue", "list_endpoints", "read_catalogue"]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Endpoint texts by name, and the file they stand in as a user would type it."""

    nodes: Mapping[str, Node]
    file: str


def read_catalogue(biology: Path | None = None) -> Catalogue:
    """Return the endpoints of a biology folder (the shipped one if None); empty without such a file.

    Raises
    ------
    ModelTextError
        AC102 if the file is not YAML.
    """
    path = (biology or biology_folder()) / "endpoints.yaml"
    if not path.is_file():
        return Catalogue({}, shown(path))
    status = path.stat()
    return _read(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, changed: int, size: int) -> Catalogue:
    del changed, size  # part of the key only: an edited file is read again
    root = read_yaml(path)
    if not isinstance(root.value, dict):
        raise EndpointError(
            Diagnostic(
                Code.ENDPOINT_VALUE,
                "endpoints must be a mapping from name to endpoint",
                root.place,
                "",
                "name: {...}",
            )
        )
    return Catalogue(dict(root.items()), shown(path))


def list_endpoints(biology: Path | None = None) -> Mapping[str, Endpoint]:
    """Return every named endpoint of a biology folder, in the order of the file.

    Raises
    ------
    EndpointError
        AC701 to AC711 for all texts that are wrong, at once.
    """
    catalogue = read_catalogue(biology)
    findings: list[Diagnostic] = []
    endpoints = {
        name: parse_endpoint(node, catalogue, findings, name=name, within=(name,))
        for name, node in catalogue.nodes.items()
    }
    if findings:
        raise EndpointError(dict.fromkeys(findings))
    return {name: endpoint for name, endpoint in endpoints.items() if endpoint is not None}
