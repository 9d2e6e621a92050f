"""Files appear whole or not at all, and what a kill cut short is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from bardsmith.errors import InputError
from bardsmith.outputs import (
    Manifest,
    append_records,
    atomic,
    digests,
    finished_records,
    is_complete,
    origin,
    read_records,
    write_manifest,
    write_records,
    write_text,
)
from bardsmith.records import Conversation, Message, Prompt, seed_of

PROMPT = Prompt(id="a", item="a", kind="chat", messages=(Message(role="user", content="Why?\nAnd how?"),))


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "old")
    with pytest.raises(TypeError), atomic(path) as temporary:
        temporary.write_text("half of the new", encoding=7)  # type: ignore[arg-type]
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_records_read_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "prompts.jsonl"
    write_records(path, [PROMPT])
    append_records(path, [PROMPT])
    assert read_records(path, Prompt) == [PROMPT, PROMPT]
    assert path.read_text(encoding="utf-8").count("\n") == 2


def test_an_unfinished_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "prompts.jsonl"
    append_records(path, [PROMPT, PROMPT])
    path.write_text(path.read_text() + '{"id": "b", "it', encoding="utf-8")
    assert finished_records(path, Prompt) == [PROMPT, PROMPT]
    append_records(path, [PROMPT])
    assert read_records(path, Prompt) == [PROMPT] * 3


def test_all_faulty_lines_are_told_at_once_with_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [
        '{"id": "x", "item": "x", "kind": "chat", "messages": [{"role": "user", "content": "?"}]}',
        "this is no JSON",
        '{"id": "x", "item": "x", "kind": "ode", "form": "sonett", "messages": []}',
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_records(path, Conversation)
    told = str(caught.value)
    assert "rows.jsonl:1" in told
    assert "the last message must be the assistant's" in told
    assert "rows.jsonl:2: the line is not JSON" in told
    assert "'sonnet'" in told  # what is allowed
    assert told.count("rows.jsonl:3") == 3


def test_a_stage_is_complete_only_with_its_files_as_they_were(tmp_path: Path) -> None:
    write_text(tmp_path / "out.txt", "result")
    outputs = digests([tmp_path / "out.txt"], tmp_path)
    write_manifest(
        tmp_path, Manifest(stage="s", config={"a": 1}, inputs={}, outputs=outputs, seconds=1, origin=origin())
    )
    assert is_complete(tmp_path, {"a": 1}, {})
    assert not is_complete(tmp_path, {"a": 2}, {})
    assert not is_complete(tmp_path, {"a": 1}, {"in": "0"})
    write_text(tmp_path / "out.txt", "another")
    assert not is_complete(tmp_path, {"a": 1}, {})


def test_seeds_depend_on_every_part_and_on_their_order() -> None:
    assert len({seed_of(1, "a"), seed_of(1, "b"), seed_of(2, "a"), seed_of("a", 1), seed_of("1a")}) == 5
