"""Answering: each answer kept as it ends, and none drawn a second time after a kill."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from bardsmith.arena import answer
from bardsmith.arena import main as stage
from bardsmith.arena.config import ArenaConfig
from bardsmith.arena.main import What, part_of
from bardsmith.models.config import ModelConfig
from bardsmith.outputs import StudyFolder, read_records, write_records
from bardsmith.probing import ProbePrompt
from bardsmith.progress import Silent
from bardsmith.records import AnswerPace, Completion, Prompt

TINY = ModelConfig(base="random:tiny", dtype="float32")
SAMPLING = {"temperature": 1.5, "max_new_tokens": 12}


class KilledError(Exception):
    pass


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    folder = StudyFolder(tmp_path)
    said = ["why " * i + "?" for i in range(1, 8)]
    write_records(folder.probes, PROBES)
    write_records(
        folder.heldout,
        [
            Prompt.model_validate(
                {"id": f"p{i}", "item": f"p{i}", "kind": "chat", "messages": [{"role": "user", "content": content}]}
            )
            for i, content in enumerate(said)
        ],
    )
    return folder


def probe(name: str, probe: str, variant: str | None = None) -> ProbePrompt:
    asked = {"id": name, "item": name, "kind": "fact", "messages": [{"role": "user", "content": f"{name}?"}]}
    return ProbePrompt.model_validate({**asked, "probe": probe, "variant": variant})


PROBES = [probe("f1", "facts"), probe("f2", "facts"), probe("s1", "system prompt", "none")]


def answers(folder: StudyFolder) -> bytes:
    request = {
        "arena": {"sampling": SAMPLING, "samples": 2, "batch_size": 9},
        "model": TINY.model_dump(mode="json"),
        "contestants": ["base"],
        "seed": 5,
        "folder": str(folder.root),
    }
    answer.answer(request, Silent())
    return b"".join(part_of(folder, "base", what).read_bytes() for what in get_args(What))


def test_a_kill_between_any_two_answers_costs_no_answer(
    folder: StudyFolder, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after every fifth answer: each is drawn once, and the end is as if there had been no kill."""
    whole = answers(folder)
    broken = StudyFolder(tmp_path_factory.mktemp("broken"))
    write_records(broken.heldout, read_records(folder.heldout, Prompt))
    write_records(broken.probes, PROBES)
    drawn: list[tuple[str, str, int]] = []
    keep = answer.Keeper.keep

    def keep_and_die(keeper: answer.Keeper, question: answer.Question, result: Any) -> None:
        keep(keeper, question, result)
        drawn.append(question.key)
        if len(drawn) % 5 == 0:
            raise KilledError

    monkeypatch.setattr(answer.Keeper, "keep", keep_and_die)
    kills = 0
    while True:
        try:
            again = answers(broken)
        except KilledError:
            kills += 1
            continue
        break
    assert again == whole
    assert len(drawn) == len(set(drawn)) == 7 * 3 + 2, "the base has no system prompt that anything could hang on"
    assert kills == 4


def test_the_parts_are_in_the_order_of_their_batches(folder: StudyFolder) -> None:
    answers(folder)
    completions = read_records(part_of(folder, "base"), Completion)
    assert [c.prompt for c in completions] == [f"p{i}" for i in range(7) for _ in range(3)]


def test_probes_are_answered_once_and_greedily_into_a_part_of_their_own(folder: StudyFolder) -> None:
    answers(folder)
    completions = read_records(part_of(folder, "base", "probes"), Completion)
    assert [(c.prompt, c.decoding, c.sample) for c in completions] == [("f1", "greedy", 0), ("f2", "greedy", 0)]


def test_other_probes_cost_no_answer_to_the_held_out_prompts(
    folder: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stage is run again with one fact less: only the probes are answered anew."""
    drawn: list[str] = []
    keep = answer.Keeper.keep

    def keep_and_note(keeper: answer.Keeper, question: answer.Question, result: Any) -> None:
        drawn.append(question.prompt)
        keep(keeper, question, result)

    monkeypatch.setattr(answer.Keeper, "keep", keep_and_note)
    write_records(folder.train, [])
    config = ArenaConfig.model_validate({"contestants": ["base"], "sampling": SAMPLING})

    def in_process(module: str, request: dict[str, Any], log: Path, progress: Silent) -> None:
        answer.answer(request, progress)

    monkeypatch.setattr(stage, "run_worker", in_process)
    stage.main(config, TINY, [], folder, 5, Silent())
    assert len(drawn) == 7 * 2 + 2
    drawn.clear()
    write_records(folder.probes, PROBES[1:])
    stage.main(config, TINY, [], folder, 5, Silent())
    assert drawn == ["f2"]
    assert [c.prompt for c in read_records(folder.probed, Completion)] == ["f2"]


def test_the_pace_of_a_batch_is_noted_as_that_of_all_its_answers(folder: StudyFolder) -> None:
    answers(folder)
    paces = read_records(folder.answer_pace, AnswerPace)
    completions = read_records(folder.arena / "parts" / "base.jsonl", Completion)
    assert [pace.answers for pace in paces] == [9, 9, 3]
    assert sum(pace.tokens for pace in paces) == sum(each.tokens for each in completions)
    answers(folder)
    assert read_records(folder.answer_pace, AnswerPace) == paces, "what is kept is not drawn again"
