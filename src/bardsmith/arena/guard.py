"""What stands before the page: who may ask, and what a browser may do with the answer."""

from __future__ import annotations

import hmac
from collections.abc import Set
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
COOKIE = "bardsmith-arena"
LARGEST = 64 << 10
"""Bytes of a request's body."""


class Guard:
    """Lets through what comes from the page itself; without a token only what is addressed to `hosts`.

    The check of the host keeps out a foreign page whose name was made to point here (DNS rebinding), the check of the
    origin one that posts here. Where the page is bound to another address than loopback its hosts cannot be known, and
    a token takes their place: given once in the address, from then on in a cookie.
    """

    def __init__(self, app: ASGIApp, hosts: Set[str], token: str | None) -> None:
        self.app, self.hosts, self.token = app, hosts, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = self._admit(scope["path"], scope["query_string"].decode("latin-1"), Headers(scope=scope))
        answer = answer or self._refuse(scope["method"], Headers(scope=scope))
        await (answer or self.app)(scope, receive, send_with_headers)

    def _admit(self, path: str, query: str, headers: Headers) -> Response | None:
        """None if the request may pass on; else what is answered."""
        if self.token is None:
            if headers.get("host") in self.hosts:
                return None
            return PlainTextResponse("This page answers to its own address only.", 421)
        given = parse_qs(query).get("token", [""])[0]
        if path == "/" and _same(given, self.token):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(COOKIE, self.token, httponly=True, samesite="strict")
            return answer
        if _same(cookie_parser(headers.get("cookie", "")).get(COOKIE, ""), self.token):
            return None
        return PlainTextResponse("Open the address that bardsmith printed, with its token.", 401)

    def _refuse(self, method: str, headers: Headers) -> Response | None:
        if method in {"GET", "HEAD"}:
            return None
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != headers.get("host"):
            return PlainTextResponse("Requests from other pages are refused.", 403)
        if headers.get("content-type", "").partition(";")[0] != "application/json":
            return PlainTextResponse("Send JSON.", 415)
        length = headers.get("content-length", "")
        if not length.isdigit() or int(length) > LARGEST:
            return PlainTextResponse(f"At most {LARGEST} bytes.", 413)
        return None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
