"""What is measured of an answer, each thing once and only when it is asked for: a judge reads a thousand in seconds."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from itertools import chain

from bardsmith.evaluation.facts import holds_any
from bardsmith.evaluation.relevance import Relevance, content_stems, relevance
from bardsmith.records import Completion, Prompt
from bardsmith.verse.lineation import stanzas
from bardsmith.verse.page.layout import Layout, layout
from bardsmith.verse.page.talk import diction
from bardsmith.verse.page.wrapping import unwrapped
from bardsmith.verse.rhyming.scheme import rhyme_strict
from bardsmith.verse.rhythm.regularity import regularity
from bardsmith.verse.rhythm.scansion import scan
from bardsmith.verse.soundness.completeness import Ending, ending
from bardsmith.verse.soundness.gibberish import gibberish
from bardsmith.verse.soundness.repetition import Repetition, repetition
from bardsmith.verse.soundness.variety import variety_of
from bardsmith.verse.soundness.wording import Wording, runs, wording

RUN = 4
"""Words of a run: repeats of runs are the loops of language models, and shared runs are copies."""
WINDOW = 50
"""Words among which the different ones are counted, so that a long text is not called monotonous for its length."""
_PART = re.compile(r".{1,200}\S*\s*", re.DOTALL)
"""Some 35 words, which are read for themselves where a text is said to be gibberish."""
_COMMAND = re.compile(r"\b(?:MUST|NEVER|ALWAYS|DO NOT|(?:ROLE|STYLE|OUTPUT|TASK|SYSTEM|INPUT|RESPONSE)(?: [A-Z]+)+)\b")
_TURN = re.compile(
    r"^\W{0,6}(?:user|human|ai|assistant|bot|system|prompt|question|query|input|output|response|answer)\b[^\n:]{0,16}:",
    re.IGNORECASE | re.MULTILINE,
)
_REFUSAL = re.compile(
    r"\W*(?:(?:i am|i'm|we are|we're) (?:so |very |really )?(?:sorry|afraid|unable)|sorry"
    r"|i (?:cannot|can't|can not|won't)|i (?:must|have to) decline|as an ai\b|i apologi[sz]e|unfortunately,? i)",
    re.IGNORECASE,
)
_FIRST_PERSON = frozenset(["i", "i'm", "i've", "i'd", "i'll", "me", "my", "mine", "myself"])
LONGEST_REFUSAL = 80
"""Words of a refusal that does nothing else."""


class Reading:
    """An answer beside its prompt. Any text is allowed; every measure is linear in its length."""

    def __init__(self, prompt: Prompt, completion: Completion) -> None:
        self.prompt = prompt
        self.completion = completion
        self.text = completion.text

    @cached_property
    def layout(self) -> Layout:
        return layout(self.text)

    @cached_property
    def repetition(self) -> Repetition:
        return repetition(self.text)

    @cached_property
    def gibberish(self) -> str:
        """Why it is no language, or ''. Names, lists and a foreign word or two in sound text are none."""
        reason = gibberish(self.text).reason
        if not reason:
            return ""
        noisy = sum(len(part) for part in _PART.findall(self.text) if gibberish(part).gibberish)
        return reason if noisy >= len(self.text) / 2 else ""

    @property
    def empty(self) -> bool:
        """Not a letter and not a figure."""
        return not any(map(str.isalnum, self.text))

    @cached_property
    def ending(self) -> Ending:
        return ending(self.text)

    @cached_property
    def relevance(self) -> Relevance:
        return relevance(self.prompt.question, self.text)

    @cached_property
    def fact_kept(self) -> bool | None:
        """None where no fact was asked."""
        return holds_any(self.text, self.prompt.reference) if self.prompt.reference else None

    @cached_property
    def poem(self) -> str:
        """The text without what stands round the poem."""
        return unwrapped(self.text).poem

    @cached_property
    def rhymed(self) -> float:
        """Share of the lines that rhyme by sound."""
        labels = rhyme_strict(self.poem)
        return sum(label != "-" for label in labels) / max(1, len(labels))

    @cached_property
    def steadiness(self) -> float:
        """Share of the lines that keep one measure."""
        meter = scan(self.poem)
        return regularity(meter.foot, [line.marks for line in meter.lines], meter.expected)

    @cached_property
    def prosaic(self) -> float:
        """How much likelier its words and pairs of words are in prose than in verse: tenths of a nat a word.

        Of public-domain poems 1 % lie above 0, of the starter corpus 5 % above 4, of answers in prose half above 8.
        """
        return diction(chain.from_iterable(stanzas(self.text)))

    @property
    def words(self) -> Wording:
        return wording(self.text)

    @cached_property
    def variety(self) -> float:
        """Share of different words in a window of WINDOW words, on average over the text (MATTR, Covington 2010)."""
        words = self.words.words
        if len(words) <= WINDOW:
            return len(set(words)) / max(1, len(words))
        counts = Counter(words[:WINDOW])
        total = len(counts)
        for gone, come in zip(words, words[WINDOW:], strict=False):
            counts[come] += 1
            counts[gone] -= 1
            if not counts[gone]:
                del counts[gone]
            total += len(counts)
        return total / (len(words) - WINDOW + 1) / WINDOW

    @cached_property
    def pet_word(self) -> tuple[str, int]:
        """The content word that stands in most lines, and in how many."""
        lines = Counter(stem for line in self.layout.lines for stem in content_stems(line))
        return max(lines.items(), key=lambda item: item[1], default=("", 0))

    @cached_property
    def leaked(self) -> str:
        """Instructions that were given to the model and stand in its answer, or another speaker's turn; or ''."""
        system = "\n".join(message.content for message in self.prompt.messages if message.role == "system")
        told = set(runs(wording(system).words, 2 * RUN))
        if told and any(run in told for run in runs(self.words.words, 2 * RUN)):
            return "it repeats its instructions"
        if len(_COMMAND.findall(self.text)) > 1:
            return "instructions to a model stand in it"
        if turns := _TURN.findall(self.text):
            return f"another turn stands in it, {turns[0].strip()}" if len(turns) > 1 else ""
        return ""

    @cached_property
    def twice(self) -> float:
        """The longest run of words that stood in it before, by all words: an answer that is given twice has a half."""
        return variety_of(self.text).longest_repeat

    @cached_property
    def fresh(self) -> int:
        """Different runs of words that neither stood before nor come from the question."""
        asked = set(runs(wording(self.prompt.question).words, RUN))
        return len(set(runs(self.words.words, RUN)) - asked)

    @cached_property
    def first_person(self) -> float:
        """Share of the words that are I, my and the like."""
        return sum(word in _FIRST_PERSON for word in self.words.words) / max(1, len(self.words.words))

    @property
    def refuses(self) -> bool:
        """A bare refusal: it begins with one and hardly goes on."""
        return len(self.words.words) <= LONGEST_REFUSAL and _REFUSAL.match(self.text) is not None
