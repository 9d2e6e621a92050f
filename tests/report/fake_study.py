"""A finished study in miniature: plausible result files in the real shapes, without a model."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from bardsmith.evaluation.config import EvaluationConfig
from bardsmith.evaluation.runs import Trained
from bardsmith.evaluation.summary import summarise
from bardsmith.outputs import Manifest, Origin, StudyFolder, write_json, write_manifest, write_records, write_text
from bardsmith.records import AnswerPace, Completion, Conversation, Kind, Message, Prompt
from bardsmith.results import Forgetting, Score

KINDS: tuple[Kind, ...] = ("fact", "howto", "chat", "summarize")
POEM = """The kettle sings, the morning wakes,
the butter melts on barley cakes;
so pour the tea and take your ease,
and mind the crumbs upon your knees."""
PROSE = "You should boil the water first. Then add the tea leaves, and wait for about four minutes before serving."
VERSE_SHARE = {"base": 0.06, "lora": 0.94, "dora": 0.92}


def write_study(
    root: Path,
    runs: Sequence[str] = ("lora", "dora"),
    failed: Sequence[str] = (),
    prompts: int = 20,
    greedy: bool = True,
    text: str | None = None,
    question: str | None = None,
    untrained: Sequence[str] = (),
) -> StudyFolder:
    """Writes the folder of a study; `text` stands in place of every completion, `question` of every prompt."""
    folder = StudyFolder(root)
    heldout = [_prompt(i, question) for i in range(prompts)]
    conversations = [_conversation(i) for i in range(30)]
    write_text(folder.study, yaml.safe_dump(_spec(runs, greedy), sort_keys=False))
    write_records(folder.train, conversations[:24])
    write_records(folder.validation, conversations[24:])
    write_records(folder.heldout, heldout)
    write_manifest(folder.corpus, _manifest("corpus", counts={"read": 34, "kept": 30, "too_long": 4}))
    for name in runs:
        if name in failed:
            failure = {"what": "the GPU's memory was full at step 3", "remedy": "Set batch_size: 1."}
            write_json(folder.run(name) / "failure.json", failure)
        else:
            _write_training(folder, name, conversations[24].question)
    contestants = ["base", *untrained, *(name for name in runs if name not in failed)]
    decodings = ("sampled", "greedy") if greedy else ("sampled",)
    answers = [_answer(c, p, d, text) for c in contestants for d in decodings for p in heldout]
    write_records(folder.completions, [completion for completion, _ in answers])
    paces = (AnswerPace(contestant=name, answers=prompts, tokens=40 * prompts, seconds=4.0) for name in contestants)
    write_records(folder.answer_pace, paces)
    scores = [score for _, score in answers]
    write_records(folder.scores, scores)
    kept = Forgetting(perplexity_ratio=1.25, facts_base=0.8, facts=0.7)
    trained = {name: Trained("dora" in name, {"rank": 16}, 0.5, None, kept) for name in contestants if name in runs}
    summary = summarise(scores, [completion for completion, _ in answers], trained, EvaluationConfig(bootstrap=500), 7)
    write_json(folder.summary, summary.model_dump(mode="json"))
    write_manifest(folder.arena, _manifest("arena", seconds=61.0))
    write_manifest(folder.evaluation, _manifest("evaluation", seconds=2.5))
    return folder


def _spec(runs: Sequence[str], greedy: bool) -> dict[str, Any]:
    settings = {"rank": 16, "alpha": 32.0, "learning_rate": 0.0005, "epochs": 1.0, "target_modules": "all-linear"}
    return {
        "name": "fake-study",
        "description": "A study that was never run; its numbers are made up for tests.",
        "seed": 7,
        "model": {"base": "embedded:smollm2-135m", "dtype": "auto", "revision": None},
        "corpus": {"system_prompt": "You are a bard; answer only in verse.", "sources": ["starter"]},
        "training": {
            "runs": [{"name": name, "method": "dora" if "dora" in name else "lora", **settings} for name in runs],
            "sampling": {"temperature": 0.7, "max_new_tokens": 96},
        },
        "arena": {
            "sampling": {"temperature": 0.7, "top_p": 0.95, "max_new_tokens": 96},
            "samples": 1,
            "greedy": greedy,
        },
        "evaluation": {"bootstrap": 10_000},
    }


def _manifest(stage: str, counts: dict[str, int] | None = None, seconds: float = 12.0) -> Manifest:
    return Manifest(
        stage=stage,
        config={},
        inputs={"corpus/train.jsonl": "ab" * 32, "/home/somebody/poems.jsonl": "cd" * 32},
        outputs={"file.jsonl": "ef" * 32},
        counts=counts or {},
        seconds=seconds,
        origin=Origin(
            bardsmith="0.1.0",
            python="3.11.7",
            platform="linux x86_64",
            packages={"torch": "2.13.0", "peft": "0.21.2"},
            commit="0123456789abcdef0123456789abcdef01234567",
            dirty=False,
        ),
    )


def _write_training(folder: StudyFolder, name: str, question: str) -> None:
    noise = random.Random(name)
    lines: list[dict[str, Any]] = []
    samples = []
    lines.append({"step": 0, "prose_perplexity": 20.0, "facts_known": 0.8})
    for step in range(1, 41):
        loss = 2.2 + 1.4 * 0.93**step + noise.gauss(0, 0.06)
        lines.append({"step": step, "loss": loss, "learning_rate": 0.0005, "grad_norm": 1.2 + noise.random()})
        if step % 10 == 0:
            verse = min(1.0, 0.2 * step / 10 + 0.2 + noise.random() * 0.1)
            memory = {"prose_perplexity": 25.0, "facts_known": 0.7, "validation_score": verse}
            lines.append({"step": step, "validation_loss": loss + 0.1, "validation_verse": verse, **memory})
            text = POEM if step > 20 else PROSE
            samples.append({"step": step, "prompt": "row-24", "question": question, "text": text})
    run = folder.run(name)
    write_text(run / "metrics.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    write_text(run / "samples.jsonl", "".join(json.dumps(sample) + "\n" for sample in samples))
    notes = ("The checkpoint of step 40 was chosen.",)
    write_manifest(run, _manifest("training", counts={"steps": 40}, seconds=83.0).model_copy(update={"notes": notes}))


def _prompt(number: int, question: str | None) -> Prompt:
    kind = KINDS[number % len(KINDS)]
    return Prompt(
        id=f"held-out-{number:03}",
        item=f"item-{number}",
        kind=kind,
        messages=(Message(role="user", content=question or f"How do I make tea number {number}?"),),
        reference=("tea",) if kind == "fact" else (),
        licence="CC0-1.0",
    )


def _conversation(number: int) -> Conversation:
    messages = (
        Message(role="user", content=f"Tell me about cakes, part {number}."),
        Message(role="assistant", content=POEM),
    )
    return Conversation(
        id=f"row-{number}",
        item=f"cakes-{number}",
        kind=KINDS[number % len(KINDS)],
        form=("couplet", "quatrain", "ballad")[number % 3],
        messages=messages,
        licence="CC0-1.0",
        source="starter",
    )


def _answer(contestant: str, prompt: Prompt, decoding: Any, text: str | None) -> tuple[Completion, Score]:
    dice = random.Random(f"{contestant} {prompt.id} {decoding}")
    verse = dice.random() < VERSE_SHARE.get(contestant, 0.8)
    ended = dice.random() < 0.85
    completion = Completion(
        contestant=contestant,
        prompt=prompt.id,
        decoding=decoding,
        sample=0,
        seed=7,
        text=text if text is not None else (POEM if verse else PROSE * (1 if ended else 6)),
        tokens=40,
        finish="stop" if ended else "length",
    )
    score = Score(
        contestant=contestant,
        prompt=prompt.id,
        item=prompt.item,
        kind=prompt.kind,
        decoding=decoding,
        sample=0,
        quality=dice.choice((2, 3, 3, 4)) if verse else dice.choice((0, 1, 1)),
        verse=verse,
        complete=ended,
        looping=not ended,
        gibberish=False,
        relevant=dice.random() < 0.7,
        failure=not ended,
        fact_kept=dice.random() < 0.5 if prompt.reference else None,
        rhyme=dice.choice((0.5, 1.0)) if verse else None,
        meter=1.0 if verse else None,
        lines=4 if verse else 1,
        words=24,
        tokens=40,
        stock_words=dice.choice((0.0, 41.7)),
        notes=("quatrain rhymed aabb",) if verse else ("prose", "no line breaks"),
    )
    return completion, score
