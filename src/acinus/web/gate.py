"""The gate before every request: its size, its address's pace, its token; and the headers behind every answer."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections import OrderedDict
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from acinus.errors import Code, Diagnostic
from acinus.web.refusals import refusal_response
from acinus.web.server_settings import is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from acinus.web.server_settings import ServerSettings

__all__ = ["Gate"]

_COOKIE = "acinus_token"
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_MOST_ADDRESSES = 10_000
_PATIENCE = 20.0  # seconds for a request to arrive
_MODELS = "/api/v1/models"


class Gate:
    """Middleware that lets through what is small, slow and known, and marks what goes out."""

    def __init__(self, application: ASGIApp, settings: ServerSettings) -> None:
        self._application = application
        self._settings = settings
        self._pace = _Pace(settings.requests_per_second, settings.burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {key.lower() for key, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((k.encode(), v.encode()) for k, v in _HEADERS.items() if k.encode() not in own),
                ]
            await send(message)

        refused = self._refused(scope, headers)
        if refused is not None:
            await refused(scope, receive, marked)
            return
        cookie = self._token_in_query(scope)
        if cookie is not None:
            await marked({"type": "http.response.start", "status": 303, "headers": cookie})
            await marked({"type": "http.response.body", "body": b""})
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                body = await self._body(receive, self._largest(scope))
        except TimeoutError:
            await self._too_slow()(scope, receive, marked)
            return
        if body is None:
            await self._too_large(scope)(scope, receive, marked)
            return
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._application(scope, again, marked)

    async def _body(self, receive: Receive, largest: int) -> bytes | None:
        """Return the whole body, None if it is longer than allowed; what is small enough is kept at once."""
        parts, size = [], 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b""
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > largest:
                return None
            if not message.get("more_body", False):
                return b"".join(parts)

    def _largest(self, scope: Scope) -> int:
        """Return how many bytes of a request are read; a model is longer than anything else that is sent."""
        settings = self._settings
        return (
            settings.largest_model
            if settings.models and scope["path"].startswith(_MODELS)
            else settings.largest_body
        )

    def _refused(self, scope: Scope, headers: dict[str, str]) -> ASGIApp | None:
        if not self._known_host(headers.get("host", "")):
            return refusal_response(
                400,
                [
                    Diagnostic(
                        Code.WEB_TOKEN,
                        "the request names another host",
                        None,
                        "A page elsewhere could otherwise reach this server through a name of its own.",
                        "Use the address that the server printed.",
                    )
                ],
            )
        address = scope["client"][0] if scope.get("client") else ""
        wait = self._pace.wait(address)
        if wait > 0:
            return refusal_response(
                429,
                [
                    Diagnostic(
                        Code.WEB_TOO_OFTEN,
                        "too many requests from this address",
                        None,
                        f"{self._settings.requests_per_second:g} a second are answered.",
                        "Wait a moment.",
                    )
                ],
                {"Retry-After": str(int(wait) + 1)},
            )
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length[:12]) > self._largest(scope):
            return self._too_large(scope)
        if not self._has_token(scope, headers):
            return refusal_response(
                401,
                [
                    Diagnostic(
                        Code.WEB_TOKEN,
                        "this server asks for its token",
                        None,
                        "",
                        "Open the address that it printed when it started, or send `Authorization: Bearer <token>`.",
                    )
                ],
                {"WWW-Authenticate": "Bearer"},
            )
        return None

    def _known_host(self, host: str) -> bool:
        # A loopback server answers to loopback names only, so that no outside name can be pointed at it.
        if not is_loopback(self._settings.host):
            return True
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        return is_loopback(name.strip("[]")) or name == "testserver"

    def _has_token(self, scope: Scope, headers: dict[str, str]) -> bool:
        token = self._settings.token
        if not token:
            return True
        scheme, _, given = headers.get("authorization", "").partition(" ")
        offered = [given] if scheme.lower() == "bearer" else []
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(_COOKIE)
        except CookieError:
            morsel = None
        offered += [morsel.value] if morsel is not None else []
        offered += _query_token(scope)
        return any(hmac.compare_digest(one.encode(), token.encode()) for one in offered)

    def _token_in_query(self, scope: Scope) -> list[tuple[bytes, bytes]] | None:
        """Return the headers that turn a token in the address into a cookie, so that it leaves the address bar."""
        if not self._settings.token or not _query_token(scope) or scope["method"] != "GET":
            return None
        cookie = f"{_COOKIE}={self._settings.token}; HttpOnly; SameSite=Strict; Path=/"
        return [(b"location", b"/"), (b"set-cookie", cookie.encode()), (b"content-length", b"0")]

    def _too_slow(self) -> ASGIApp:
        return refusal_response(
            408,
            [
                Diagnostic(
                    Code.WEB_TOO_LARGE,
                    "the request did not come to its end",
                    None,
                    f"It has {_PATIENCE:g} s.",
                    "Send it at once.",
                )
            ],
        )

    def _too_large(self, scope: Scope) -> ASGIApp:
        return refusal_response(
            413,
            [
                Diagnostic(
                    Code.WEB_TOO_LARGE,
                    "the request is too large",
                    None,
                    f"At most {self._largest(scope)} bytes are read.",
                    "Ask for less at once.",
                )
            ],
        )


def _query_token(scope: Scope) -> list[str]:
    return parse_qs(scope["query_string"].decode("latin-1")).get("token", [])[:1]


class _Pace:
    """How fast each address asks: a bucket of `burst` that fills at `rate` a second."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """Take one from the bucket of an address; return the seconds to wait, s, where it is empty."""
        now = time.monotonic()
        level, then = self._buckets.pop(address, (self._burst, now))
        level = min(self._burst, level + (now - then) * self._rate)
        allowed = level >= 1.0
        self._buckets[address] = (level - 1.0 if allowed else level, now)
        while len(self._buckets) > _MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - level) / self._rate
