"""The routes under /api/v1 that say what the model is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from acinus.provenance import CONTEXT_OF_USE
from acinus.web.documented import answers_with
from acinus.web.model_book import model_book

if TYPE_CHECKING:
    from acinus.model import Model

__all__ = ["model_api"]

model_api = APIRouter(prefix="/model")


@model_api.get("")
def get(request: Request) -> dict[str, Any]:
    """Return modules with their equations as text, and all numbers with unit, grade and source."""
    model: Model = request.app.state.live.model
    book = model_book()
    used = {key: number for key, number in book.numbers.items() if number.modules}
    return {
        "context_of_use": CONTEXT_OF_USE,
        "id": model.id,
        "name": model.name,
        "hash": model.hash,
        "zones": model.zones,
        "modules": [
            {
                "id": page.id,
                "system": page.system,
                "title": page.title,
                "about": page.about,
                "equations": [
                    {"id": one.name, "kind": one.kind, "label": one.label, "formula": one.text}
                    for one in page.equations
                ],
                "parameters": [number.card.id for number in page.numbers],
            }
            for page in book.modules.values()
        ],
        "parameters": [
            {
                "id": key,
                "value": number.card.value,
                "unit": number.card.unit,
                "distribution": number.card.distribution,
                "cv": number.card.cv,
                "low": number.card.low,
                "high": number.card.high,
                "grade": number.card.grade,
                "sources": list(number.sources),
                "note": number.card.note,
                "modules": list(number.modules),
            }
            for key, number in used.items()
        ],
    }


@model_api.get(
    ".xml",
    response_class=Response,
    responses=answers_with("application/sbml+xml", words="SBML."),
)
def sbml(request: Request) -> Response:
    """Return the model as SBML Level 3 Version 2."""
    model: Model = request.app.state.live.model
    name = re.sub(r"\W+", "_", model.id)
    headers = {"content-disposition": f'attachment; filename="acinus_{name}.xml"'}
    return Response(model.sbml, media_type="application/sbml+xml", headers=headers)
