"""What is refused, as JSON: code, what, where, why and remedy, with the status that HTTP has for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from acinus.errors import AcinusError, Code, Diagnostic, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI, Request

__all__ = ["Refusal", "answer_refusals", "refusal_response"]

_LONGEST = 200


class Refusal(Exception):
    """A request that is not answered, with the status of HTTP."""

    def __init__(self, status: int, diagnostic: Diagnostic, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(diagnostic.what)
        self.status = status
        self.diagnostic = diagnostic
        self.headers = dict(headers or {})


def refusal_response(
    status: int, findings: Sequence[Diagnostic], headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return findings as a response: the first one, and the others under ``more``."""
    first, *others = [_plain(finding) for finding in findings]
    content = {**first, "more": others} if others else {**first, "more": []}
    return JSONResponse(content, status, dict(headers or {}))


def answer_refusals(application: FastAPI) -> None:
    """Have an application answer everything that is refused in one form."""

    @application.exception_handler(Refusal)
    async def _refused(_request: Request, refusal: Refusal) -> JSONResponse:
        return refusal_response(refusal.status, [refusal.diagnostic], refusal.headers)

    @application.exception_handler(AcinusError)
    async def _wrong(_request: Request, error: AcinusError) -> JSONResponse:
        return refusal_response(422, error.diagnostics)

    @application.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        return refusal_response(422, [_invalid_field(dict(found)) for found in error.errors()[:20]])

    @application.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        return refusal_response(error.status_code, [_of_http(request, error)], error.headers)


def _plain(finding: Diagnostic) -> dict[str, str]:
    return {
        "code": finding.code.value,
        "what": finding.what,
        # Files are those of the installation, of which a stranger need not know where they lie.
        "where": finding.place.file.rpartition("/")[2] if finding.place is not None else "",
        "why": finding.why,
        "remedy": finding.remedy,
    }


def _invalid_field(found: dict[str, Any]) -> Diagnostic:
    path = [str(part) for part in found["loc"]]
    name = ".".join(path[1:]) or path[0]
    name = name[:_LONGEST]
    kind = str(found["type"])
    if kind == "extra_forbidden":
        from acinus.web.overdose_form import overdose_form

        form = overdose_form()
        known = [*form.inputs, *form.choices]
        return Diagnostic(
            Code.WEB_INPUT, f"there is no input `{name}`", None, "", nearest(name, known) or "Leave it out."
        )
    if kind == "missing":
        return Diagnostic(Code.WEB_INPUT, f"`{name}` is missing", None, "", "Give it.")
    if kind.startswith("json"):
        return Diagnostic(
            Code.WEB_INPUT, "the body is not JSON", None, str(found["msg"])[:_LONGEST], "Send a JSON object."
        )
    said = str(found["msg"]).removeprefix("Value error, ")[:_LONGEST]
    return Diagnostic(
        Code.WEB_INPUT, f"`{name}`: {said}", None, "", "/api/v1/settings says what each input takes."
    )


def _of_http(request: Request, error: HTTPException) -> Diagnostic:
    if error.status_code == 404:
        return Diagnostic(
            Code.WEB_NOT_FOUND,
            "there is nothing at this address",
            None,
            "",
            "/api/v1/openapi.json lists what there is.",
        )
    if error.status_code == 405:
        return Diagnostic(
            Code.WEB_INPUT,
            f"{request.method} is not for this address",
            None,
            "",
            "/api/v1/openapi.json says which method is.",
        )
    return Diagnostic(
        Code.WEB_INPUT, str(error.detail)[:_LONGEST], None, "", "Send what the schema asks for."
    )
