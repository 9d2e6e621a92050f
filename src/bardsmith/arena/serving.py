"""Opens the page: binds an address, prints it, and serves until it is interrupted."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import webbrowser
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from bardsmith.arena.app import Arena, make_app
from bardsmith.errors import InputError

PORT = 8451
"""Taken where no port is asked for; if it is busy, any that is free."""


def serve(arena: Arena, host: str, port: int | None, browser: bool, say: Callable[[str], None]) -> None:
    """Serves the page. On another address than loopback it asks for a token, which is part of the address told."""
    listener = _bound(host, port)
    port = listener.getsockname()[1]
    token = None if is_loopback(host) else secrets.token_urlsafe(24)
    address = f"http://{_written(host)}:{port}/" + (f"?token={token}" if token else "")
    say(f"The arena of {arena.stored.study}: {address}\nEnd it with Ctrl+C; every vote is kept.")
    if browser:
        webbrowser.open(address)
    app = make_app(arena, hosts_of(host, port), token)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, ws="none", timeout_graceful_shutdown=2
    )
    with suppress(KeyboardInterrupt):  # the way to end it, and no mishap
        uvicorn.Server(config).run(sockets=[listener])


def hosts_of(host: str, port: int) -> frozenset[str]:
    """What a browser on this machine may call a server on loopback."""
    return frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]", _written(host)))


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _written(host: str) -> str:
    """As it stands in an address."""
    return f"[{host}]" if ":" in host else host


def _bound(host: str, port: int | None) -> socket.socket:
    """A listening socket. Raises InputError if the address cannot be had."""
    try:
        return listening(host, PORT if port is None else port)
    except OSError as error:
        if port is None:
            return listening(host, 0)
        raise InputError(
            f"{host}:{port} cannot be bound: {error.strerror or error}",
            "Give another --port; 0 takes any that is free.",
        ) from None


def listening(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # on Windows SO_REUSEADDR would share the port with another server
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener
