"""Items are browsed page by page, with scansion, rhyme letters, provenance and the loss mask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bardsmith.corpus.show import browse, show
from bardsmith.errors import InputError
from bardsmith.outputs import write_records
from bardsmith.records import Conversation, Made, Message

POEM = "The time you won your town the race\nWe chaired you through the market-place;"
MADE = Made(provider="scripted", model="bard-1", request="ab" * 32, tries=2, dollars=0.0012, at="2026-11-22T00:00:00Z")


def row(name: str, answer: str = POEM, **more: object) -> Conversation:
    messages = (
        Message(role="system", content="Be a bard."),
        Message(role="user", content=f"What of [b]{name}[/b]?"),
        Message(role="assistant", content=answer),
    )
    return Conversation.model_validate({"id": name, "item": f"of-{name}", "kind": "chat", "messages": messages, **more})


def as_tokens(conversation: Conversation) -> Iterator[tuple[str, bool]]:
    yield from (("<s>", False), ("What?\n", False), ("The", True), (" time", True), ("</s>", True), ("\n", False))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = row("made", form="couplet", reference=("race", "the race"), licence="CC0-1.0", source="me",
               made=MADE, made_from=("pd-1", "pd-2"))  # fmt: skip
    write_records(tmp_path / "rows.jsonl", [made, row("prose", "It was a race."), row("last")])
    return tmp_path / "rows.jsonl"


def typed(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    given = iter(keys)

    def answer(prompt: str = "") -> str:
        try:
            return next(given)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", answer)


def pages(shown: str) -> list[str]:
    """The ids of the pages, in the order in which they were shown."""
    return re.findall(r"(\w+)  \(\d of 3\)", shown)


def test_a_page_has_question_scansion_and_provenance(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show(file)
    shown = capsys.readouterr().out
    assert pages(shown) == ["made"]
    assert "user\nWhat of [b]made[/b]?" in shown
    assert "     \u00b7   /   \u00b7    /  \u00b7     /    \u00b7   /\na   The time you won your town the race" in shown
    assert "Form     couplet; asked for: couplet" in shown
    assert "Measure  iambic tetrameter" in shown
    assert "Must say race | the race" in shown
    assert "Source   me; licence: CC0-1.0" in shown
    assert "From     pd-1, pd-2" in shown
    assert "Made by  bard-1 (scripted), 2 tries, 0.0012 dollars, 2026-11-22T00:00:00Z" in shown
    assert f"Request  {'ab' * 32}" in shown
    assert "tokens" not in shown
    assert "\x1b[" not in shown


def test_prose_is_shown_as_it_stands(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show(file, id="prose")
    shown = capsys.readouterr().out
    assert "assistant\nIt was a race.\n\nVerse    no: " in shown
    assert "licence: not said" in shown


def test_the_loss_mask_says_what_is_read_what_is_learned_and_where_it_ends(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show(file, tokens=as_tokens)
    shown = capsys.readouterr().out
    assert "read, 2 tokens\n<s>|What?\u21b5\n" in shown
    assert "learned, 3 tokens\nThe| time|</s>\n" in shown
    assert "read, 1 token\n\u21b5\n" in shown
    assert "Tokens   6, of which 3 are learned\nEnds in  '</s>'" in shown


def test_the_first_few_and_no_more_than_there_are(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show(file, first=2)
    assert pages(capsys.readouterr().out) == ["made", "prose"]
    show(file, first=99)
    assert pages(capsys.readouterr().out) == ["made", "prose", "last"]


def test_the_keys_turn_the_pages(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "", "n", "n", "p", "1", "p", "last", "nowhere", "q", "n")
    browse(file)
    shown = capsys.readouterr().out
    assert pages(shown) == ["made", "prose", "last", "last", "prose", "made", "made", "last", "last"]
    assert "There is no nowhere. Enter next" in shown


def test_the_tokens_come_and_go_with_their_key_and_the_end_of_input_quits(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "t", "n", "t")
    browse(file, as_tokens)
    parts = capsys.readouterr().out.split(" of 3) ")
    assert ["Ends in" in part for part in parts[1:]] == [False, True, True, False]


@pytest.mark.parametrize(
    ("content", "id", "said"),
    [
        (None, None, "is no file"),
        ("\n", None, "is empty"),
        ('{"id": "x"}\n', None, r"rows\.jsonl:1: item"),
        (row("here").model_dump_json(), "there", r"no conversation 'there'\s+Its first is 'here'"),
    ],
)
def test_what_cannot_be_shown_is_told(tmp_path: Path, content: str | None, id: str | None, said: str) -> None:  # noqa: A002
    path = tmp_path / "rows.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=said):
        show(path, id)
