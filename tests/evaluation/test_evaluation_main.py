"""The evaluation stage on files: order, shapes, a failing row, and faults of the user."""

from __future__ import annotations

from pathlib import Path

import pytest

import bardsmith.evaluation.main as stage
from bardsmith.errors import InputError
from bardsmith.evaluation.config import EvaluationConfig
from bardsmith.evaluation.judge import judge
from bardsmith.outputs import StudyFolder, read_records, write_records
from bardsmith.progress import Silent
from bardsmith.records import Completion, Conversation, Decoding, Made, Message, Prompt
from bardsmith.results import Score, Summary

VERSE = "Rinse the rice in a bowl until clear,\nor the starch will glue it, I fear."
PAID = Made(provider="openai", model="big", request="ab", tries=1, dollars=0.125, at="2026-01-01")
PROSE = "Rinse the rice and boil it for twelve minutes."


def _prompt(number: int) -> Prompt:
    return Prompt(
        id=f"p{number}",
        item=f"i{number}",
        kind="fact" if number == 0 else "howto",
        messages=(Message(role="user", content="How do I cook rice?"),),
        reference=("bowl",) if number == 0 else (),
    )


def _completion(contestant: str, number: int, decoding: Decoding, text: str) -> Completion:
    return Completion(
        contestant=contestant,
        prompt=f"p{number}",
        decoding=decoding,
        sample=0,
        seed=1,
        text=text,
        tokens=20,
        finish="stop",
    )


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    study = StudyFolder(tmp_path)
    write_records(study.heldout, [_prompt(i) for i in range(4)])
    decodings: tuple[Decoding, ...] = ("greedy", "sampled")
    write_records(
        study.completions,
        [
            _completion(contestant, i, decoding, VERSE if contestant == "lora" else PROSE)
            for contestant in ("lora", "base")
            for decoding in decodings
            for i in range(4)
        ],
    )
    return study


def _run(folder: StudyFolder) -> Summary:
    stage.main(EvaluationConfig(bootstrap=200), {"lora": {"name": "lora", "method": "lora"}}, folder, 0, Silent())
    return Summary.model_validate_json(folder.summary.read_text(encoding="utf-8"))


def test_scores_stand_in_the_order_of_completions(folder: StudyFolder) -> None:
    _run(folder)
    scores, completions = read_records(folder.scores, Score), read_records(folder.completions, Completion)
    assert [(s.contestant, s.decoding, s.prompt) for s in scores] == [
        (c.contestant, c.decoding, c.prompt) for c in completions
    ]
    assert scores[0].item == "i0"


def test_the_summary_orders_contestants_and_compares_with_the_base(folder: StudyFolder) -> None:
    summary = _run(folder)
    assert [(entry.contestant, entry.decoding) for entry in summary.contestants] == [
        ("lora", "sampled"), ("lora", "greedy"), ("base", "sampled"), ("base", "greedy"),
    ]  # fmt: skip
    lora, base = summary.contestants[0], summary.contestants[2]
    assert lora.measures["verse"].mean == 1
    assert lora.measures["verse"].low < 1
    assert lora.measures["fact_kept"].prompts == 1
    assert lora.difference_to_base["verse"].mean == 1
    assert lora.difference_to_base["quality"].prompts == 4
    assert base.measures["quality"].mean == 1
    assert "rhyme" not in base.measures
    assert base.difference_to_base == {}


