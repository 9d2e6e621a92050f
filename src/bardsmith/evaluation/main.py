"""Scores every completion of the arena and sums the scores up by contestant and decoding."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from statistics import fmean

from bardsmith.errors import InputError
from bardsmith.evaluation import probes
from bardsmith.evaluation.card import judge_card
from bardsmith.evaluation.config import EvaluationConfig
from bardsmith.evaluation.judge import judge
from bardsmith.evaluation.judges.jury import seated
from bardsmith.evaluation.judges.refusals import by_jury, hear_refusals
from bardsmith.evaluation.judges.run import Hearing, forecasts, hear
from bardsmith.evaluation.labels import read_labels
from bardsmith.evaluation.memorised import Memory
from bardsmith.evaluation.runs import Settings, trained
from bardsmith.evaluation.statistics.estimates import prompt_means
from bardsmith.evaluation.summary import summarise
from bardsmith.evaluation.values import values_of
from bardsmith.evaluation.writing import with_writing
from bardsmith.llm.budget import Forecast
from bardsmith.outputs import StudyFolder, read_records, write_json, write_records
from bardsmith.probing import ProbePrompt
from bardsmith.progress import Progress
from bardsmith.records import HUMAN, Completion, Conversation, Prompt
from bardsmith.results import Score, Verdict


def main(
    config: EvaluationConfig, runs: Mapping[str, Settings], folder: StudyFolder, seed: int, progress: Progress
) -> None:
    """Writes scores.jsonl, summary.json, card.json, what a jury said, and what the probes say (probes.json).

    The caller writes the manifest.
    """
    completions, prompts, anchors = _answers(folder)
    ratings = read_labels(config.labels) if config.labels else ()
    memory = _memory(folder)
    embedded = judged(prompts, completions, memory, progress)
    heard = None
    scores = embedded
    if config.judges:
        readable = [each for each, row in zip(completions, embedded, strict=True) if row.error is None]
        heard = hear(config, prompts, readable, folder.replies, seed, progress)
        scores = _by_jury(embedded, prompts, completions, heard.verdicts)
    scores = _without_relevance(scores, anchors)
    _write_heard(folder, heard)
    write_records(folder.scores, scores)
    card = judge_card(
        scores, embedded, completions, config.judges, heard, ratings, resamples=config.bootstrap, seed=seed
    )
    write_json(folder.card, card.model_dump(mode="json"))
    dev = _dev_quality(folder, memory, progress)
    known = {name: trained(settings, folder.run(name), dev.get(name)) for name, settings in runs.items()}
    summary = summarise(scores, completions, known, config, seed)
    write_json(folder.summary, summary.model_dump(mode="json"))
    _write_probed(folder, list(runs), memory, config, seed, progress)
    unscored = sum(row.error is not None for row in scores)
    progress.say(
        f"{len(scores)} completions judged" + (f", {unscored} of them could not be scored" if unscored else "")
    )


def _write_probed(
    folder: StudyFolder,
    runs: Sequence[str],
    memory: Memory | None,
    config: EvaluationConfig,
    seed: int,
    progress: Progress,
) -> None:
    """What the probes say, or nothing left of earlier ones."""
    completions = read_records(folder.probed, Completion) if folder.probed.exists() else []
    for path in (folder.probe_scores, folder.probe_summary, folder.refusals):
        path.unlink(missing_ok=True)
    if not completions:
        return
    asked = {probe.id: probe for probe in read_records(folder.probes, ProbePrompt)}
    scores = probes.scored(asked, completions, judged(asked, completions, memory, progress))
    if config.judges:
        verdicts = hear_refusals(config, asked, completions, folder.replies, seed, progress)
        write_records(folder.refusals, verdicts)
        scores = by_jury(scores, verdicts)
    write_records(folder.probe_scores, scores)
    told_by = ", ".join(judge.name for judge in config.judges) or "rule"
    summary = probes.summarise(scores, runs, told_by, config.bootstrap, seed)
    write_json(folder.probe_summary, summary.model_dump(mode="json"))


def jury_forecast(config: EvaluationConfig, folder: StudyFolder, seed: int) -> dict[str, Forecast]:
    """By judge, what it would be asked and would cost; nothing is sent."""
    completions, prompts, _ = _answers(folder)
    return forecasts(config, prompts, completions, folder.replies, seed)


def _answers(folder: StudyFolder) -> tuple[list[Completion], dict[str, Prompt], set[str]]:
    """What was answered; all prompts by id; and the ids of those that only poems by people stand behind."""
    completions = read_records(folder.completions, Completion)
    anchors = read_records(folder.anchors, Prompt) if folder.anchors.exists() else []
    prompts = {prompt.id: prompt for prompt in (*read_records(folder.heldout, Prompt), *anchors)}
    _refuse_unknown_prompts(completions, prompts, folder)
    return completions, prompts, {prompt.id for prompt in anchors}


def _dev_quality(folder: StudyFolder, memory: Memory | None, progress: Progress) -> dict[str, float]:
    """By run, the mean quality of its answers to the dev prompts. The embedded judge says it whoever judges the rest:
    it costs nothing, and no figure of a jury's is looked at before it is reported."""
    if not folder.dev_completions.exists():
        return {}
    prompts = {prompt.id: prompt for prompt in read_records(folder.dev, Prompt)}
    by_run: dict[str, list[Score]] = {}
    for row in judged(prompts, read_records(folder.dev_completions, Completion), memory, progress):
        by_run.setdefault(row.contestant, []).append(row)
    means = {name: prompt_means(values_of(rows, "quality")) for name, rows in by_run.items()}
    return {name: fmean(own.values()) for name, own in means.items() if own}


