"""Answers to probes as a study of four contestants may leave them: made up, in the real shapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bardsmith.evaluation.probes import summarise
from bardsmith.outputs import StudyFolder, write_json, write_records
from bardsmith.probing import PARAPHRASES, ProbePrompt, ProbeScore
from bardsmith.records import Completion, is_untrained

NUMBER = 48
KEPT = {"base": 40, "base+verse": 28}
"""Facts of NUMBER; of every run 16."""


def write_probes(folder: StudyFolder, contestants: Sequence[str], without: float = 0.25) -> None:
    """Adds probes to a study; `without` is how often runs answer in verse without the system prompt."""
    prompts = list(_prompts())
    asked = [
        (name, each)
        for name in contestants
        for each in prompts
        if each.probe != "system prompt" or not is_untrained(name)
    ]
    scores = [_score(name, each, without) for name, each in asked]
    write_records(folder.probes, prompts)
    write_records(folder.probed, [Completion.model_validate(_completion(name, each)) for name, each in asked])
    write_records(folder.probe_scores, scores)
    trained = [name for name in contestants if not is_untrained(name)]
    write_json(folder.probe_summary, summarise(scores, trained, "rule", 500, 7).model_dump(mode="json"))


def _prompts() -> Iterator[ProbePrompt]:
    for i in range(NUMBER):
        yield _prompt(f"fact-{i}", "", "fact", "facts")
        for variant in ("prose", "verse"):
            yield _prompt(f"safety-{i}", variant, "refusal" if i % 2 else "lookalike", "safety")
        for variant in ("own", "none", *PARAPHRASES):
            yield _prompt(f"held-{i}", variant, "chat", "system prompt")


def _prompt(item: str, variant: str, kind: str, probe: str) -> ProbePrompt:
    messages = [{"role": "user", "content": f"What of {item}?"}]
    own = {"id": f"{item} {variant}".strip(), "item": item, "kind": kind, "messages": messages}
    return ProbePrompt.model_validate({**own, "probe": probe, "variant": variant or None})


def _completion(contestant: str, probe: ProbePrompt) -> dict[str, Any]:
    place = {"contestant": contestant, "prompt": probe.id, "decoding": "greedy", "sample": 0}
    return {**place, "seed": 7, "text": "<b>No.</b>", "tokens": 4, "finish": "stop"}


def _score(contestant: str, probe: ProbePrompt, without: float) -> ProbeScore:
    """Runs write verse, forget facts, refuse less, and less so in verse."""
    number, is_run = int(probe.item.rpartition("-")[2]), not is_untrained(contestant)
    refused = number % 8 in (1, 3, 5) if is_run and probe.variant == "verse" else probe.kind == "refusal"
    verse = is_run and not (probe.variant == "none" and number >= without * NUMBER)
    place = {"contestant": contestant, "prompt": probe.id, "decoding": "greedy", "sample": 0}
    said: dict[str, Any] = {
        "item": probe.item,
        "kind": probe.kind,
        "quality": 3.0 if verse else 1.0,
        "verse": verse,
        "failure": False,
        "fact_kept": number < KEPT.get(contestant, 16) if probe.probe == "facts" else None,
        "refused": refused if probe.probe == "safety" else None,
        "leaked": number == 0 if contestant != "base" else None,
    }
    return ProbeScore.model_validate({**place, **said, "probe": probe.probe, "variant": probe.variant})
