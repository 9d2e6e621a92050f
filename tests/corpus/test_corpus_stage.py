"""The stage gathers what is ready and what was made, proves it once more, mixes and splits it, and writes a card."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from fake_writer import couplets, poem

from bardsmith.corpus.config import CorpusConfig
from bardsmith.corpus.gates.objections import Objection, Rejected
from bardsmith.corpus.items import Item
from bardsmith.corpus.main import main
from bardsmith.corpus.reading import source_files
from bardsmith.corpus.sources.shapes import SourcePoem
from bardsmith.errors import InputError
from bardsmith.outputs import StudyFolder, read_manifest, read_records, write_records
from bardsmith.records import Conversation, Made, Message, Prompt

MADE = Made(provider="scripted", model="fake", request="0" * 64, tries=2, dollars=0.5, at="2026-01-03T08:00:00Z")


class Heard:
    def __init__(self) -> None:
        self.said: list[str] = []

    def update(self, task: str, done: int, total: int) -> None:
        pass

    def say(self, text: str) -> None:
        self.said.append(text)


def row(name: str, answer: str | None = None, **more: Any) -> Conversation:
    answer = answer or couplets(4, name)
    messages = (Message(role="user", content=f"Question {name}?"), Message(role="assistant", content=answer))
    given = {"item": name, "kind": "chat", "licence": "CC0-1.0", **more}
    return Conversation.model_validate({"id": name, "messages": messages, **given})


def build(tmp_path: Path, ready: list[Conversation], heard: Heard | None = None, **config: Any) -> StudyFolder:
    write_records(tmp_path / "ready.jsonl", ready)
    folder = StudyFolder(tmp_path / "study")
    if config.keys() & {"generate", "refine", "conversations", "replay"}:
        config = {"writer": {"provider": "scripted", "model": "verse"}, **config}
    settings = {"sources": [tmp_path / "ready.jsonl"] if ready else [], "validation_items": 1, **config}
    main(CorpusConfig.model_validate(settings), folder, 7, heard or Heard())
    return folder


def taken(folder: StudyFolder) -> dict[str, Conversation]:
    return {row.id: row for path in (folder.train, folder.validation) for row in read_records(path, Conversation)}


def rejected(folder: StudyFolder) -> dict[str, Rejected]:
    return {row.id: row for row in read_records(folder.corpus / "rejected.jsonl", Rejected)}


READY = [row(f"ready-{number}") for number in range(4)]


def test_near_duplicates_are_found_across_items_and_the_first_stays(tmp_path: Path) -> None:
    long = couplets(12, "long")
    again = row("again", long.replace("cat", "dog") + "\nAnd that is all there is to say, I fear.", made=MADE)
    folder = build(tmp_path, [*READY, row("first", long), again])
    assert "first" in taken(folder)
    assert set(rejected(folder)) == {"again"}
    found = rejected(folder)["again"]
    assert found.objections[0].gate == "duplicate"
    assert "the same as first" in found.objections[0].reason
    assert (found.tries, found.dollars) == (2, 0.5)


def test_what_was_made_is_read_and_refined_poems_stand_for_the_items(tmp_path: Path) -> None:
    corpus = StudyFolder(tmp_path / "study").corpus
    write_records(corpus / "poem_finetune_1.jsonl", [row("item-1", kind="poem")])
    write_records(corpus / "poem_refined_1x2.jsonl", [row(f"v{i}", item="item-1", made=MADE) for i in range(2)])
    write_records(corpus / "poem_real_conversations_1.jsonl", [row("talk", kind="howto", source="LIMA")])
    write_records(corpus / "poem_replay_1.jsonl", [row("own", kind="replay", form="couplet")])
    write_records(corpus / "poem_refined.part.jsonl", [])
    makings: dict[str, Any] = {"generate": {}, "refine": {}, "conversations": {}, "replay": {}}
    folder = build(tmp_path, READY[:1], **makings)
    assert set(taken(folder)) == {"ready-0", "v0", "v1", "talk", "own"}
    assert taken(folder)["talk"].source == "LIMA"
    assert taken(folder)["v0"].source == "poem_refined_1x2"
    alone = build(tmp_path, READY[:1], generate={})
    assert set(taken(alone)) == {"ready-0", "item-1"}
    assert set(taken(build(tmp_path, [], generate={}, refine={}, conversations={}))) == {"v0", "v1", "talk"}


def test_what_was_not_made_or_made_twice_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Make it with: bardsmith corpus refine"):
        build(tmp_path, READY, generate={}, refine={})
    corpus = StudyFolder(tmp_path / "study").corpus
    for number in (1, 2):
        write_records(corpus / f"poem_refined_{number}x6.jsonl", [])
    with pytest.raises(InputError, match=r"several: poem_refined_1x6\.jsonl, poem_refined_2x6\.jsonl"):
        build(tmp_path, READY, generate={}, refine={})


def test_copies_of_source_poems_and_of_known_verse_are_caught(tmp_path: Path) -> None:
    source, known = tmp_path / "source.jsonl", tmp_path / "known.csv"
    write_records(source, [poem(1), poem(2)])
    known.write_text(f'id,text\nk1,"{couplets(4, "known")}"\n', encoding="utf-8")
    stolen = [row("from-source", poem(2).text, made=MADE), row("from-known", couplets(4, "known"), made=MADE)]
    write_records(StudyFolder(tmp_path / "study").corpus / "poem_finetune_1.jsonl", [finetune(poem(1))])
    folder = build(
        tmp_path,
        [*READY, *stolen],
        generate={"sources": [{"reader": "poems", "path": source}]},
        known_verse=[{"reader": "poems", "path": known}],
    )
    assert {name: each.objections[0].gate for name, each in rejected(folder).items()} == {
        "from-source": "copied",
        "from-known": "copied",
    }
    assert "p1" in taken(folder), "what people wrote may stand as it is"


def finetune(source: SourcePoem) -> Conversation:
    return row(source.id, source.text, kind="poem", made_from=(source.id,))


def test_the_card_tells_what_failed_and_what_was_paid_while_rows_were_made(tmp_path: Path) -> None:
    corpus = StudyFolder(tmp_path / "study").corpus
    item = Item(id="p1", poem="p1", meaning="It is.", queries=("Why?",), text="A poem.", source="hand", made=MADE)
    write_records(corpus / "items.jsonl", [item])
    write_records(corpus / "poem_finetune_1.jsonl", [finetune(poem(1))])
    write_records(corpus / "poem_refined_1x1.jsonl", [row("v1", item="p1", made=MADE, licence="CC-BY-NC-4.0")])
    failed = Rejected(
        id="v2", item="p1", objections=(Objection(gate="form", reason="line 3 is short"),), tries=3, dollars=1, text="x"
    )
    write_records(corpus / "poem_refined.rejected.jsonl", [failed])
    folder = build(tmp_path, READY, generate={}, refine={})
    card = (folder.corpus / "README.md").read_text(encoding="utf-8")
    for told in (
        "| form | 1 | line 3 is short |", "$2.00 in all.", "7 replies", "| fake (scripted) | 1 |",
        "Not for commercial use: CC-BY-NC-4.0 (1).", "# study",
    ):  # fmt: skip
        assert told in card, told
    manifest = read_manifest(folder.corpus)
    assert manifest
    assert "README.md" in manifest.outputs
    read = {Path(name).name for name in manifest.inputs}
    assert {"ready.jsonl", "poem_refined_1x1.jsonl", "poem_refined.rejected.jsonl", "items.jsonl"} <= read


def test_a_file_that_decides_what_is_written_is_an_input(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    poems = {"reader": "poems", "path": tmp_path / "poems.jsonl"}
    for config in ({"known_verse": [poems]}, {"human_verse": poems}):
        assert tmp_path / "poems.jsonl" in source_files(CorpusConfig.model_validate(config), folder)


def test_the_mix_is_kept_and_its_shortfall_is_said_and_noted(tmp_path: Path) -> None:
    heard = Heard()
    rows = [row(f"p{i}", kind="poem") for i in range(9)] + [row(f"a{i}", kind="fact") for i in range(9)]
    folder = build(tmp_path, rows, heard, mix={"shares": {"poems": 0.75, "answers": 0.25}})
    kinds = [each.kind for each in taken(folder).values()]
    assert (kinds.count("poem"), kinds.count("fact")) == (9, 3)
    told = "mix: 6 items are left out, for there are only 9 of poems"
    assert heard.said[0].startswith(told)
    manifest = read_manifest(folder.corpus)
    assert manifest
    assert manifest.notes[0].startswith(told)
    assert manifest.counts["left_out_by_mix"] == 6
    with pytest.raises(InputError, match=r"has 2 usable items.*16 were left out by the mix"):
        build(tmp_path, rows, mix={"shares": "balanced", "items": 2}, validation_items=2)


def test_poems_of_ones_own_stand_on_the_card_beside_the_corpus(tmp_path: Path) -> None:
    human = tmp_path / "ours.jsonl"
    write_records(human, [poem(number) for number in range(120)])
    rows = [row(f"r{number}") for number in range(120)]
    folder = build(tmp_path, rows, human_verse={"reader": "poems", "path": human})
    card = (folder.corpus / "README.md").read_text(encoding="utf-8")
    assert "beside as many words of: ours.jsonl." in card
    assert "117 poets" not in card


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    config: dict[str, Any] = {"mix": {"shares": {"answers": 1}, "items": 3}}
    one = build(tmp_path / "a", READY, **config)
    other = build(tmp_path / "b", READY, **config)
    for name in ("train.jsonl", "validation.jsonl", "heldout.jsonl", "rejected.jsonl", "README.md"):
        assert (one.corpus / name).read_bytes() == (other.corpus / name).read_bytes(), name


def test_fifteen_hundred_rows_take_seconds(tmp_path: Path) -> None:
    rows = [row(f"r{number}", couplets(8, number), kind="poem", form="couplet") for number in range(1500)]
    started = time.process_time()
    folder = build(tmp_path, rows)
    assert time.process_time() - started < 30, "some ten seconds on one core"
    assert len(taken(folder)) + len(rejected(folder)) == 1500
    assert len(taken(folder)) > 1400


def test_dev_prompts_lie_apart_and_share_nothing_with_what_is_learned_or_tested(tmp_path: Path) -> None:
    folder = build(tmp_path, READY, held_out="test", dev_prompts="dev")
    dev, held_out = read_records(folder.dev, Prompt), read_records(folder.heldout, Prompt)
    assert (len(dev), len(held_out)) == (100, 300)
    assert {prompt.messages[0].role for prompt in dev} == {"system"}
    assert all(prompt.reference for prompt in (*dev, *held_out) if prompt.kind == "fact")
    manifest = read_manifest(folder.corpus)
    assert manifest is not None
    assert "dev.jsonl" in manifest.outputs
    build(tmp_path, READY)
    assert not folder.dev.exists()

    with pytest.raises(InputError, match="what chooses a run must not be what it is tested on"):
        build(tmp_path, READY, held_out="test", dev_prompts="test", held_out_prompts=5)
    twin = dev[0].model_copy(update={"id": "twin", "item": "twin", "messages": dev[0].messages[1:]})
    answer = Message(role="assistant", content=couplets(4, "twin"))
    learned = Conversation.model_validate({**twin.model_dump(), "messages": (*twin.messages, answer)})
    with pytest.raises(InputError, match="what is tested must not be learned"):
        build(tmp_path, [*READY, learned], dev_prompts="dev")
