"""Which answers the report shows, and how: chosen by the prompts' places in their file, never by a result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from bardsmith.records import Prompt
from bardsmith.report.inputs import Results, Run, samples_by_prompt
from bardsmith.results import Score
from bardsmith.verse.notation import laid_out
from bardsmith.verse.poem import analyse

PRINTED_LINES = 12
PRINTED_CHARACTERS = 420
"""How much of an answer the PDF shows; the page shows all of it."""
WIDEST = 62
"""Characters of a scanned line that are shown."""
STEPS_SHOWN = 3


@dataclass(frozen=True)
class Answer:
    title: str
    """A contestant or a training step."""
    colour: str
    text: str
    printed: str
    """The beginning that fits on paper."""
    left_out: int
    """Characters of `text` that are not in `printed`."""
    judged: str
    notes: str


@dataclass(frozen=True)
class Example:
    id: str
    kind: str
    question: str
    answers: tuple[Answer, ...]


def examples(results: Results, count: int, colours: dict[str, str]) -> tuple[Example, ...]:
    """`count` held-out prompts spread over the kinds, with every contestant's first sampled answer."""
    chosen = spread_over_kinds(results.heldout, count)
    return tuple(
        Example(
            id=prompt.id,
            kind=prompt.kind,
            question=prompt.question,
            answers=tuple(_answer(results, name, prompt, colours[name]) for name in results.contestants),
        )
        for prompt in chosen
    )


@dataclass(frozen=True)
class Scanned:
    """A poem with a mark above each syllable and a rhyme letter before each line."""

    title: str
    colour: str
    question: str
    scansion: str
    left_out: int
    """Lines that are not shown."""
    judged: str
    notes: str


def best_and_worst(results: Results, colours: dict[str, str]) -> tuple[Scanned, ...]:
    """Of every trained contestant its best and its worst verse, by quality; of equals the one that rhymes more."""
    shown = []
    questions = {prompt.id: prompt.question for prompt in results.heldout}
    for name in results.trained:
        poems = [s for s in results.scores_of(name, "sampled") if s.verse and s.quality is not None and s.error is None]
        ranked = sorted(poems, key=lambda s: (-(s.quality or 0), -(s.rhyme or 0), s.prompt, s.sample))
        for word, score in (("best", ranked[0]), ("worst", ranked[-1])) if len(ranked) > 1 else ():
            text = results.completions_of(name)[score.prompt, score.decoding, score.sample].text
            scansion, left_out = scanned(text)
            shown.append(
                Scanned(
                    title=f"{name}: {word} poem",
                    colour=colours.get(name, ""),
                    question=questions.get(score.prompt, score.prompt),
                    scansion=scansion,
                    left_out=left_out,
                    judged=_judged(score),
                    notes="; ".join(score.notes),
                )
            )
    return tuple(shown)


def scanned(text: str) -> tuple[str, int]:
    """The first lines of a poem, each below its marks, and how many lines are left out."""
    poem = analyse(text)
    rows: list[str] = []
    for number, line in enumerate(poem.lines[:PRINTED_LINES]):
        marks = [" "] * len(line.text)
        for syllable in laid_out(line.text, line.meter, line.syllables):
            marks[syllable.nucleus] = "/" if syllable.strong else "\N{MIDDLE DOT}"
        if number and line.stanza != poem.lines[number - 1].stanza:
            rows.append("")
        text, above = line.text, "".join(marks)
        if len(text) > WIDEST:
            text, above = f"{text[:WIDEST]}\N{HORIZONTAL ELLIPSIS}", above[:WIDEST]
        letter = "" if line.rhyme == "-" else line.rhyme
        rows += [f"   {above}".rstrip(), f"{letter:<3}{text}"]
    return "\n".join(rows), max(0, len(poem.lines) - PRINTED_LINES)


def spread_over_kinds(prompts: Iterable[Prompt], count: int) -> list[Prompt]:
    """The first prompt of every kind, then the second of every kind, ..., `count` in all."""
    by_kind: dict[str, list[Prompt]] = {}
    for prompt in prompts:
        by_kind.setdefault(prompt.kind, []).append(prompt)
    rounds = chain.from_iterable(zip_longest(*by_kind.values()))
    return [prompt for prompt in rounds if prompt is not None][:count]


def while_training(runs: Sequence[Run], colours: dict[str, str]) -> tuple[Example, ...]:
    """The first sampled validation prompt of every run, answered early, midway and late in its training."""
    shown = []
    for run in runs:
        by_prompt = samples_by_prompt(run)
        if not by_prompt:
            continue
        samples = next(iter(by_prompt.values()))
        places = sorted({round(i * (len(samples) - 1) / (STEPS_SHOWN - 1)) for i in range(STEPS_SHOWN)})
        colour = colours.get(run.name, "")
        answers = tuple(shorten(f"step {samples[i].step}", colour, samples[i].text) for i in places)
        shown.append(Example(samples[0].prompt, run.name, samples[0].question, answers))
    return tuple(shown)


def shorten(title: str, colour: str, text: str, judged: str = "", notes: str = "") -> Answer:
    """The answer with a beginning of at most so many lines and characters, cut between words where it can be."""
    text = text.strip("\n")
    printed = "\n".join(text.split("\n")[:PRINTED_LINES])
    if len(printed) > PRINTED_CHARACTERS:
        start = printed[:PRINTED_CHARACTERS]
        printed = start.rsplit(maxsplit=1)[0] if " " in start else start
    return Answer(title, colour, text, printed, len(text) - len(printed), judged, notes)


def _answer(results: Results, contestant: str, prompt: Prompt, colour: str) -> Answer:
    completions = results.completions_of(contestant)
    drawn = sorted((key for key in completions if key[0] == prompt.id), key=lambda key: (key[1] != "sampled", key[2]))
    if not drawn:
        return shorten(contestant, colour, "", "no answer")
    _, decoding, sample = drawn[0]
    score = next(
        (s for s in results.scores_of(contestant, decoding) if (s.prompt, s.sample) == (prompt.id, sample)), None
    )
    judged = _judged(score) if score else "not scored"
    notes = "; ".join(score.notes) if score else ""
    return shorten(contestant, colour, completions[drawn[0]].text, judged, notes)


def _judged(score: Score) -> str:
    """`quality 3, verse, cut off`: what is as it should be goes without saying."""
    if score.error is not None or score.quality is None:
        return f"not scored: {score.error or 'no reason given'}"
    words = [f"quality {score.quality:g}"]
    words += [yes if flag else no for flag, yes, no in _flags(score) if flag is not None]
    return ", ".join(word for word in words if word)


def _flags(score: Score) -> tuple[tuple[bool | None, str, str], ...]:
    return (
        (score.verse, "verse", "not verse"),
        (score.complete, "", "cut off"),
        (score.looping, "loops", ""),
        (score.relevant, "", "beside the question"),
        (score.fact_kept, "fact kept", "fact lost"),
    )
