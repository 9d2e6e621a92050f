"""The whole stage with a jury: the shipped fake, a server on loopback, kills, and what a study may not ask for."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from answers import PROSE, RHYMED
from pydantic import ValidationError

from bardsmith.errors import InputError
from bardsmith.evaluation.config import EvaluationConfig, JudgeConfig, family_of
from bardsmith.evaluation.main import main
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.prices import price_of
from bardsmith.outputs import StudyFolder, read_records, write_records
from bardsmith.progress import Silent
from bardsmith.records import Completion, Message, Prompt
from bardsmith.results import JudgeCard, Preference, Score, Summary, Verdict
from bardsmith.study.load import load_study

sys.path.insert(0, str(Path(__file__).parents[1] / "llm"))
from fake_server import Answer, Call, Script, completion, serving

CONCURRENCY = 4
KILLS = 2
OPINION = {"analysis": "It answers.", "answers": 2, "imagery": 3, "craft": 4, "voice": 3, "fault": "", "score": 4}


def filled(folder: Path, prompts: int = 6) -> StudyFolder:
    """An arena of a base in prose and a run in verse."""
    study = StudyFolder(folder / "study")
    asked = [
        Prompt(id=f"p{i}", item=f"i{i}", kind="chat", messages=(Message(role="user", content=f"Rice, part {i}?"),))
        for i in range(prompts)
    ]
    write_records(study.heldout, asked)
    write_records(
        study.completions,
        [
            Completion(
                contestant=contestant, prompt=prompt.id, decoding="sampled", sample=0, seed=1, tokens=9, finish="stop",
                text=f"{text}\nThis is part {prompt.id}." if text else "",
            )
            for contestant, text in (("base", PROSE), ("lora", RHYMED), ("mute", ""))
            for prompt in asked
        ],
    )  # fmt: skip
    return study


def evaluated(study: StudyFolder, **settings: object) -> tuple[list[Score], list[Verdict], JudgeCard]:
    main(EvaluationConfig.model_validate({"bootstrap": 100, **settings}), {}, study, 0, Silent())
    verdicts = read_records(study.verdicts, Verdict) if study.verdicts.exists() else []
    return read_records(study.scores, Score), verdicts, JudgeCard.model_validate_json(study.card.read_text("utf-8"))


def test_the_shipped_fake_judges_a_whole_arena(tmp_path: Path) -> None:
    study = filled(tmp_path)
    judges = [{"provider": "scripted", "model": "form"}, {"provider": "scripted", "model": "echo"}]
    scores, verdicts, card = evaluated(study, judges=judges, repeats=2, pairwise="base")
    assert len(verdicts) == 2 * 2 * 12, "the empty answers are judged by nobody"
    assert {score.judge for score in scores} == {"jury"}
    assert {(score.quality, score.override) for score in scores if score.contestant == "mute"} == {(0, "empty")}
    form, echo = card.judges[1], card.judges[2]
    assert (form.states, echo.states) == ({"scored": 24}, {"unreadable": 24})
    assert form.injections_scored == 60
    assert echo.injections_scored == 0
    preferences = read_records(study.preferences, Preference)
    assert {(each.first, each.second) for each in preferences} == {("lora", "base"), ("mute", "base")}
    assert form.swap_pairs == 12

    alone, _, _ = evaluated(filled(tmp_path / "alone"), judges=judges[:1], repeats=2)
    assert [score.quality for score in alone] == [score.quality for score in scores], "what is unreadable moves no mean"


def test_without_judges_nobody_is_asked_and_an_earlier_jury_leaves_nothing(tmp_path: Path) -> None:
    study = filled(tmp_path)
    evaluated(study, judges=[{"provider": "scripted", "model": "form"}], pairwise="base")
    scores, verdicts, card = evaluated(study)
    assert {score.judge for score in scores} == {"embedded"}
    assert (verdicts, study.preferences.exists()) == ([], False)
    assert [judge.name for judge in card.judges] == ["embedded"]
    assert card.overrides == {}
    assert card.rows == 18


def test_the_same_jury_gives_the_same_bytes(tmp_path: Path) -> None:
    study = filled(tmp_path)
    settings = {"judges": [{"provider": "scripted", "model": "form"}], "repeats": 2}
    written = []
    for _ in range(2):
        evaluated(study, **settings)
        written.append([path.read_bytes() for path in (study.scores, study.verdicts, study.card, study.summary)])
    assert written[0] == written[1]


def judge_on_the_wire() -> Script:
    """Judges by a table; an answer takes a while, so that a kill finds some on their way."""
    return lambda call: Answer(completion(json.dumps(OPINION)), seconds=0.03)


def _settings(url: str) -> dict[str, object]:
    judge = {"provider": "openai-compatible", "base_url": f"{url}/v1", "model": "qwen-fake", "concurrency": CONCURRENCY}
    return {"judges": [judge], "repeats": 2}


def run_stage(folder: Path, url: str) -> None:
    evaluated(StudyFolder(folder / "study"), **_settings(url))


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is for POSIX")
def test_a_kill_repeats_no_paid_verdict(tmp_path: Path) -> None:
    pytest.importorskip("openai")
    study, draw = filled(tmp_path), random.Random(3)
    with serving(judge_on_the_wire()) as service:
        for _ in range(KILLS):
            seen = len(service.calls)
            process = subprocess.Popen([sys.executable, __file__, str(tmp_path), service.url])
            wanted = seen + draw.randint(8, 20)
            while process.poll() is None and len(service.calls) < wanted:
                time.sleep(0.01)
            assert process.poll() is None, "it was killed in the middle"
            process.send_signal(signal.SIGKILL)
            process.wait()
        scores, verdicts, card = evaluated(study, **_settings(service.url))
        done = len(service.calls)
        with closing(sqlite3.connect(tmp_path / "replies.sqlite")) as store:
            (kept,) = store.execute("SELECT count(*) FROM replies").fetchone()
        assert done <= kept + KILLS * CONCURRENCY, "only what was on its way is asked for again"
        evaluated(study, **_settings(service.url))
        assert len(service.calls) == done, "a further run asks nothing"
    assert {verdict.state for verdict in verdicts} == {"scored"}
    assert {score.quality for score in scores if score.contestant == "lora"} == {4}
    assert {(score.quality, score.quality_raw) for score in scores if score.contestant == "base"} == {(2, 4)}
    assert card.judges[1].family == "qwen"


def test_garbage_refusals_and_injections_on_the_wire_move_no_mean(tmp_path: Path) -> None:
    pytest.importorskip("openai")

    def script(call: Call) -> Answer:
        text = call.body["messages"][0]["content"]
        if "part 0" in text:
            return Answer(completion("5/5, brilliant!"))
        if "part 1" in text:
            return Answer(completion("I'm sorry, but I can't judge this."))
        if "part 2" in text:
            return Answer(completion("", finish_reason="content_filter"))
        return Answer(completion(json.dumps(OPINION)))

    study = filled(tmp_path)
    with serving(script) as service:
        scores, verdicts, card = evaluated(study, **_settings(service.url))
    states = Counter(verdict.state for verdict in verdicts)
    assert states == {"scored": 12, "unreadable": 4, "refused": 8}
    lora = [score for score in scores if score.contestant == "lora"]
    assert [score.quality for score in lora] == [None, None, None, 4, 4, 4]
    summary = Summary.model_validate_json(study.summary.read_text("utf-8"))
    entry = next(each for each in summary.contestants if each.contestant == "lora")
    assert (entry.measures["quality"].mean, entry.measures["quality"].unscored) == (4, 3)
    assert entry.measures["verse"].unscored == 0
    assert card.judges[1].states == dict(states)


@pytest.mark.parametrize(
    ("provider", "model", "family"),
    [
        ("openai", "gpt-4.1-2025-04-14", "openai"),
        ("openrouter", "openai/gpt-oss-20b", "openai"),
        ("anthropic", "claude-sonnet-4-5", "anthropic"),
        ("openrouter", "meta-llama/Llama-3.3-70B", "meta"),
        ("openrouter", "somebody/newmodel", "somebody"),
        ("mistral", "mistral-small", "mistral"),
        ("openrouter", "mistralai/ministral-8b", "mistral"),
    ],
)
def test_families(provider: str, model: str, family: str) -> None:
    assert family_of(LlmConfig.model_validate({"provider": provider, "model": model})) == family


STUDY = """
name: verses
model: {base: "random:tiny", dtype: float32}
corpus:
  writer: {provider: openrouter, model: openai/gpt-oss-120b}
  generate: {sources: [{reader: starter}]}
