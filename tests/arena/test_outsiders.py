"""Who is neither the base nor a run: a service's model, paid for once, and poems by people."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import bardsmith.arena.main as stage
from bardsmith.arena.config import ArenaConfig
from bardsmith.arena.contestants import VERSE
from bardsmith.arena.human import ASKED, human_answers
from bardsmith.arena.stored import read_stored
from bardsmith.errors import InputError, RunError
from bardsmith.models.config import ModelConfig
from bardsmith.outputs import StudyFolder, read_records, write_records
from bardsmith.progress import Silent
from bardsmith.records import AnswerPace, Completion, Message, Prompt

sys.path.insert(0, str(Path(__file__).parents[1] / "llm"))
from fake_server import Answer, Call, completion, serving

POEMS = [
    {"text": "The sea is loud,\nthe night is long.", "author": "A. Nobody", "title": "Sea", "licence": "CC0-1.0"},
    {"text": "I steep the tea\nand count to three.", "prompt": "p1"},
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudyFolder:
    """Three prompts; no base and no run answers them."""
    monkeypatch.setattr(stage, "run_worker", lambda *_: None)
    study = StudyFolder(tmp_path / "study")
    asked = [(Message(role="user", content=f"How do I make tea {i}?"),) for i in range(3)]
    prompts = [Prompt(id=f"p{i}", item=f"p{i}", kind="howto", messages=messages) for i, messages in enumerate(asked)]
    write_records(study.heldout, prompts)
    write_records(study.probes, [])
    return study


def answered(folder: StudyFolder, **settings: Any) -> list[Completion]:
    config = ArenaConfig.model_validate({"contestants": [], **settings})
    stage.main(config, ModelConfig(base="random:tiny"), [], folder, 0, Silent())
    return read_records(folder.completions, Completion)


def test_the_scripted_ceiling_answers_every_prompt_and_its_replies_are_kept(folder: StudyFolder) -> None:
    ceiling = {"provider": "scripted", "model": "verse"}
    first = answered(folder, ceiling=ceiling, samples=2)
    assert [(c.contestant, c.prompt, c.decoding, c.sample) for c in first] == [
        ("ceiling", f"p{i}", "sampled", sample) for i in range(3) for sample in range(2)
    ]
    assert all(c.made and c.made.provider == "scripted" and c.made.dollars == 0 for c in first)
    paces = read_records(folder.answer_pace, AnswerPace)
    assert [(pace.contestant, pace.answers) for pace in paces] == [("ceiling", 1)] * 6
    (folder.root.parent / "replies.sqlite").unlink()
    assert answered(folder, ceiling=ceiling, samples=2) == first, "nothing is asked again"
    assert read_records(folder.answer_pace, AnswerPace) == paces


def test_a_broken_off_ceiling_is_paid_for_once_and_asked_in_the_words_of_base_verse(folder: StudyFolder) -> None:
    calls: list[Call] = []
    broken = True

    def script(call: Call) -> Answer:
        calls.append(call)
        if broken and "tea 2" in json.dumps(call.body):
            return Answer({"error": {"message": "no such model"}}, status=404)
        return Answer(completion("Steep the leaf,\nbe brief."))

    with serving(script) as service:
        ceiling = {
            "provider": "openai-compatible", "model": "big", "base_url": f"{service.url}/v1", "concurrency": 1,
            "price": {"input": 1, "output": 2},
        }  # fmt: skip
        with pytest.raises(RunError, match="no such model"):
            answered(folder, ceiling=ceiling)
        assert not folder.completions.exists()
        broken = False
        found = answered(folder, ceiling=ceiling)
    asked = [json.dumps(call.body["messages"]) for call in calls]
    assert len(asked) == 4, "three prompts, one of them twice: it was refused at first"
    assert len(set(asked)) == 3
    assert all(json.loads(each)[0] == {"role": "system", "content": VERSE} for each in asked)
    assert [c.text for c in found] == ["Steep the leaf,\nbe brief."] * 3
    assert all(c.made is not None and c.made.dollars is not None and c.made.dollars > 0 for c in found)


def test_the_ceiling_is_never_a_model_of_this_machine() -> None:
    with pytest.raises(ValidationError, match="asked of a service"):
        ArenaConfig.model_validate({"ceiling": {"provider": "local", "model": "random:tiny"}})


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_poems_stand_behind_their_prompt_or_one_of_their_own(folder: StudyFolder, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"poems.{kind}"
    if kind == "jsonl":
        file.write_text("".join(json.dumps(poem) + "\n" for poem in POEMS), encoding="utf-8")
    else:
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, ["text", "prompt", "author", "title", "licence"])
            writer.writeheader()
            writer.writerows(POEMS)
    found = answered(folder, human=file)
    assert [(c.contestant, c.prompt, c.text) for c in found] == [
        ("human", "human-001", POEMS[0]["text"]),
        ("human", "p1", POEMS[1]["text"]),
    ]
    anchors = read_records(folder.anchors, Prompt)
    assert [(anchor.question, anchor.source, anchor.licence) for anchor in anchors] == [
        (ASKED, "A. Nobody, Sea", "CC0-1.0")
    ]
    stored = read_stored("s", folder)
    assert stored.contestants == ("human",)
    assert "human-001" in stored.prompts
    answered(folder)
    assert not folder.anchors.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"text": "a", "prompt": "p11"}\n', "Did you mean p1?"),
        ('{"poem": "a"}\n', "text: Field required"),
        ("", "holds no poem"),
    ],
)
def test_a_faulty_file_of_poems_is_told_with_its_remedy(
    folder: StudyFolder, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "poems.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        human_answers(file, read_records(folder.heldout, Prompt))
    assert said in str(caught.value)


def test_answers_to_dev_prompts_are_no_part_of_what_is_read_and_reported(
    folder: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runs alone are asked; the worker is played."""
    message = (Message(role="user", content="And coffee?"),)
    write_records(folder.dev, [Prompt(id="d0", item="d0", kind="howto", messages=message)])
    adapter = folder.run("lora") / "adapter" / "adapter_model.safetensors"
    adapter.parent.mkdir(parents=True)
    adapter.write_bytes(b"")

    def work(module: str, request: dict[str, Any], *_: object) -> None:
        for name in request["contestants"]:
            parts: dict[stage.What, list[str]] = {"answers": ["p2", "p0", "p1"], "probes": []}
            parts["dev"] = ["d0"] if name == "lora" and folder.dev.exists() else []
            told = {"contestant": name, "decoding": "sampled", "sample": 0, "seed": 0, "tokens": 1, "finish": "stop"}
            for what, prompts in parts.items():
                given = [Completion.model_validate({**told, "prompt": prompt, "text": prompt}) for prompt in prompts]
                write_records(stage.part_of(folder, name, what), given)

    monkeypatch.setattr(stage, "run_worker", work)
    config = ArenaConfig(contestants=("base",))
    stage.main(config, ModelConfig(base="random:tiny"), ["lora"], folder, 0, Silent())
    assert [(c.contestant, c.prompt) for c in read_records(folder.dev_completions, Completion)] == [("lora", "d0")]
    completions = read_records(folder.completions, Completion)
    assert [(c.contestant, c.prompt) for c in completions] == [(n, f"p{i}") for n in ("base", "lora") for i in range(3)]
    folder.dev.unlink()
    stage.main(config, ModelConfig(base="random:tiny"), ["lora"], folder, 0, Silent())
    assert not folder.dev_completions.exists()
