"""What there is to read and to vote on: prompts, every contestant's answers, and what the judge said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from statistics import fmean
from typing import NamedTuple

from bardsmith.errors import InputError
from bardsmith.outputs import StudyFolder, digest, read_manifest, read_records
from bardsmith.records import Completion, Decoding, Prompt
from bardsmith.results import Score, Verdict


class Place(NamedTuple):
    """Which answer of which contestant to which prompt."""

    prompt: str
    contestant: str
    decoding: Decoding
    sample: int


@dataclass(frozen=True)
class Stored:
    """A study's answers as they lie on the disk. Nothing here asks a model."""

    study: str
    prompts: Mapping[str, Prompt]
    contestants: tuple[str, ...]
    """In the study's order."""
    answers: Mapping[Place, Completion]
    scores: Mapping[Place, Score]
    """Empty where nothing was judged, or where the answers have changed since."""
    verdicts: Sequence[Verdict] = ()
    """What each judge of a jury said, where one was asked."""

    @cached_property
    def levels(self) -> dict[str, dict[Place, float]]:
        """By judge, the quality it gave, the mean of its repeats: whoever speaks in the scores, and a jury's judges."""
        given: dict[str, dict[Place, list[float]]] = {}
        rows: list[Score | Verdict] = [*self.scores.values(), *self.verdicts]
        for row in rows:
            if row.quality is not None:
                given.setdefault(row.judge, {}).setdefault(_place(row), []).append(row.quality)
        return {judge: {place: fmean(own) for place, own in by_place.items()} for judge, by_place in given.items()}

    def of(self, prompt: str, contestant: str) -> list[Place]:
        """A contestant's answers to a prompt, sampled before greedy."""
        return self._places.get((prompt, contestant), [])

    @cached_property
    def _places(self) -> dict[tuple[str, str], list[Place]]:
        found: dict[tuple[str, str], list[Place]] = {}
        for place in sorted(self.answers, key=lambda place: (place.decoding == "greedy", place.sample)):
            found.setdefault((place.prompt, place.contestant), []).append(place)
        return found

    def fingerprint(self, place: Place) -> str | None:
        """Of an answer's text, kept with each vote: a vote on a text that was replaced since is not counted."""
        completion = self.answers.get(place)
        return None if completion is None else sha256(completion.text.encode()).hexdigest()[:16]


def read_stored(study: str, folder: StudyFolder) -> Stored:
    """Reads a study folder. Raises InputError if a file is missing or answers a prompt that there is not."""
    anchors = read_records(folder.anchors, Prompt) if folder.anchors.exists() else []
    prompts = {prompt.id: prompt for prompt in (*read_records(folder.heldout, Prompt), *anchors)}
    completions = read_records(folder.completions, Completion)
    unknown = next((c.prompt for c in completions if c.prompt not in prompts), None)
    if unknown is not None:
        raise InputError(
            f"{folder.completions} answers {unknown!r}, which {folder.heldout} lacks",
            "The corpus has changed since the arena ran: run the arena stage again.",
        )
    scores = _scores(folder)
    return Stored(
        study=study,
        prompts=prompts,
        contestants=tuple(dict.fromkeys(c.contestant for c in completions)),
        answers={Place(c.prompt, c.contestant, c.decoding, c.sample): c for c in completions},
        scores={_place(score): score for score in scores},
        verdicts=_verdicts(folder) if scores else (),
    )


def _place(row: Score | Verdict) -> Place:
    return Place(row.prompt, row.contestant, row.decoding, row.sample)


def _verdicts(folder: StudyFolder) -> list[Verdict]:
    return read_records(folder.verdicts, Verdict) if folder.verdicts.exists() else []


def _scores(folder: StudyFolder) -> list[Score]:
    """The judge's scores if they are of these answers: an evaluation that came before them says nothing of them."""
    manifest = read_manifest(folder.evaluation)
    name = folder.completions.relative_to(folder.root).as_posix()
    if manifest is None or manifest.inputs.get(name) != digest(folder.completions):
        return []
    return read_records(folder.scores, Score)
