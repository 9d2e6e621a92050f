"""Real replies of models are messy; what they say is read, and what they do not say is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.corpus.items import PersonaQuery
from bardsmith.corpus.protocol import Reading, read_reply

POEM = "I wandered lonely as a cloud\nThat floats on high o'er vales and hills,"
WANTED = Reading(
    "It is good to be alone.",
    ("Is it odd to like being alone?",),
    (PersonaQuery(who="a night nurse", query="Long shift. How do I rest?"),),
)

MESSY = {
    "as asked": """MEANING: It is good to be alone.
QUERY 1: Is it odd to like being alone?
PERSONA 1 (a night nurse): Long shift. How do I rest?""",
    "bold labels": """**MEANING:** It is good to be alone.

**QUERY 1:** Is it odd to like being alone?

**PERSONA 1 (a night nurse):** Long shift. How do I rest?
""",
    "bold without the colon, quotes": """**Meaning**: It is good to be alone.
**Query 1**: "Is it odd to like being alone?"
**Persona 1** (*a night nurse*): \u201cLong shift. How do I rest?\u201d""",
    "headings with the text below": """### MEANING

It is good
to be alone.

### Query #1
Is it odd to like being alone?

### Persona 1 (a night nurse)
Long shift. How do I rest?""",
    "preamble, fence and rules": """Sure! Here is my analysis of the poem:

```text
MEANING: It is good to be alone.
---
QUERY 1: Is it odd to like being alone?
---
PERSONA 1 (a night nurse): Long shift. How do I rest?
```""",
    "bullets and a numbered list": """- meaning: It is good to be alone.
1. Query: *Is it odd to like being alone?*
2) Persona (a night nurse): Long shift. How do I rest?""",
    "dashes, Windows lines": "MEANING \u2014 It is good to be alone.\r\nQUERY 1 - Is it odd to like being alone?\r\n"
    "PERSONA 1 \u2013 a night nurse: Long shift. How do I rest?\r\n",
    "brackets round numbers, the person after the colon": """MEANING: It is good to be alone.
QUERY [1]: Is it odd to like being alone?
PERSONA (1): (a night nurse) Long shift. How do I rest?""",
    "more than was asked for": """MEANING: It is good to be alone.
QUERY 1: Is it odd to like being alone?
QUERY 2: And this?
PERSONA 1 [a night nurse]: Long shift. How do I rest?
PERSONA 2 (a monk): And this, too?""",
}


@pytest.mark.parametrize("reply", MESSY.values(), ids=MESSY)
def test_a_messy_reply_is_read(reply: str) -> None:
    assert read_reply(reply, 1, 1, POEM) == WANTED


BROKEN = {
    "": "the section MEANING is missing",
    "I'm sorry, but I can't help with that.": "the section QUERY 1 is missing",
    "MEANING: x\nPERSONA 1 (a nurse): y": "the section QUERY 1 is missing",
    "MEANING: x\nQUERY 1: y": "the section PERSONA 1 is missing",
    "MEANING: x\nQUERY 1: ...\nPERSONA 1 (a nurse): y": "QUERY 1 says nothing",
    "MEANING: <what it means>\nQUERY 1: z\nPERSONA 1 (a nurse): y": "MEANING says nothing",
    "MEANING: x\nQUERY 1: z\nPERSONA 1: y": "PERSONA 1 does not say in brackets who asks",
    "MEANING: x\nQUERY 1: z\nQUERY 1: u\nPERSONA 1 (a nurse): y": "the section QUERY 1 stands 2 times",
    "MEANING: x\nQUERY 1: Why?\nPERSONA 1 (a nurse): why": "PERSONA 1 says the same as QUERY 1",
    "MEANING: x\nQUERY 1: z\nPERSONA 1 (a nurse): y\n\nI hope this helps!": "after PERSONA 1 stands what belongs to no "
    "section: 'I hope this helps!'",
    "MEANING: x\nQUERY 1: I wandered, lonely as a cloud, why?\nPERSONA 1 (a nurse): y": "QUERY 1 quotes the poem: "
    "'i wandered lonely as a cloud'",
    f"MEANING: {'x ' * 120}\nQUERY 1: z\nPERSONA 1 (a nurse): y": "MEANING has 120 words, at most 80 are wanted",
}


@pytest.mark.parametrize(("reply", "fault"), BROKEN.items())
def test_what_is_wrong_is_named(reply: str, fault: str) -> None:
    found = read_reply(reply, 1, 1, POEM)
    assert isinstance(found, tuple)
    assert fault in found


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    assert isinstance(read_reply(text, 2, 2, POEM), Reading | tuple)


WORDS = st.lists(
    st.sampled_from(("why", "does", "the kettle", "sing", "when", "it rains:", "a-b", "(now)", "so?")),
    min_size=3,
    max_size=9,
)
LINES = WORDS.map(" ".join)


@given(
    meaning=LINES,
    queries=st.lists(LINES, min_size=2, max_size=2, unique_by=lambda line: line.replace("?", "").replace(":", "")),
    label=st.sampled_from(["{}:", "**{}:**", "**{}**:", "## {}\n", "- {}: ", "* **{}** \u2014"]),
    gap=st.sampled_from(["\n", "\n\n", "\n\n---\n\n"]),
    case=st.sampled_from([str.upper, str.title, str.lower]),
)
def test_every_decoration_of_a_label_is_seen_through(
    meaning: str, queries: list[str], label: str, gap: str, case: Callable[[str], str]
) -> None:
    names = [case(name) for name in ("meaning", "query 1", "persona 1")]
    names[2] += " (a bus driver)"
    reply = gap.join(f"{label.format(name)} {text}" for name, text in zip(names, [meaning, *queries], strict=True))
    found = read_reply(reply, 1, 1, POEM)
    assert found == Reading(meaning, (queries[0],), (PersonaQuery(who="a bus driver", query=queries[1]),))
