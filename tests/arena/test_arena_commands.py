"""`bardsmith arena` as a person starts it: the page, the terminal, and what is said where something is missing."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bardsmith.outputs import StudyFolder
from bardsmith.results import ArenaRatings
from whole_study import COMMAND, Finished, bardsmith

WIDE = {**os.environ, "COLUMNS": "120"}


@pytest.fixture
def place(finished: Finished, tmp_path: Path) -> Path:
    """A copy of the finished study, to vote in."""
    shutil.copytree(finished.folder.root, tmp_path / "outputs" / "tiny")
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C cannot be sent to a child on Windows")
def test_the_page_is_served_at_the_address_that_is_told(place: Path) -> None:
    words = [*COMMAND, "arena", "tiny", "--no-browser", "--port", "0"]
    process = subprocess.Popen(words, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = process.stdout.readline()
        host = re.search(r"http://(127\.0\.0\.1:\d+)/", told)
        assert host, told
        connection = http.client.HTTPConnection(host.group(1), timeout=30)
        connection.request("GET", "/api/prompts")
        study = json.loads(connection.getresponse().read())
        connection.close()
        assert study["contestants"] == study["live"] == ["base", "lora", "dora"]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    finally:
        process.kill()
        process.communicate()


def test_voting_in_the_terminal(place: Path) -> None:
    keys = "z\n1\n2\nz\nx\ns\nnonsense\n0\nq\n"
    done = bardsmith("arena", "tiny", "--terminal", "--rater", "Ada", cwd=place, input=keys, env=WIDE)
    assert done.returncode == 0, done.stderr
    blind, _, told = done.stdout.rpartition("> ")
    assert "There is nothing to undo." in blind
    assert re.findall(r"\d+ of 1?\d", blind)[0] == "1 of 19"
    assert not re.search(r"\b(base|lora|dora)\b", blind)
    assert re.findall(r"(?:base|lora|dora) \| (?:base|lora|dora) {2}(.+)", told) == ["left", "both bad", "skip", "tie"]
    folder = StudyFolder(place / "outputs" / "tiny")
    ratings = ArenaRatings.model_validate_json(folder.arena_ratings.read_text(encoding="utf-8"))
    assert (ratings.votes, ratings.skipped, ratings.both_bad) == (3, 1, 1)
    again = bardsmith("arena", "tiny", "--terminal", "--rater", "Ada", cwd=place, input="", env=WIDE)
    assert "1 of 15" in again.stdout


def test_what_is_missing_is_answered_first(place: Path) -> None:
    """A run whose answers are gone is asked again, and only that one."""
    folder = StudyFolder(place / "outputs" / "tiny")
    before = folder.completions.read_bytes()
    folder.completions.unlink()
    kept = folder.arena / "parts" / "lora.jsonl"
    kept.write_text("".join(kept.read_text(encoding="utf-8").splitlines(keepends=True)[:7]), encoding="utf-8")
    done = bardsmith("arena", "tiny", "--terminal", "--rater", "Ada", cwd=place, input="", env=WIDE)
    assert done.returncode == 0, done.stderr
    assert "answers of lora: done" in done.stderr
    assert folder.completions.read_bytes() == before


def test_a_study_that_was_not_begun_is_told(tmp_path: Path) -> None:
    done = bardsmith("arena", "tiny", cwd=tmp_path)
    assert done.returncode == 2
    assert "no study tiny was begun" in done.stderr


def test_a_busy_port_is_told(place: Path) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = bardsmith("arena", "tiny", "--no-browser", "--port", port, cwd=place)
    assert done.returncode == 2
    assert f"127.0.0.1:{port} cannot be bound" in done.stderr
    assert "Traceback" not in done.stderr
