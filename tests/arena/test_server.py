"""The page's server: who is let in, what is told while answers are blind, and that nothing is lost in a crowd."""

from __future__ import annotations

import csv
import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from fake_arena import CONTESTANTS, Served, served

from bardsmith.arena.serving import is_loopback, listening
from bardsmith.results import ArenaRatings


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("arena")) as found:
        yield found


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def ask(arena: Served, path: str, body: object = None, method: str | None = None, **headers: str) -> Answer:
    """Asks as a script would; header names have `_` for `-`."""
    connection = http.client.HTTPConnection(urlsplit(arena.url).netloc, timeout=60)
    own = {"Content-Type": "application/json"} if body is not None else {}
    sent = {**own, **{name.replace("_", "-"): value for name, value in headers.items()}}
    data = None if body is None else json.dumps(body)
    connection.request(method or ("GET" if body is None else "POST"), path, body=data, headers=sent)
    answer = connection.getresponse()
    return Answer(answer.status, dict(answer.headers.items()), answer.read().decode())


def begun(arena: Served, rater: str, mode: str = "pairs", length: int = 5) -> str:
    return (
        f"/api/sessions/{ask(arena, '/api/sessions', {'rater': rater, 'mode': mode, 'length': length}).json['session']}"
    )


def cast(arena: Served, session: str, choice: str) -> Answer:
    token = ask(arena, session).json["token"]
    return ask(arena, f"{session}/vote", {"token": token, "choice": choice, "ms": 3})


