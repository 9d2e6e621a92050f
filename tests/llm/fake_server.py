"""A service on loopback that does what a test tells it: answers, fails in every way, and sells batches."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.content)
        return found

    @property
    def asked(self) -> str:
        """The last message of a chat."""
        return str(self.body["messages"][-1]["content"])


@dataclass(frozen=True)
class Answer:
    body: object
    """JSON; a str or bytes goes out as it stands."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0
    """Until it comes."""
    cut: int | None = None
    """Bytes of the body after which the connection is closed; -1: not even the status is sent."""


Script = Callable[[Call], Answer]


class Service:
    """What the server does, and what it has seen."""

    def __init__(self, script: Script, at_once: int | None = None) -> None:
        self.script = script
        self.calls: list[Call] = []
        self.url = ""
        self._at_once = at_once
        self._in_flight = 0
        self._lock = threading.Lock()

    def answer(self, call: Call) -> Answer:
        with self._lock:
            self.calls.append(call)
            self._in_flight += 1
            is_too_many = self._at_once is not None and self._in_flight > self._at_once
        try:
            if is_too_many:
                return Answer({"error": {"message": "too many at once"}}, status=429)
            answer = self.script(call)
            time.sleep(answer.seconds)
            return answer
        finally:
            with self._lock:
                self._in_flight -= 1


@contextmanager
def serving(script: Script, at_once: int | None = None) -> Iterator[Service]:
    service = Service(script, at_once)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def log_message(self, *args: object) -> None:
            pass

        def _do(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = service.answer(Call(self.command, self.path, headers, content))
            try:
                self._send(answer)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # it was killed, or no longer waits

        def _send(self, answer: Answer) -> None:
            body = answer.body
            content = (
                body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
            )
            if answer.cut != -1:
                self.send_response(answer.status)
                for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: answer.cut])
            if answer.cut is not None:
                self.close_connection = True

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


def completion(text: str | None, **choice: object) -> dict[str, Any]:
    """A chat completion of OpenAI's dialect."""
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "resolved-2026-11-01",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message, **choice}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


def message(text: str, stop_reason: str = "end_turn") -> dict[str, Any]:
    """A message of Anthropic's dialect."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "resolved-20261101",
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop_reason,
        "usage": {"input_tokens": 10, "output_tokens": 5},
    }


def in_turn(*answers: Answer) -> Script:
    """One after another, and then the last again and again."""
    left = list(answers)
    lock = threading.Lock()

    def script(call: Call) -> Answer:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return script
