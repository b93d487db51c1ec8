"""The pages: each route reads what there is to show and fills a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from acinus.documents import biology_folder, read_yaml
from acinus.errors import Code, Diagnostic, nearest
from acinus.evidence.ledger import KINDS, LEVELS, VERDICTS
from acinus.provenance import CONTEXT_OF_USE, version
from acinus.trials import list_maps, list_trials
from acinus.web.magnesium import magnesium_form
from acinus.web.model_book import model_book
from acinus.web.overdose_form import Choice, Input, overdose_form
from acinus.web.range_figure import forest, range_figure
from acinus.web.refusals import Refusal
from acinus.web.schemas import LARGEST_BAND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import State

    from acinus.evidence.ledger import HealthStatement
    from acinus.web.live_ledger import LiveLedger

__all__ = ["read_ahead", "views"]

views = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_VIEWS = (
    ("/", "Overdose"),
    ("/trial", "Trial"),
    ("/map", "Map"),
    ("/magnesium", "Magnesium"),
    ("/evidence", "Evidence"),
    ("/model", "Model"),
)

# Inputs by what a reader thinks of together, and whether they are unfolded; what is named nowhere stands in the last group.
_Groups = tuple[tuple[str, tuple[str, ...], bool], ...]
_OVERDOSE: _Groups = (
    ("Dose and antidote", ("dose_g", "nac_regimen", "nac_delay_h"), True),
    ("The person", ("weight_kg", "age_y", "ethanol_habit_g_per_d", "heavy_drinking"), True),
    ("How it was taken", ("form", "fasting", "ethanol_g"), True),
    ("Hypotheses and scale", (), False),
)
_TRIAL: _Groups = (
    ("What is run", ("trial", "people", "seed", "population"), True),
    ("The same for everybody", ("weight_kg", "age_y", "form", "fasting", "ethanol_g"), True),
    ("Drink, hypotheses and scale", (), False),
)
_MAGNESIUM: _Groups = (
    ("Food and supplement", ("food_mg_per_d", "salt", "supplement_mg_per_d", "doses_per_d"), True),
    ("Kidneys and drink", ("egfr_ml_per_min", "despite_low_egfr", "ethanol_g_per_d"), True),
    ("Scale", (), False),
)
_MOST_IN_A_TRIAL = 5000
_SEED = Input(
    label="Draw",
    unit="",
    minimum=1,
    maximum=100,
    step=1,
    default=1,
    help="Which draw of people; the same number draws the same people.",
)
# What a page shows first, in the words of a shared link; of an overdose one in which something happens.
_OVERDOSE_OPENING = "dose_g=40&nac_delay_h=20"
_MAGNESIUM_OPENING = "food_mg_per_d=200"


def read_ahead(state: State) -> None:
    """Read what pages show, once the model is compiled, so that nobody waits for it."""
    if state.live.wait():
        model_book()
        _ = state.ledger.statements


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
    return page(
        request,
        "overdose.html",
        current="/",
        groups=_grouped(form.inputs, form.choices, _OVERDOSE),
        band_people=LARGEST_BAND,
        opening=_OVERDOSE_OPENING,
    )


@views.get("/trial")
def trial(request: Request) -> HTMLResponse:
    """Show the trial view; what differs between arms is chosen there, all else in the form."""
    form = overdose_form()
    of_arms = ("dose_g", "nac_regimen", "nac_delay_h")
    size = {
        "people": Input(
            label="People",
            unit="",
            minimum=50,
            maximum=_MOST_IN_A_TRIAL,
            step=50,
            default=500,
            help="How many virtual people are drawn. More people narrow the intervals and take longer.",
        ),
        "seed": _SEED,
    }
    inputs = size | {key: one for key, one in form.inputs.items() if key not in of_arms}
    choices = {key: one for key, one in form.choices.items() if key not in of_arms}
    choices["population"] = choices["population"].model_copy(update={"label": "Drawn from"})
    trials = {name: read_yaml(biology_folder() / "trials" / f"{name}.yaml") for name in list_trials()}
    choices["trial"] = Choice(
        label="Trial",
        default="own",
        help="Arms of your own, or a trial that ships with acinus as text in biology/trials.",
        options={"own": "arms of your own"}
        | {name: str(written["title"].value) for name, written in trials.items()},
    )
    return page(
        request,
        "trial.html",
        current="/trial",
        groups=_grouped(inputs, choices, _TRIAL),
        dose=form.inputs["dose_g"],
        delay=form.inputs["nac_delay_h"],
        regimens=form.choices["nac_regimen"].options,
    )


@views.get("/map")
def decision_map(request: Request) -> HTMLResponse:
    """Show the map view: the maps that ship, and how many people stand in a cell."""
    maps = [_map(name) for name in list_maps()]
    inputs = {
        "people": Input(
            label="People in each cell",
            unit="",
            minimum=10,
            maximum=300,
            step=10,
            default=50,
            help="More people narrow the intervals and take longer.",
        ),
        "seed": _SEED,
    }
    choices = {
        "map": Choice(
            label="Map",
            default=list_maps()[-1],
            help="Maps are written as text in biology/maps.",
            options={one["id"]: one["title"] for one in maps},
        )
    }
    groups: _Groups = (("What is drawn", ("map", "people", "seed"), True), ("More", (), False))
    return page(request, "map.html", current="/map", maps=maps, groups=_grouped(inputs, choices, groups)[:1])


def _map(name: str) -> dict[str, Any]:
    """Return what the page says of a map: titles of the map, its axes and its arms."""
    written: Any = read_yaml(biology_folder() / "maps" / f"{name}.yaml").plain()
    arms = written["protocol"]["arms"]
    return {
        "id": name,
        "title": written["title"],
        "note": written.get("note", ""),
        "arms": {arm: (about or {}).get("title", arm) for arm, about in arms.items()},
        **{
            axis: {"title": written[axis]["title"], "labels": written[axis].get("labels")}
            for axis in ("across", "down")
        },
    }


@views.get("/magnesium")
def magnesium(request: Request) -> HTMLResponse:
    """Show the magnesium view."""
    form = magnesium_form()
    return page(
        request,
        "magnesium.html",
        current="/magnesium",
        groups=_grouped(form.inputs, form.choices, _MAGNESIUM),
        opening=_MAGNESIUM_OPENING,
    )


def _grouped(
    inputs: Mapping[str, Input], choices: Mapping[str, Choice], groups: _Groups
) -> list[dict[str, Any]]:
    fields = {key: _number(key, one) for key, one in inputs.items()}
    fields |= {key: _choice(key, one) for key, one in choices.items()}
    named = {key for _, keys, _ in groups for key in keys}
    found = [
        {"name": name, "inputs": [fields[key] for key in keys], "open": unfolded}
        for name, keys, unfolded in groups
    ]
    found[-1]["inputs"] = [one for key, one in fields.items() if key not in named]
    return found


def _number(key: str, one: Input) -> dict[str, Any]:
    return {
        **one.model_dump(include={"label", "unit", "help"}),
        "id": key,
        "kind": "number",
        **{name: f"{getattr(one, name):g}" for name in ("minimum", "maximum", "step", "default")},
    }


def _choice(key: str, one: Choice) -> dict[str, Any]:
    return {**one.model_dump(), "id": key, "kind": "choice"}


@views.get("/evidence")
def evidence(request: Request) -> HTMLResponse:
    """List the health statements with their verdicts, as far as these are known."""
    ledger = _ledger(request)
    entries = [_entry(ledger, one) for one in ledger.statements]
    counts = {name: sum(one["verdict"] == name for one in entries) for name in (*VERDICTS, "undecided")}
    return page(
        request,
        "evidence.html",
        current="/evidence",
        entries=entries,
        counts={name: count for name, count in counts.items() if count},
        kinds=KINDS,
        levels=LEVELS,
        ledger=ledger,
    )


@views.get("/evidence/progress")
def evidence_progress(request: Request) -> JSONResponse:
    """Say how far the checks are, for the page that waits for them."""
    ledger = _ledger(request)
    return JSONResponse({"ended": ledger.ended, "note": ledger.note})


@views.get("/evidence/{statement_id}")
def statement(request: Request, statement_id: str) -> HTMLResponse:
    """Show one statement: what is said, what is known, what the checks found."""
    ledger = _ledger(request)
    ids = [one.id for one in ledger.statements]
    asked = statement_id.upper()
    if asked not in ids:
        raise _nothing(f"there is no statement `{statement_id[:40]}`", nearest(asked, ids), "/evidence")
    place = ids.index(asked)
    one = ledger.statements[place]
    results = ledger.results
    rows = (
        forest(results.rows) if results is not None and one.mechanism is not None and results.rows else None
    )
    return page(
        request,
        "statement.html",
        current="/evidence",
        entry=_entry(ledger, one),
        sources=ledger.sources_of(one),
        before=ids[place - 1] if place else None,
        after=ids[place + 1] if place + 1 < len(ids) else None,
        paragraphs=results.paragraphs if rows is not None and results is not None else (),
        forest=rows,
        ledger=ledger,
    )


def _ledger(request: Request) -> LiveLedger:
    """Return the ledger of the application; whoever looks at it first sets its checks going."""
    ledger: LiveLedger = request.app.state.ledger
    ledger.start()
    return ledger


def _entry(ledger: LiveLedger, one: HealthStatement) -> dict[str, Any]:
    found = ledger.results.entries.get(one.id) if ledger.results is not None else None
    parts = [{**part, "figure": range_figure(part)} for part in found["parts"]] if found is not None else []
    run = [part for part in parts if part["result"] in ("passed", "failed")]
    return {
        "statement": one,
        # A typed verdict hangs on no check, so that it is known before any has run.
        "verdict": found["verdict"] if found is not None else one.verdict,
        "result": found["result"] if found is not None else None,
        "parts": parts,
        "held": sum(part["result"] == "passed" for part in run),
        "run": len(run),
        "words": " ".join((one.id, one.title, one.statement, one.known, *one.sources)).lower(),
    }


@views.get("/model")
def model(request: Request) -> HTMLResponse:
    """Show the modules of the model, and how well its numbers are known."""
    return page(request, "model.html", current="/model", book=model_book())


@views.get("/model/numbers")
def numbers(request: Request) -> HTMLResponse:
    """List every number of the tables with unit, grade and source."""
    return page(request, "numbers.html", current="/model", book=model_book())


@views.get("/model/{system}/{name}")
def module(request: Request, system: str, name: str) -> HTMLResponse:
    """Show one module: what it says of itself, its equations, its numbers, its text."""
    book = model_book()
    key = f"{system}/{name}"
    if key not in book.modules:
        raise _nothing(f"there is no module `{key[:80]}`", nearest(key, book.modules), "/model")
    return page(request, "module.html", current="/model", book=book, module=book.modules[key])


def _nothing(what: str, hint: str, where: str) -> Refusal:
    return Refusal(
        404, Diagnostic(Code.WEB_NOT_FOUND, what, None, "", hint or f"{where} lists what there is.")
    )
