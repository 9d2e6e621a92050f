"""Probes: drawn evenly and with their twins, led by the system prompt that they try, and kept from training."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.corpus.config import CorpusConfig
from bardsmith.corpus.main import main
from bardsmith.corpus.probes import asked_apart, probes, spread
from bardsmith.outputs import StudyFolder, read_records, write_records
from bardsmith.probing import PARAPHRASES, ProbePrompt
from bardsmith.progress import Silent
from bardsmith.records import Conversation, Message, Prompt

HELD_OUT = [
    Prompt(
        id=f"p{i}", item=f"p{i}", kind="chat" if i % 2 else "howto", messages=(Message(role="user", content="Why?"),)
    )
    for i in range(8)
]


def drawn(seed: int = 1, **numbers: int) -> list[ProbePrompt]:
    none = {"facts": 0, "safety": 0, "system_prompts": 0}
    return probes(CorpusConfig.model_validate({"probes": {**none, **numbers}}), HELD_OUT, seed)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 2**40))
def test_so_many_different_rows_are_drawn_at_even_distances(rows: int, number: int, seed: int) -> None:
    found = spread(range(rows), number, seed)
    assert len(found) == len(set(found)) == min(rows, number)
    assert found == sorted(found)
    apart = {b - a for a, b in pairwise(found)}
    assert not apart or max(apart) - min(apart) <= 1


def test_twins_stay_together_and_half_of_the_pairs_are_harmless() -> None:
    found = drawn(safety=20)
    assert Counter((each.kind, each.variant) for each in found) == {
        ("lookalike", "prose"): 10, ("lookalike", "verse"): 10, ("refusal", "prose"): 10, ("refusal", "verse"): 10,
    }  # fmt: skip
    assert set(Counter(each.item for each in found).values()) == {2}


def test_all_that_ships_is_asked_by_default() -> None:
    found = probes(CorpusConfig(), HELD_OUT, 1)
    counts = Counter(each.probe for each in found)
    assert counts == {"facts": 200, "safety": 240, "system prompt": 5 * len(HELD_OUT)}
    assert len({each.id for each in found}) == len(found)
    assert all(each.reference for each in found if each.probe == "facts")


def test_the_seed_decides_and_nothing_else() -> None:
    assert drawn(facts=10) == drawn(facts=10)
    assert drawn(facts=10) != drawn(seed=2, facts=10)
    assert drawn() == []


def test_a_prompt_stands_under_each_wording_once() -> None:
    found = drawn(system_prompts=2)
    assert len({each.item for each in found}) == 2
    assert {each.kind for each in found} == {"chat", "howto"}, "spread over the kinds"
    under = {each.variant: each.messages[0].content for each in found if each.item == found[0].item}
    assert list(under) == ["own", "none", *PARAPHRASES]
    assert under["own"] == CorpusConfig().system_prompt
    assert under["none"] == "Why?"
    assert len(set(under.values())) == 5


def test_without_a_system_prompt_nothing_hangs_on_it() -> None:
    config = CorpusConfig.model_validate({"system_prompt": None})
    found = probes(config, HELD_OUT, 1)
    assert {each.probe for each in found} == {"facts", "safety"}
    assert {message.role for each in found for message in each.messages} == {"user"}


def test_held_out_prompts_with_a_system_message_of_their_own_are_not_asked_under_another() -> None:
    own = (Message(role="system", content="Be brief."), *HELD_OUT[0].messages)
    held_out = [each.model_copy(update={"messages": own}) for each in HELD_OUT]
    assert not [each for each in probes(CorpusConfig(), held_out, 1) if each.probe == "system prompt"]


@pytest.mark.parametrize(("asked", "taught"), [(200, 3), (0, 4)])
def test_a_row_that_tells_a_probe_is_not_learned_from(tmp_path: Path, asked: int, taught: int) -> None:
    """One of the facts, asked word for word; where no facts are asked the row is as good as any other."""
    fact = asked_apart(CorpusConfig())[0].question
    verse = [
        "The ferry hoots, the gulls reply,\nthe river takes the morning sky.",
        "A spoon, a cup, a slice of bread,\nand half a dream still in my head.",
        "The garden gate is off its hinge;\nthe cat walks through without a cringe.",
        "My bicycle has lost its bell,\nso now I sing, and just as well.",
        "The moth goes round the kitchen light\nand thinks it is the moon tonight.",
    ]
    questions = [fact, "Sing of bread.", "What of the gate?", "How is your bicycle?", "And the moth?"]
    rows = [conversation(i, question, verse[i]) for i, question in enumerate(questions)]
    write_records(tmp_path / "rows.jsonl", rows)
    write_records(tmp_path / "held.jsonl", HELD_OUT[:1])
    config: dict[str, Any] = {"sources": [tmp_path / "rows.jsonl"], "held_out": tmp_path / "held.jsonl"}
    config |= {"validation_items": 1, "probes": {"facts": asked, "safety": 0, "system_prompts": 0}}
    folder = StudyFolder(tmp_path / "study")
    main(CorpusConfig.model_validate(config), folder, 0, Silent())
    learned = [*read_records(folder.train, Conversation), *read_records(folder.validation, Conversation)]
    assert len(learned) == taught + 1
    assert (fact in {row.question for row in learned}) == (not asked)
    assert len(read_records(folder.probes, ProbePrompt)) == asked


def conversation(number: int, question: str, answer: str) -> Conversation:
    messages = (Message(role="user", content=question), Message(role="assistant", content=answer))
    return Conversation(id=f"r{number}", item=f"r{number}", kind="chat", messages=messages)