def test_the_page_comes_with_a_strict_policy_and_says_nothing_of_the_server(arena: Served) -> None:
    answer = ask(arena, "/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in {name.lower() for name in answer.headers}


@pytest.mark.parametrize(
    "path",
    ["/../config.py", "/..%2fapp.py", "/%2e%2e/app.py", "/page/arena.js", "/arena.js/..", "//etc/passwd", "/app.py"],
)
def test_only_the_pages_own_files_are_served(arena: Served, path: str) -> None:
    assert ask(arena, path).status == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", "evil.example:80", ""])
def test_a_foreign_host_is_refused(arena: Served, host: str) -> None:
    assert ask(arena, "/", Host=host).status == 421


def test_localhost_is_no_foreign_host(arena: Served) -> None:
    assert ask(arena, "/", Host=f"localhost:{urlsplit(arena.url).port}").status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_a_post_from_another_page_is_refused(arena: Served, origin: str) -> None:
    assert ask(arena, "/api/scansion", {"text": "x"}, Origin=origin).status == 403
    assert ask(arena, "/api/scansion", {"text": "x"}, Origin=arena.url).status == 200


def test_forms_and_large_bodies_are_refused(arena: Served) -> None:
    assert ask(arena, "/api/scansion", {"text": "x"}, Content_Type="text/plain").status == 415
    assert ask(arena, "/api/scansion", {"text": "x" * 70_000}).status == 413
    assert ask(arena, "/api/scansion", {"text": "x" * 30_000}).status == 422
    assert ask(arena, "/api/sessions", {"rater": "Ada", "mode": "pairs", "length": 5, "more": 1}).status == 422


def test_names_are_not_told_before_the_end(arena: Served) -> None:
    """In no body and no header, nor where the vote is answered; afterwards they are."""
    session = begun(arena, "Blind", length=12)
    seen = [ask(arena, "/"), *(ask(arena, f"/{name}") for name in ("arena.js", "rate.js", "dom.js", "arena.css"))]
    for choice in ("left", "right", "tie", "both bad", "skip"):
        seen += [ask(arena, session), cast(arena, session, choice)]
    token = ask(arena, session).json["token"]
    seen += [ask(arena, f"{session}/undo", {"token": token}), ask(arena, f"{session}/undo", {"token": token})]
    told = " ".join(answer.text + str(answer.headers) for answer in seen).lower()
    assert not [name for name in CONTESTANTS if name in told]
    assert set(ask(arena, session).json["item"]) == {"kind", "messages", "texts"}
    assert any(name in ask(arena, f"{session}/end", {}).text for name in CONTESTANTS)


def test_a_stale_token_is_refused_and_changes_nothing(arena: Served) -> None:
    session = begun(arena, "Stale")
    first = ask(arena, session).json["token"]
    assert cast(arena, session, "left").status == 200
    before = ask(arena, session).json
    assert ask(arena, f"{session}/vote", {"token": first, "choice": "right", "ms": 1}).status == 409
    assert ask(arena, session).json == before
    assert ask(arena, "/api/sessions/nobody").status == 404


def test_200_clients_voting_at_once_lose_nothing(arena: Served) -> None:
    names = [f"client {number}" for number in range(200)]
    with ThreadPoolExecutor(200) as pool:
        sessions = list(pool.map(lambda name: begun(arena, name), names))
        answers = list(pool.map(lambda session: cast(arena, session, "left"), sessions))
    assert {answer.status for answer in answers} == {200}
    kept = [vote.rater for vote in arena.ballots.votes() if vote.rater.startswith("client")]
    assert sorted(kept) == sorted(names)
    with (arena.folder.arena / "votes.csv").open(encoding="utf-8", newline="") as file:
        assert sorted(row["rater"] for row in csv.DictReader(file) if row["rater"].startswith("client")) == sorted(
            names
        )


def test_ratings_are_told_and_kept_in_arena_json(arena: Served) -> None:
    session = begun(arena, "Rater", length=9)
    for _ in range(9):
        cast(arena, session, "left")
    found = ArenaRatings.model_validate(ask(arena, "/api/ratings").json)
    assert {entry.contestant for entry in found.ratings} == set(CONTESTANTS)
    assert ArenaRatings.model_validate_json(arena.folder.arena_ratings.read_text(encoding="utf-8")) == found


def test_reading_has_answers_scores_and_faults(arena: Served) -> None:
    listed = ask(arena, "/api/prompts").json
    assert listed["contestants"] == list(CONTESTANTS)
    page = ask(arena, f"/api/prompt?id={quote(listed['prompts'][0]['id'])}").json
    assert [(a["contestant"], a["decoding"]) for a in page["answers"]] == [
        (name, decoding) for name in CONTESTANTS for decoding in ("sampled", "greedy")
    ]
    assert page["answers"][0]["score"]["quality"] == 4
    assert page["answers"][2]["faults"] == ["cut off"]
    assert listed["prompts"][0]["faults"]["birch"] == ["cut off"]
    assert ask(arena, "/api/prompt?id=nothing").status == 400


def test_scansion_marks_beats_and_rhymes(arena: Served) -> None:
    text = "The curfew tolls the knell of parting day,\nThe ploughman homeward plods his weary way."
    found = ask(arena, "/api/scansion", {"text": text}).json
    first, second = found["lines"]
    assert first["rhyme"] == second["rhyme"] == "a"
    assert [strong for *_, strong in first["syllables"]] == [False, True] * 5
    assert first["text"][slice(*first["end"])] == "day"
    assert ask(arena, "/api/scansion", {"text": "Just a line."}).json["lines"] == []


def test_live_answers_come_piece_by_piece(arena: Served) -> None:
    answer = ask(arena, "/api/live", {"question": " Why? ", "contestants": ["alder", "cedar"]})
    events = [json.loads(line) for line in answer.text.splitlines()]
    assert "".join(event.get("text", "") for event in events if event["contestant"] == "alder") == (
        "You asked:\nWhy?\nand so I sing."
    )
    assert ask(arena, "/api/live", {"question": "Why?", "contestants": ["stranger"]}).status == 400


def test_another_address_asks_for_the_token(tmp_path: Path) -> None:
    with served(tmp_path, token="secret-token") as arena:
        assert ask(arena, "/").status == 401
        assert ask(arena, "/?token=wrong").status == 401
        assert ask(arena, "/api/prompts?token=secret-token").status == 401
        admitted = ask(arena, "/?token=secret-token")
        assert (admitted.status, admitted.headers["location"]) == (303, "/")
        cookie = admitted.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert ask(arena, "/api/prompts", Cookie=cookie.partition(";")[0]).status == 200
        assert (
            ask(arena, "/api/scansion", {"text": "x"}, Cookie=cookie.partition(";")[0], Origin="http://e").status == 403
        )


@pytest.mark.parametrize(("host", "loopback"), [("127.0.0.1", True), ("::1", True), ("localhost", True),
                                                ("0.0.0.0", False), ("192.168.1.2", False), ("::", False)])  # fmt: skip
def test_what_counts_as_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_free_port_is_taken_and_a_busy_one_refused() -> None:
    with listening("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        listening("127.0.0.1", first.getsockname()[1])


def test_the_web_process_loads_no_model() -> None:
    code = "import sys, bardsmith.arena.serving; print(sorted({'torch', 'transformers', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['numpy']"
