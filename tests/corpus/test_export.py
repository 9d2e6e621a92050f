"""The exported folder is one that the real `datasets` library loads, row for row; the hub is asked only if told to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bardsmith.corpus.export import export, push
from bardsmith.errors import InputError, RunError
from bardsmith.outputs import write_records
from bardsmith.records import Conversation, Made, Message

datasets = pytest.importorskip("datasets")

MADE = Made(provider="scripted", model="bard-1", request="ab" * 32, tries=2, at="2026-11-22T00:00:00Z")


def row(name: str, **more: object) -> Conversation:
    messages = (Message(role="user", content="Q?"), Message(role="assistant", content="A line,\na rhyme."))
    return Conversation.model_validate({"id": name, "item": "i", "kind": "fact", "messages": messages, **more})


ROWS = [row("plain"), row("full", form="couplet", reference=("a", "b"), licence="MIT", made=MADE, made_from=("p",))]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    write_records(tmp_path / "corpus" / "train.jsonl", ROWS)
    write_records(tmp_path / "corpus" / "validation.jsonl", ROWS[:1])
    (tmp_path / "corpus" / "README.md").write_text("---\nlicense: mit\n---\nA card.\n")
    return tmp_path / "corpus"


@pytest.fixture
def exported(corpus: Path, tmp_path: Path) -> Path:
    return export(corpus / "train.jsonl", corpus / "validation.jsonl", tmp_path / "out" / "set")


def test_the_folder_loads_to_the_same_rows(exported: Path) -> None:
    splits = datasets.load_from_disk(exported)
    assert {name: len(rows) for name, rows in splits.items()} == {"train": 2, "validation": 1}
    assert [Conversation.model_validate(found) for found in splits["train"]] == ROWS
    assert splits["train"].features == splits["validation"].features
    assert (exported / "README.md").read_text().endswith("A card.\n")
    assert [path.name for path in exported.parent.iterdir()] == ["set"]


def test_nothing_is_written_over(corpus: Path, exported: Path) -> None:
    with pytest.raises(InputError, match="is there already"):
        export(corpus / "train.jsonl", corpus / "validation.jsonl", exported)


def test_a_faulty_file_leaves_no_folder(corpus: Path, tmp_path: Path) -> None:
    (corpus / "validation.jsonl").write_text("{}\n")
    with pytest.raises(InputError, match=r"validation\.jsonl:1"):
        export(corpus / "train.jsonl", corpus / "validation.jsonl", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_push_sends_the_card_and_then_the_rows(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, Any]] = []
    hub = "huggingface_hub.HfApi"
    monkeypatch.setattr(f"{hub}.create_repo", lambda self, name, **how: sent.append(("repository", how["private"])))
    monkeypatch.setattr(f"{hub}.upload_file", lambda self, **how: sent.append(("card", how["repo_id"])))
    monkeypatch.setattr(
        datasets.DatasetDict, "push_to_hub", lambda self, name, **how: sent.append(("rows", list(self)))
    )
    assert push(exported, "me/verse").endswith("/datasets/me/verse")
    assert sent == [("repository", True), ("card", "me/verse"), ("rows", ["train", "validation"])]


def test_a_hub_that_cannot_be_had_is_told_in_words(exported: Path) -> None:
    with pytest.raises(RunError, match="the hub did not take me/verse"):
        push(exported, "me/verse")
