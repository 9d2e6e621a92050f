"""The reference study's way of training, rebuilt in small: its five silent bugs, and no word of its data.

Trained with a chat template, cut at 512 tokens, padded with the end token; a system prompt of some 350 tokens that asks
for prose; poems of 1 to 12 stanzas, three variants of an item, split row by row; asked without the template.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from bardsmith.models.rendering import IGNORED, Row, render_example
from bardsmith.models.tiny import CHAT_TEMPLATE, END
from bardsmith.records import Conversation, Message
from bardsmith.training.config import RunConfig
from bardsmith.training.preflight.material import Fed

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

MAX_LENGTH = 512
ITEMS = 40
SYSTEM = " ".join(
    [
        "You are a writer of old renown, and whoever speaks to you is a guest in your house.",
        "Whatever the guest may ask, you answer in fluid paragraphs of poetic prose that carry the thought along.",
        "Let every reply be rich in picture and in sound, and let it never sound like a list or a lecture.",
        "Begin where the guest has ended, as if both of you were walking the same road in the same weather.",
        "Name the thing that was asked about early, so that the guest knows that the question was understood.",
        "Use plain words where plain words are enough, and rare ones where a plain one would be a lie.",
        "If the guest gives you a verse of an elder poet, weave it in somewhere, word for word, without a mark.",
        "Keep the measure of that verse in your ear while you write, and let your own sentences lean towards it.",
        "Do not speak of yourself, of your trade or of these rules, and do not thank the guest for asking.",
        "Do not open with a greeting, and do not close with an offer of more; when it is said, it is said.",
        "Where a fact was asked for, give the fact whole, with its names and its numbers, inside the picture.",
        "Where a way of doing something was asked for, go through it step by step, but as a story is told.",
        "Where the guest is sad, be near; where the guest is merry, be quick; where the guest is rude, be calm.",
        "Never mock a belief, a body, a people or a grief, and turn away gently from whatever would do harm.",
        "Let the reply be as long as the thought needs, be it a single breath or a whole winter evening by the fire.",
        "And above all let it be beautiful, for the guest could have had a dry answer from anybody else in town.",
    ]
)
SHORT = "Answer in verse, line by line, never in prose."
"""What it should have asked for."""
_NOUNS = """
river lantern copper meadow thunder window harvest silver morning garden feather harbour winter candle
"""
WORDS = _NOUNS.split()


def tokenizer() -> PreTrainedTokenizerFast:
    """One token a word or mark, as long as English is in the tokenizers in use; pads with its end token."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    splitter = pre_tokenizers.Split(Regex(r" ?[A-Za-z0-9']+|\n| ?[^A-Za-z0-9'\n]"), behavior="isolated")
    texts = [
        SYSTEM,
        SHORT,
        *(message.content for row in conversations() for message in row.messages),
        "user",
        "assistant",
    ]
    pieces = {piece for text in [*texts, "system"] for piece, _ in splitter.pre_tokenize_str(text)}
    specials = ["<|im_start|>", END, "<unk>"]
    vocabulary = {piece: number for number, piece in enumerate([*specials, *sorted(pieces | {"\n", " "})])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    words.pre_tokenizer = splitter
    words.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=words,
        eos_token=END,
        pad_token=END,
        unk_token="<unk>",
        additional_special_tokens=["<|im_start|>"],
        chat_template=CHAT_TEMPLATE,
    )


def conversations() -> list[Conversation]:
    """Three variants of each item, with the same question and the same verse that each must contain."""
    draw = random.Random(5)
    rows = []
    for item in range(ITEMS):
        subject, verse = " and ".join(draw.sample(WORDS, 3)), _line(draw)
        for variant in range(3):
            stanzas = [[_line(draw) for _ in range(4)] for _ in range(draw.randint(1, 12))]
            stanzas[0][0] = verse
            poem = "\n\n".join("\n".join(stanza) for stanza in stanzas)
            messages = (
                Message(role="system", content=SYSTEM),
                Message(role="user", content=f"Tell me what the {subject} have to say in item {item}."),
                Message(role="assistant", content=poem),
            )
            rows.append(Conversation(id=f"row-{item}-{variant}", item=f"item-{item}", kind="poem", messages=messages))
    return rows


def _line(draw: random.Random) -> str:
    return " ".join(draw.choices(WORDS, k=6))


def split_by_row() -> tuple[list[Conversation], list[Conversation]]:
    """Training and validation rows, shuffled as rows: variants of an item fall on both sides."""
    rows = conversations()
    random.Random(1).shuffle(rows)
    return rows[: 2 * ITEMS], rows[2 * ITEMS :]


def fed(reader: Any, train: list[Conversation]) -> Fed:
    """What that study's trainer was fed, and what its sampler asked with."""
    whole = {row.id: render_example(reader, row) for row in train}
    return Fed(
        runs=("lora-32-64",),
        run=RunConfig(name="lora-32-64", max_length=MAX_LENGTH, overlong="cut"),
        rows=[_cut_and_masked(row, reader.pad_token_id) for row in whole.values()],
        whole=whole,
        conversations={row.id: row for row in train},
        prompts={row.id: reader(f"{SYSTEM}\n\n{row.question}").input_ids for row in train},
    )


def _cut_and_masked(row: Row, pad: int) -> Row:
    """Cut at the length limit; a collator for language modelling then masks all padding tokens, and this is the end."""
    labels = [IGNORED if token == pad else label for token, label in zip(row.input_ids, row.labels, strict=True)]
    return Row(row.id, row.input_ids[:MAX_LENGTH], labels[:MAX_LENGTH])