def test_a_row_that_cannot_be_scored_stops_nothing_and_moves_no_mean(
    folder: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(prompt: Prompt, completion: Completion, copied: str | None) -> Score:
        if (completion.contestant, completion.prompt, completion.decoding) == ("lora", "p2", "sampled"):
            raise ValueError("odd text")
        return judge(prompt, completion, copied)

    monkeypatch.setattr(stage, "judge", failing)
    entry = _run(folder).contestants[0]
    assert [score.error for score in read_records(folder.scores, Score) if score.error] == ["ValueError: odd text"]
    for measure in ("quality", "verse", "lines"):
        assert (entry.measures[measure].prompts, entry.measures[measure].unscored) == (3, 1)
    assert entry.measures["verse"].mean == 1
    assert entry.difference_to_base["verse"].prompts == 3


def test_the_same_input_gives_the_same_bytes(folder: StudyFolder) -> None:
    _run(folder)
    first = folder.summary.read_bytes(), folder.scores.read_bytes()
    _run(folder)
    assert (folder.summary.read_bytes(), folder.scores.read_bytes()) == first


def test_a_changed_corpus_is_told_with_its_remedy(folder: StudyFolder) -> None:
    write_records(folder.heldout, [_prompt(0)])
    with pytest.raises(InputError) as caught:
        _run(folder)
    assert "p1" in caught.value.what
    assert "arena" in (caught.value.remedy or "")


def test_no_completions_is_a_fault(folder: StudyFolder) -> None:
    write_records(folder.completions, [])
    with pytest.raises(InputError, match="no completions"):
        _run(folder)


def test_a_copied_training_poem_leaves_the_mean_of_quality(folder: StudyFolder) -> None:
    copied = "\n".join(f"the {word} of the morning lay upon the hill" for word in ("light", "frost", "song"))
    messages = (Message(role="user", content="Write."), Message(role="assistant", content=copied))
    write_records(folder.train, [Conversation(id="t", item="t", kind="poem", messages=messages)])
    completions = read_records(folder.completions, Completion)
    write_records(folder.completions, [completions[0].model_copy(update={"text": copied}), *completions[1:]])
    summary = _run(folder)
    lora = next(entry for entry in summary.contestants if (entry.contestant, entry.decoding) == ("lora", "greedy"))
    assert lora.measures["memorised"].mean == 0.25
    assert lora.measures["quality"].prompts == 3
    assert lora.measures["verse"].prompts == 4
    first = read_records(folder.scores, Score)[0]
    assert (first.override, first.quality) == ("memorised", None)
    assert first.quality_raw is not None


def test_poems_by_people_are_an_anchor_that_no_comparison_holds(folder: StudyFolder) -> None:
    messages = (Message(role="user", content="Write a poem."),)
    write_records(folder.anchors, [Prompt(id="human-001", item="human-001", kind="poem", messages=messages)])
    completions = read_records(folder.completions, Completion)
    poem = completions[0].model_copy(
        update={"contestant": "human", "prompt": "human-001", "decoding": "sampled", "text": VERSE}
    )
    bought = [
        each.model_copy(update={"contestant": "ceiling", "made": PAID})
        for each in completions
        if (each.contestant, each.decoding) == ("lora", "sampled")
    ]
    write_records(folder.completions, [*completions, poem, *bought])
    summary = _run(folder)
    of = {entry.contestant: entry for entry in summary.contestants if entry.decoding == "sampled"}
    assert of["human"].measures["verse"].mean == 1
    assert "relevant" not in of["human"].measures
    assert of["human"].difference_to_base == {}
    assert not any("human" in (one.a, one.b) for one in (*summary.comparisons, *summary.exploratory))
    assert any("ceiling" in (one.a, one.b) for one in summary.exploratory)
    assert summary.components is not None
    assert (of["ceiling"].dollars, of["lora"].dollars, of["human"].dollars) == (0.5, None, None)


def test_the_dev_prompts_choose_and_move_no_reported_figure(folder: StudyFolder) -> None:
    before = _run(folder)
    write_records(folder.dev, [_prompt(7), _prompt(8)])
    texts = {"lora": VERSE, "other": PROSE}
    answers = [_completion(name, number, "sampled", text) for name, text in texts.items() for number in (7, 8)]
    write_records(folder.dev_completions, answers)
    after = _run(folder)
    assert after.dev_quality["lora"] > 2
    assert set(after.dev_quality) == {"lora"}, "of the study's runs only"
    assert after.model_copy(update={"dev_quality": {}}) == before
