"""The machinery of a chat does not belong into a poem."""

from __future__ import annotations

import pytest

from bardsmith.verse.soundness.leaks import leak


@pytest.mark.parametrize(
    "text",
    [
        "The sun goes down.<|im_end|>\n<|im_start|>assistant\nThe moon comes up.",
        "The sun goes down.</s>",
        "<think>\nA poem, then.\n</think>\nThe sun goes down.",
        "The sun goes down. [/INST] The moon comes up.",
        "<start_of_turn>model\nThe sun goes down.",
        "The sun goes down,\n\n### Response:\nthe moon comes up.",
        "The sun goes down.\nUser: And the moon?",
        "The sun goes down.\n**Assistant**: The moon comes up.",
        "The sun goes down.Human: And the moon?",
        "The sun goes down.\nassistant\nThe moon comes up.",
        "\u2581The\u2581sun\u2581goes\u2581down.",
        "The sun\u00e2\u20ac\u2122s gone down, and it\u00e2\u20ac\u2122s dark.",
    ],
)
def test_the_machinery_is_seen(text: str) -> None:
    assert leak(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The sun goes down: the moon comes up.",
        "I asked the system: who is there?\nThe human: nobody at all.",
        "# The Moon\n\nThe sun goes down [slowly] & the moon comes up <3",
        "## The Moon\n\nThe sun goes down.",
        "The moon, assistant of the sun,\nuser of light, goes down.",
        "Caf\u00e9s close; \u2018the moon\u2019 comes up \u2014 slowly\u2026",
        "[Verse 1]\nThe sun goes down.",
    ],
)
def test_verse_has_none(text: str) -> None:
    assert leak(text) == ""


def test_long_texts_take_linear_time() -> None:
    for text in ("#" * 300_000, "<" * 300_000, ":" * 300_000, "user: " * 50_000 + "x", "* " * 150_000 + ":"):
        leak(text)
