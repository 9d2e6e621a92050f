"""Who answers besides the runs, and how each is asked: the same question, with more or less said before it."""

from __future__ import annotations

from collections.abc import Sequence

from bardsmith.probing import ProbePrompt
from bardsmith.records import CEILING, HUMAN, Conversation, Message, Prompt, is_untrained

VERSE = "You are a bard. Answer everything in verse: lines of poetry and nothing else, and end when the poem is done."
"""What a model is asked for verse with where the prompt has no system message of its own."""
EXAMPLES = 3
"""Conversations that `base+examples` is shown."""


def asked(contestant: str, prompt: Prompt, examples: Sequence[Conversation]) -> tuple[Message, ...]:
    """The messages that the contestant answers.

    A run answers the prompt as it stands, as it was trained to. `base` is asked the bare question: what an untouched
    model does. `base+verse` is asked for verse in words, which is what any tuning must beat, and so is `ceiling`;
    `base+examples` is shown conversations in verse as well.
    """
    if contestant == "base":
        return _without_system(prompt.messages)
    if contestant in ("base+verse", CEILING):
        return _led(prompt.messages)
    if contestant == "base+examples":
        first, *rest = _led(prompt.messages)
        shown = [message for example in examples for message in _without_system(example.messages)]
        return (first, *shown, *rest)
    return prompt.messages


def put_to(contestant: str, probes: Sequence[ProbePrompt]) -> tuple[ProbePrompt, ...]:
    """The probes that a contestant is asked: what hangs on a system prompt only of who was trained under it."""
    return tuple(each for each in probes if each.probe != "system prompt" or not is_untrained(contestant))


def told_before(contestant: str, prompt: Prompt) -> str:
    """What the contestant was told before the question, in words for the page; '' for people, who were not asked."""
    if contestant == HUMAN:
        return ""
    first = asked(contestant, prompt, ())[0]
    if first.role != "system":
        return "Nothing: it was asked the bare question."
    shown = "\nAnd it was shown conversations in verse." if contestant == "base+examples" else ""
    return first.content + shown


def chosen_examples(train: Sequence[Conversation]) -> tuple[Conversation, ...]:
    """The first conversations in verse of EXAMPLES different kinds, or as many as there are, of one turn each.

    The training set shares no item with the held-out prompts, so no answer is given away.
    """
    by_kind: dict[str, Conversation] = {}
    for row in train:
        if row.kind != "replay" and len(_without_system(row.messages)) == 2:
            by_kind.setdefault(row.kind, row)
    return tuple(by_kind.values())[:EXAMPLES]


def _without_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(message for message in messages if message.role != "system")


def _led(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    return messages if messages[0].role == "system" else (Message(role="system", content=VERSE), *messages)
