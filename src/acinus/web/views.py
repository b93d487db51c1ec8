"""The pages: each route reads what there is to show and fills a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from acinus.provenance import CONTEXT_OF_USE, version
from acinus.web.overdose_form import overdose_form
from acinus.web.schemas import LARGEST_BAND

if TYPE_CHECKING:
    from acinus.web.overdose_form import Choice, Input

__all__ = ["views"]

views = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_VIEWS = (("/", "Overdose"),)

# Inputs by what a reader thinks of together, and whether they are unfolded; what is named nowhere stands in the last group.
_GROUPS = (
    ("Dose and antidote", ("dose_g", "nac_regimen", "nac_delay_h"), True),
    ("The person", ("weight_kg", "age_y", "ethanol_habit_g_per_d", "heavy_drinking"), True),
    ("How it was taken", ("form", "fasting", "ethanol_g"), True),
    ("Hypotheses and scale", (), False),
)
# What the page shows first: an overdose in which something happens, in the words of a shared link.
_OPENING = "dose_g=40&nac_delay_h=20"


def page(request: Request, template: str, **content: Any) -> HTMLResponse:
    """Return a page with what every page shows."""
    frame = {
        "views": [{"path": path, "name": name} for path, name in _VIEWS],
        "context_of_use": CONTEXT_OF_USE,
        "version": version(),
    }
    return request.app.state.templates.TemplateResponse(request, template, {**frame, **content})


@views.get("/")
def overdose(request: Request) -> HTMLResponse:
    """Show the overdose view."""
    form = overdose_form()
    fields = {key: _number(key, one) for key, one in form.inputs.items()}
    fields |= {key: _choice(key, one) for key, one in form.choices.items()}
    named = {key for _, keys, _ in _GROUPS for key in keys}
    groups = [
        {"name": name, "inputs": [fields[key] for key in keys if key in fields], "open": unfolded}
        for name, keys, unfolded in _GROUPS
    ]
    groups[-1]["inputs"] = [one for key, one in fields.items() if key not in named]
    return page(
        request, "overdose.html", current="/", groups=groups, band_people=LARGEST_BAND, opening=_OPENING
    )


def _number(key: str, one: Input) -> dict[str, Any]:
    return {
        **one.model_dump(include={"label", "unit", "help"}),
        "id": key,
        "kind": "number",
        **{name: f"{getattr(one, name):g}" for name in ("minimum", "maximum", "step", "default")},
    }


def _choice(key: str, one: Choice) -> dict[str, Any]:
    return {**one.model_dump(), "id": key, "kind": "choice"}