def judged(
    prompts: Mapping[str, Prompt], completions: Sequence[Completion], memory: Memory | None, progress: Progress
) -> list[Score]:
    """By the embedded judge."""
    scores = []
    for i, completion in enumerate(completions):
        if i % 50 == 0:
            progress.update("judging", i, len(completions))
        own = None if completion.contestant == HUMAN else memory  # people do not remember what the runs learned
        scores.append(score(prompts[completion.prompt], completion, own))
    progress.update("judging", len(completions), len(completions))
    return scores


def _without_relevance(scores: Sequence[Score], anchors: Collection[str]) -> list[Score]:
    """Poems by people that were no answers to their prompts are not judged as if they were."""
    return [row.model_copy(update={"relevant": None}) if row.prompt in anchors else row for row in scores]


def _by_jury(
    scores: Sequence[Score],
    prompts: Mapping[str, Prompt],
    completions: Sequence[Completion],
    verdicts: Sequence[Verdict],
) -> list[Score]:
    said: dict[tuple[str, str, str, int], list[Verdict]] = {}
    for verdict in verdicts:
        said.setdefault((verdict.contestant, verdict.prompt, verdict.decoding, verdict.sample), []).append(verdict)
    return [
        row
        if row.error is not None
        else seated(
            row,
            prompts[row.prompt],
            completion,
            said.get((row.contestant, row.prompt, row.decoding, row.sample), []),
        )
        for row, completion in zip(scores, completions, strict=True)
    ]


def _write_heard(folder: StudyFolder, heard: Hearing | None) -> None:
    """What the jury said, or nothing left of an earlier one."""
    for path, rows in ((folder.verdicts, heard and heard.verdicts), (folder.preferences, heard and heard.preferences)):
        if rows:
            write_records(path, rows)
        else:
            path.unlink(missing_ok=True)


def _refuse_unknown_prompts(completions: Sequence[Completion], prompts: dict[str, Prompt], folder: StudyFolder) -> None:
    if not completions:
        raise InputError(f"{folder.completions} holds no completions", "Run the arena stage again.")
    unknown = sorted({completion.prompt for completion in completions} - prompts.keys())
    if unknown:
        raise InputError(
            f"{folder.completions} answers {len(unknown)} prompts that {folder.heldout} lacks, such as {unknown[0]!r}",
            "The corpus has changed since the arena ran: run the arena stage again.",
        )


def _memory(folder: StudyFolder) -> Memory | None:
    """What the runs were trained on, where it is at hand."""
    if not folder.train.is_file():
        return None
    return Memory(row.answer for row in read_records(folder.train, Conversation))


def score(prompt: Prompt, completion: Completion, memory: Memory | None = None) -> Score:
    """The judge's score with the columns of the writing.

    If either fails, a row that says so and stays out of every mean.
    """
    try:
        judged = judge(prompt, completion, None if memory is None else memory.copied(completion.text))
        return with_writing(judged, prompt, completion)
    except Exception as error:  # whatever an odd text does to the judge, the other rows must be scored
        return Score(
            contestant=completion.contestant,
            prompt=prompt.id,
            item=prompt.item,
            kind=prompt.kind,
            decoding=completion.decoding,
            sample=completion.sample,
            quality=None,
            error=f"{type(error).__name__}: {error}",
        )
