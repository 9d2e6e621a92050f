"""Is a conversation read as it was written, and in training as it will be asked?"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from bardsmith.errors import InputError
from bardsmith.models.rendering import RenderingError, Row, render_example, render_prompt
from bardsmith.records import CheckName, Conversation, Finding, Message
from bardsmith.training.preflight.found import refusal, share

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

AROUND = 12
"""Tokens that are shown about a difference."""


def rendered(
    tokenizer: PreTrainedTokenizerBase, conversations: Sequence[Conversation]
) -> tuple[list[Row], list[Finding]]:
    """Every row whole, as far as the template renders it, and a finding for each way in which it does not."""
    rows, failed, first = [], dict[CheckName, list[str]](), dict[CheckName, InputError]()
    for conversation in conversations:
        try:
            rows.append(render_example(tokenizer, conversation))
        except InputError as error:
            check: CheckName = error.check if isinstance(error, RenderingError) else "unrenderable-rows"
            failed.setdefault(check, []).append(conversation.id)
            first.setdefault(check, error)
    findings = [
        refusal(
            check,
            f"{share(len(names), len(conversations))} cannot be trained on; the first: {first[check].what}",
            first[check].remedy or "Mend these rows.",
            names,
        )
        for check, names in failed.items()
    ]
    return rows, findings


def double_bos(rows: Sequence[Row], bos: int | None, eos: int | None) -> Iterator[Finding]:
    """Rows that begin twice: the template writes a beginning-of-sequence token, and the tokenizer adds another."""
    if bos is None or bos == eos:
        return
    double = [row.id for row in rows if any(pair == (bos, bos) for pair in pairwise(row.input_ids))]
    if double:
        yield refusal(
            "double-bos",
            f"{share(len(double), len(rows))} have more than one beginning-of-sequence token in a row",
            "Tokenise rendered text with add_special_tokens=False, or take the token out of the chat template.",
            double,
        )


def round_trip(
    tokenizer: PreTrainedTokenizerBase, rows: Sequence[Row], conversations: Mapping[str, Conversation]
) -> Iterator[Finding]:
    """Rows whose tokens do not spell, in order, what the conversation of that id says, line breaks included."""
    lost = {}
    for row in rows:
        text = _comparable(tokenizer.decode(row.input_ids, clean_up_tokenization_spaces=False))
        said = _first_unsaid(text, conversations[row.id].messages)
        if said is not None:
            lost[row.id] = said
    if lost:
        name, message = next(iter(lost.items()))
        yield refusal(
            "round-trip",
            f"{share(len(lost), len(rows))} do not come back from their tokens as they were written; of {name}, what "
            f"the {message.role} says: {message.content[:60]!r}",
            "Characters or line breaks that the tokenizer or the template loses cannot be learned: mend the rows, the "
            "template (model.chat_template) or take another base.",
            list(lost),
        )


def _first_unsaid(text: str, messages: Sequence[Message]) -> Message | None:
    """The first message that is not in the text, after those before it."""
    place = 0
    for message in messages:
        wanted = _comparable(message.content)
        found = text.find(wanted, place)
        if found < 0:
            return message
        place = found + len(wanted)
    return None


def _comparable(text: str) -> str:
    """Spaces at its ends, and how accents are composed, may change."""
    return unicodedata.normalize("NFC", text).strip()


def prompt_mismatch(
    tokenizer: PreTrainedTokenizerBase, rows: Sequence[Row], prompts: Mapping[str, Sequence[int]]
) -> Iterator[Finding]:
    """Rows that do not begin with the tokens that the same question is asked with; `prompts` has these by row id."""
    differing = {
        row.id: place
        for row in rows
        if (place := _first_difference(row.input_ids, prompts[row.id])) is not None
    }  # fmt: skip
    if differing:
        name, place = next(iter(differing.items()))
        read = next(row.input_ids for row in rows if row.id == name)
        start = max(0, place - AROUND // 2)
        learned, asked = (tokenizer.decode(list(ids[start : start + AROUND])) for ids in (read, prompts[name]))
        yield refusal(
            "prompt-mismatch",
            f"{share(len(differing), len(rows))} are trained on another prompt than is sampled with; {name} from token "
            f"{place} on: {learned!r} in training, {asked!r} in sampling",
            "Render both with the same chat template.",
            list(differing),
        )


def _first_difference(read: Sequence[int], asked: Sequence[int]) -> int | None:
    """The first place where they part, as far as both go."""
    pairs = zip(read, asked, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), None)


def no_system_role(tokenizer: PreTrainedTokenizerBase, conversations: Sequence[Conversation]) -> Iterator[Finding]:
    """System messages that the chat template drops or refuses."""
    led = [row for row in conversations if row.messages[0].role == "system"]
    if not led or not tokenizer.chat_template:
        return
    system, user = led[0].messages[:2]
    try:
        with_it = tokenizer.decode(render_prompt(tokenizer, (system, user)), clean_up_tokenization_spaces=False)
        kept = _comparable(system.content) in _comparable(with_it)
    except InputError:
        kept = False
    if not kept:
        yield refusal(
            "no-system-role",
            f"{share(len(led), len(conversations))} have a system message, and the base's chat template has no place "
            "for one",
            "Name a template that has, under model.chat_template (studies/bardic has one that puts it before the "
            "first question), or leave corpus.system_prompt empty.",
            [row.id for row in led],
        )
