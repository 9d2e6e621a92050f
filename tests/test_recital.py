"""`bardsmith verse` as a person and as a program use it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

POEM = "The time you won your town the race\nWe chaired you through the market-place;\n"


def bardsmith(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "bardsmith", *words], input=given, capture_output=True, check=False)


@pytest.fixture
def poem(tmp_path: Path) -> str:
    path = tmp_path / "poem.txt"
    path.write_text(POEM, encoding="utf-8")
    return str(path)


def test_a_poem_is_shown_with_its_beats_and_rhymes(poem: str) -> None:
    done = bardsmith("verse", poem)
    shown = done.stdout.decode()
    assert done.returncode == 0
    assert "a   The time you won your town the race" in shown
    assert shown.splitlines()[0] == "     \u00b7   /   \u00b7    /  \u00b7     /    \u00b7   /"
    assert "iambic tetrameter (a light syllable, then a beat: da-DUM)" in shown
    assert "aa; 100% of the lines rhyme to the ear" in shown
    assert "\x1b[" not in shown


def test_standard_input_and_json() -> None:
    found = json.loads(bardsmith("verse", "-", "--json", given=POEM.encode()).stdout)
    assert found["scheme"] == "aa"
    assert found["lines"][0]["meter"] == "-+-+-+-+"


def test_rows_in_rows_out(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    chat = [{"role": "user", "content": "a poem?"}, {"role": "assistant", "content": POEM}]
    rows.write_text(json.dumps({"id": "x", "text": "Just prose."}) + "\n\n" + json.dumps({"messages": chat}) + "\n")
    found = [json.loads(line) for line in bardsmith("verse", str(rows), "--batch").stdout.splitlines()]
    assert [(row["id"], row["is_verse"]) for row in found] == [("x", False), (3, True)]


def test_a_wrapper_and_an_empty_text_are_told() -> None:
    wrapped = bardsmith("verse", "-", given=f"Here is your poem:\n\n{POEM}".encode()).stdout.decode()
    assert "not shown: preamble (line 1 of the text)" in wrapped
    assert "There is no text" in bardsmith("verse", "-", given=b" \n").stdout.decode()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.txt", None, "there is no such file"),
        ("latin.txt", b"caf\xe9", "not UTF-8"),
        ("rows.jsonl", b'{"text": "a"}\n{"txet": "b"}\n', "rows.jsonl:2"),
    ],
)
def test_wrong_input_is_told_without_a_traceback(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    done = bardsmith("verse", str(path), *(["--batch"] if name == "rows.jsonl" else []))
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
