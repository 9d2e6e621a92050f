"""How the base model is asked: the bare question, with words for verse, with examples."""

from __future__ import annotations

from bardsmith.arena.contestants import VERSE, asked, chosen_examples, told_before
from bardsmith.records import Conversation, Kind, Message, Prompt

SYSTEM = Message(role="system", content="Sing.")
QUESTION = Message(role="user", content="Why is the sky blue?")
ANSWER = Message(role="assistant", content="The light is bent,\nand blue is sent.")
LED = Prompt(id="p", item="p", kind="howto", messages=(SYSTEM, QUESTION))
BARE = Prompt(id="q", item="q", kind="howto", messages=(QUESTION,))


def conversation(name: str, kind: Kind, turns: int = 1) -> Conversation:
    return Conversation(id=name, item=name, kind=kind, messages=(SYSTEM, *([QUESTION, ANSWER] * turns)))


def test_a_run_is_asked_as_it_was_trained_and_the_base_without_a_word_about_verse() -> None:
    assert asked("dora-1", LED, ()) == LED.messages
    assert asked("base", LED, ()) == (QUESTION,)


def test_the_base_is_asked_for_verse_by_the_studys_own_prompt_or_by_ours() -> None:
    assert asked("base+verse", LED, ()) == (SYSTEM, QUESTION)
    assert asked("base+verse", BARE, ()) == (Message(role="system", content=VERSE), QUESTION)


def test_examples_stand_between_the_system_prompt_and_the_question() -> None:
    shown = asked("base+examples", LED, [conversation("a", "fact"), conversation("b", "chat")])
    assert shown == (SYSTEM, QUESTION, ANSWER, QUESTION, ANSWER, QUESTION)
    Prompt(id="p", item="p", kind="howto", messages=shown)  # turns still alternate


def test_examples_are_of_different_kinds_in_verse_and_of_one_turn() -> None:
    train = [
        conversation("prose", "replay"), conversation("long", "fact", turns=2), conversation("a", "fact"),
        conversation("again", "fact"), conversation("b", "chat"), conversation("c", "howto"), conversation("d", "poem"),
    ]  # fmt: skip
    assert [row.id for row in chosen_examples(train)] == ["a", "b", "c"]
    assert chosen_examples([]) == ()


def test_the_page_says_what_each_was_told_and_that_people_were_not_asked() -> None:
    assert "bare question" in told_before("base", LED)
    assert told_before("dora-1", LED) == told_before("base+verse", LED) == "Sing."
    assert told_before("ceiling", BARE) == VERSE
    assert told_before("base+examples", LED).startswith("Sing.\nAnd it was shown")
    assert told_before("human", LED) == ""
