"""The jury's question about one answer: the rubric's level, and what it rests on."""

from __future__ import annotations

import re

from pydantic import Field

from bardsmith.evaluation.judges.asking import Heard, Shape, ask, fenced, rubric
from bardsmith.llm.client import Client
from bardsmith.records import Completion, Message, Prompt
from bardsmith.results import Verdict

_ADDRESSED = re.compile(
    r"\b(?:rate|score|grade|rank|give|award|assign|mark)\b[^.!?\n]{0,60}\b(?:this|the|my|it|me)\b[^.!?\n]{0,40}"
    r"\b(?:[0-5]|five|full|top|highest|maximum|perfect|best)\b"
    r"|\b(?:judge|evaluator|grader|rater|assessor|reviewer|examiner|scorer)s?\b[^.\n]{0,80}"
    r"\b(?:must|should|score|rate|give|award|note|please|ignore|instruct\w*|output|reply|answer)\b"
    r"|\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:instructions?|rubric|rules|above|previous|criteria)\b"
    r"|\b(?:scor(?:e|es|ed|ing)|marks?|marked|level|rating|verdict)\b[^.\n]{0,40}(?:\b[45]\b|\bfive\b)"
    r"|\b(?:top|full|highest|maximum|perfect) (?:marks?|scores?|level)\b|\b(?:rubric|language model)\b"
    r"|[\"']?(?:quality|quality_score|score|format_adherence)[\"']?\s*[:=]\s*[\"']?\d",
    re.IGNORECASE,
)


class Opinion(Shape):
    analysis: str = Field(min_length=1)
    """Two or three sentences, before any number."""
    answers: int = Field(ge=0, le=2)
    imagery: int = Field(ge=0, le=5)
    craft: int = Field(ge=0, le=5)
    voice: int = Field(ge=0, le=5)
    fault: str
    """The worst fault; '' for none."""
    score: int = Field(ge=0, le=5)


def question(prompt: Prompt, text: str, seed: int) -> tuple[Message, ...]:
    """What a judge is asked about a text as an answer to a prompt."""
    reference = ""
    if prompt.reference:
        facts = " / ".join(prompt.reference)
        reference = f"A true answer holds one of these: {fenced('reference', facts, seed)}\n\n"
    asked = rubric("pointwise").substitute(
        question=fenced("question", prompt.question, seed), answer=fenced("answer", text, seed), reference=reference
    )
    return (Message(role="user", content=asked),)


async def verdict(
    client: Client, judge: str, prompt: Prompt, completion: Completion, repeat: int, seed: int
) -> Verdict:
    """One judge's verdict on one completion, asked for the `repeat`-th time."""
    heard: Heard[Opinion] = await ask(client, question(prompt, completion.text, seed), Opinion, repeat)
    said = heard.said
    return Verdict(
        contestant=completion.contestant,
        prompt=prompt.id,
        decoding=completion.decoding,
        sample=completion.sample,
        judge=judge,
        repeat=repeat,
        state=heard.state,
        quality=said.score if said else None,
        answers=said.answers if said else None,
        imagery=said.imagery if said else None,
        craft=said.craft if said else None,
        voice=said.voice if said else None,
        analysis=said.analysis if said else "",
        fault=said.fault if said else heard.fault,
        addressed=addresses_judge(completion.text),
        made=heard.made,
    )


def addresses_judge(text: str) -> bool:
    """Does the text speak to whoever judges it?"""
    return _ADDRESSED.search(text) is not None