evaluation:
  judges: [{provider: anthropic, model: claude-sonnet-4-5}, {provider: openai, model: JUDGE}]
training:
  runs: [{name: lora}]
"""


def test_a_judge_of_the_teachers_family_is_refused_when_the_study_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.replace("JUDGE", "gpt-4.1"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_study(path)
    assert "the judge openai/gpt-4.1 is of the same family (openai) as the writer of the corpus" in str(caught.value)
    path.write_text(STUDY.replace("{provider: openai, model: JUDGE}", "{provider: mistral, model: m}"), "utf-8")
    assert [judge.family for judge in load_study(path).evaluation.judges] == ["anthropic", "mistral"]


def test_a_jury_has_no_judge_twice_and_pairs_need_one() -> None:
    judge = {"provider": "scripted", "model": "form"}
    with pytest.raises(ValidationError, match="stands twice"):
        EvaluationConfig.model_validate({"judges": [judge, judge]})
    with pytest.raises(ValidationError, match="give judges"):
        EvaluationConfig(pairwise="base")
    assert JudgeConfig.model_validate(judge).sampling.temperature == 0


def test_the_jury_of_the_documents_can_be_asked() -> None:
    page = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    config = EvaluationConfig.model_validate(yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])["evaluation"])
    assert len({judge.family for judge in config.judges}) == 3
    assert all(price_of(judge) for judge in config.judges), "a budget needs a price"


if __name__ == "__main__":
    run_stage(Path(sys.argv[1]), sys.argv[2])
