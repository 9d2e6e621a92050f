"""Items, variants and answers in verse: the files, what a kill costs, and what a second run sends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest
from fake_writer import FakeWriter, bard, couplets, poem, talk, wanted_lines

from bardsmith.corpus.accepting import Writer
from bardsmith.corpus.config import ConversationsConfig, GenerateConfig, RefineConfig
from bardsmith.corpus.conversations import conversations
from bardsmith.corpus.gates.known import Known, known_of
from bardsmith.corpus.gates.objections import Rejected, objections
from bardsmith.corpus.generate import generate
from bardsmith.corpus.items import Item, read_items
from bardsmith.corpus.refine import jobs_of, refine
from bardsmith.corpus.sources.shapes import SourcePoem, SourceTalk
from bardsmith.corpus.working import Written, first_requests
from bardsmith.errors import InputError, RunError
from bardsmith.llm.client import open_client
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.exchange import Reply
from bardsmith.llm.failures import GaveUp
from bardsmith.outputs import read_records
from bardsmith.progress import Silent
from bardsmith.records import Conversation, Form, Kind, Message, Prompt

COUPLETS = RefineConfig.model_validate({"variants": 2, "forms": {"couplet": 1}, "lengths": {"couplet": [4, 8]}})
ANSWERS = ConversationsConfig.model_validate({"forms": {"couplet": 1}})
KNOWN = known_of()


def generated(folder: Path, writer: FakeWriter, poems: list[SourcePoem], known: Known = KNOWN) -> Written:
    return asyncio.run(
        generate(GenerateConfig(queries=2, personas=1), 7, lambda: poems, known, writer, folder, Silent())
    )


def items_of(folder: Path) -> list[Item]:
    return read_records(folder / "items.jsonl", Item)


def refined(folder: Path, writer: FakeWriter, items: list[Item], known: Known = KNOWN) -> Written:
    return asyncio.run(refine(COUPLETS, 7, lambda: items, known, writer, folder, Silent()))


def answered(folder: Path, writer: FakeWriter, talks: list[SourceTalk], known: Known = KNOWN) -> Written:
    return asyncio.run(conversations(ANSWERS, 7, lambda: talks, known, writer, folder, Silent()))


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> list[Item]:
    folder = tmp_path_factory.mktemp("items")
    generated(folder, FakeWriter(bard), [poem(number, licence="CC0-1.0") for number in range(12)])
    return items_of(folder)


def test_a_poem_becomes_an_item_and_a_row_with_one_of_its_queries(tmp_path: Path) -> None:
    poems = [poem(number, licence="CC0-1.0") for number in range(5)]
    written = generated(tmp_path, FakeWriter(bard), poems)
    assert written.rows.name == "poem_finetune_5.jsonl"
    rows = read_records(written.rows, Conversation)
    items = items_of(tmp_path)
    assert [item.id for item in items] == [row.item for row in rows] == [each.id for each in poems]
    for item, row, source in zip(items, rows, poems, strict=True):
        assert (len(item.queries), len(item.personas), item.made.tries) == (2, 1, 1)
        assert row.question in [query for _, query in item.asked]
        assert (row.answer, row.licence, row.kind, row.made_from) == (source.text, "CC0-1.0", "poem", (source.id,))
        assert row.made is None
    assert written.rejected.read_text() == ""
    assert not list(tmp_path.glob("*.part.jsonl"))


def test_what_is_missing_is_asked_for_once_and_then_rejected(tmp_path: Path) -> None:
    def forgetful(messages: tuple[Message, ...]) -> str:
        whole = bard(messages[:1])
        source = messages[0].content
        if poem(0).text in source or (poem(1).text in source and len(messages) == 1):
            return whole.partition("\nPERSONA")[0]
        return whole

    writer = FakeWriter(forgetful)
    written = generated(tmp_path, writer, [poem(number) for number in range(3)])
    assert written.rows.name == "poem_finetune_2.jsonl"
    assert [item.made.tries for item in items_of(tmp_path)] == [2, 1]
    (rejected,) = read_records(written.rejected, Rejected)
    assert (rejected.id, rejected.tries, rejected.objections[0].gate) == ("p0", 2, "protocol")
    assert rejected.objections[0].reason == "the section PERSONA 1 is missing"
    assert writer.sent == 5


def test_a_query_of_the_test_is_sent_back(tmp_path: Path) -> None:
    item = items_after(tmp_path / "a", FakeWriter(bard))
    held_out = Prompt(id="h1", item="h1", kind="chat", messages=(Message(role="user", content=item.queries[0]),))
    written = generated(tmp_path / "b", FakeWriter(bard), [poem(0)], known_of(held_out=[held_out]))
    (rejected,) = read_records(written.rejected, Rejected)
    assert {objection.gate for objection in rejected.objections} == {"contaminated"}
    assert "h1" in rejected.objections[0].reason


def items_after(folder: Path, writer: FakeWriter) -> Item:
    generated(folder, writer, [poem(0)])
    return items_of(folder)[0]


def test_an_item_becomes_variants_that_pass_their_gates(tmp_path: Path, items: list[Item]) -> None:
    written = refined(tmp_path, FakeWriter(bard), items)
    assert written.rows.name == "poem_refined_12x2.jsonl"
    rows = read_records(written.rows, Conversation)
    assert [row.id for row in rows] == [f"p{number}-v{variant}" for number in range(12) for variant in (1, 2)]
    assert all(objections(row, KNOWN) == () for row in rows)
    assert {row.form for row in rows} == {"couplet"}
    assert len({row.answer.count("\n") for row in rows}) > 1
    for item in items:
        mine = [row for row in rows if row.item == item.id]
        assert len({row.question for row in mine}) == 2
        assert {row.question for row in mine} <= {query for _, query in item.asked}
        assert all((row.licence, row.made_from) == ("CC0-1.0", (item.poem,)) for row in mine)


def test_the_source_poem_is_not_shown_to_who_writes_a_new_one(items: list[Item]) -> None:
    asked = [
        message.content for messages, _ in first_requests(jobs_of(COUPLETS, 7, items, KNOWN)) for message in messages
    ]
    assert len(asked) == 2 * 2 * len(items)
    assert not any(items[0].text.split("\n")[0] in text for text in asked)


def test_faults_of_verse_are_named_and_mended(tmp_path: Path, items: list[Item]) -> None:
    def hasty(messages: tuple[Message, ...]) -> str:
        if len(messages) > 2:
            return bard(messages)
        return "Sure! Here is a poem:\n\n" + couplets(wanted_lines(messages), messages[1].content)

    asked: list[str] = []

    def heard(messages: tuple[Message, ...]) -> str:
        asked.extend(message.content for message in messages[3:])
        return hasty(messages)

    written = refined(tmp_path, FakeWriter(heard), items[:2])
    rows = read_records(written.rows, Conversation)
    assert [row.made.tries for row in rows if row.made] == [2, 2, 2, 2]
    assert all("Here is a poem" in told for told in asked)


def test_copies_and_near_duplicates_do_not_pass(tmp_path: Path, items: list[Item]) -> None:
    famous = couplets(6, "famous")

    def copyist(messages: tuple[Message, ...]) -> str:
        return famous if items[0].meaning in messages[1].content else couplets(6, "always the same")

    config = RefineConfig.model_validate(
        {"variants": 2, "forms": {"couplet": 1}, "lengths": {"couplet": [6, 6]}, "tries": 2}
    )
    known = known_of([("famous", famous)])
    writer = FakeWriter(copyist)
    written = asyncio.run(refine(config, 7, lambda: items[:3], known, writer, tmp_path, Silent()))
    assert [row.id for row in read_records(written.rows, Conversation)] == ["p1-v1"]
    assert written.rows.name == "poem_refined_1x2.jsonl"
    gates = {
        each.id: {objection.gate for objection in each.objections} for each in read_records(written.rejected, Rejected)
    }
    assert gates == {
        "p0-v1": {"copied"},
        "p0-v2": {"copied"},
        "p1-v2": {"duplicate"},
        "p2-v2": {"duplicate"},
        "p2-v1": {"duplicate"},
    }


def test_a_poem_of_another_length_than_asked_is_sent_back(tmp_path: Path, items: list[Item]) -> None:
    config = RefineConfig.model_validate(
        {"variants": 1, "forms": {"couplet": 1}, "lengths": {"couplet": [12, 12]}, "tries": 1}
    )
    writer = FakeWriter(lambda messages: couplets(6, messages[1].content))
    written = asyncio.run(refine(config, 7, lambda: items[:1], KNOWN, writer, tmp_path, Silent()))
    (rejected,) = read_records(written.rejected, Rejected)
    assert [objection.reason for objection in rejected.objections] == ["the poem has 6 lines, 12 wanted"]


def test_an_answer_keeps_its_reference_its_budget_and_its_conversation(tmp_path: Path) -> None:
    def truthful(messages: tuple[Message, ...]) -> str:
        text = couplets(wanted_lines(messages), messages[1].content)
        if '"1934"' in messages[1].content and len(messages) > 2:
            return f"It came in 1934 to the hill,\nand all the street was still.\n{text}"
        return text

    before = [
        Message(role="user", content="Hello."),
        Message(role="assistant", content="Hello!"),
        Message(role="user", content="When did the light come?"),
    ]
    fact = talk(2, kind="fact", reference=["1934"], answer="In 1934.", messages=before, licence="CC-BY-4.0")
    talks = [talk(1), fact]
    written = answered(tmp_path, FakeWriter(truthful), talks)
    assert written.rows.name == "poem_real_conversations_2.jsonl", written.rejected.read_text()
    howto, row = read_records(written.rows, Conversation)
    assert 6 <= howto.answer.count("\n") + 1 <= 20
    assert (row.made and row.made.tries, row.reference, row.licence) == (2, ("1934",), "CC-BY-4.0")
    assert row.messages[:3] == tuple(before)
    assert row.answer.count("\n") + 1 <= 8


def test_a_question_of_the_test_is_never_asked(tmp_path: Path) -> None:
    held_out = Prompt(id="h1", item="h1", kind="chat", messages=talk(1).messages)
    writer = FakeWriter(bard)
    written = answered(tmp_path, writer, [talk(1), talk(2)], known_of(held_out=[held_out]))
    (rejected,) = read_records(written.rejected, Rejected)
    assert (rejected.id, rejected.tries, rejected.objections[0].gate) == ("t1-verse", 0, "contaminated")
    assert writer.sent == 1


def test_refusals_lookalikes_and_replay_have_instructions_of_their_own(tmp_path: Path) -> None:
    asked: list[str] = []

    def heard(messages: tuple[Message, ...]) -> str:
        asked.append(messages[1].content)
        return bard(messages)

    kinds = ("refusal", "lookalike", "replay")
    written = answered(tmp_path, FakeWriter(heard), [talk(n, kind=kind) for n, kind in enumerate(kinds)])
    assert [row.kind for row in read_records(written.rows, Conversation)] == list(kinds)
    assert sorted(("Decline" in text, "Do not decline" in text, "own answer in prose" in text) for text in asked) == [
        (False, False, True),
        (False, True, False),
        (True, False, False),
    ]


def every_file(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".jsonl"}


Act = Callable[[Path, FakeWriter], Written]
ACTS: dict[str, Act] = {
    "generate": lambda folder, writer: generated(folder, writer, [poem(number) for number in range(12)]),
    "conversations": lambda folder, writer: answered(folder, writer, [talk(number) for number in range(12)]),
}


@pytest.fixture(params=["generate", "refine", "conversations"])
def act(request: pytest.FixtureRequest, items: list[Item]) -> Act:
    return ACTS.get(request.param) or (lambda folder, writer: refined(folder, writer, items))


def sloppy(messages: tuple[Message, ...]) -> str | Exception:
    """Needs a second try now and then, fails for good sometimes, and once gives no reply at all."""
    text = messages[-1].content if len(messages) < 3 else messages[-3].content
    chance = len(text) % 5
    if chance == 0 or (chance == 1 and len(messages) < 3):
        return "I would rather not."
    if chance == 2 and len(messages) < 3:
        return bard(messages).partition("\n")[0]
    return bard(messages)


def test_killed_at_any_point_it_ends_as_if_it_had_not_been(act: Act, tmp_path: Path) -> None:
    whole = FakeWriter(sloppy)
    act(tmp_path / "whole", whole)
    wanted = every_file(tmp_path / "whole")
    for dies_after in range(0, whole.sent, 3):
        folder = tmp_path / str(dies_after)
        killed = FakeWriter(sloppy, dies_after=dies_after)
        with pytest.raises(KeyboardInterrupt):
            act(folder, killed)
        again = FakeWriter(sloppy, stored=killed.stored)
        act(folder, again)
        assert every_file(folder) == wanted
        assert killed.sent + again.sent <= whole.sent + killed.config.concurrency


def test_a_second_run_sends_nothing_and_gives_the_same_bytes(act: Act, tmp_path: Path) -> None:
    first = FakeWriter(sloppy)
    act(tmp_path / "first", first)
    second = FakeWriter(sloppy, stored=first.stored)
    act(tmp_path / "second", second)
    assert (first.sent > 12, second.sent) == (True, 0)
    assert every_file(tmp_path / "first") == every_file(tmp_path / "second")
    assert first.most_in_flight == first.config.concurrency


def test_half_a_line_and_another_question_are_done_again(tmp_path: Path) -> None:
    poems = [poem(number) for number in range(12)]
    killed = FakeWriter(bard, dies_after=10)
    with pytest.raises(KeyboardInterrupt):
        generated(tmp_path, killed, poems)
    part = tmp_path / "poem_finetune.part.jsonl"
    lines = part.read_text().splitlines(keepends=True)
    part.write_text("".join(lines[:-1]) + lines[-1][:40])
    done = json.loads(lines[0])["job"]
    changed = [each.model_copy(update={"text": couplets(6, "changed")}) if each.id == done else each for each in poems]
    again = FakeWriter(bard)
    written = generated(tmp_path, again, changed)
    assert [row.answer for row in read_records(written.rows, Conversation)] == [each.text for each in changed]
    assert again.sent == 12 - len(lines) + 2


def test_one_added_row_sends_one_and_changes_no_other(tmp_path: Path, items: list[Item]) -> None:
    before, after = FakeWriter(bard), FakeWriter(bard)
    generated(tmp_path / "a", before, [poem(number) for number in range(12)])
    after.stored = before.stored
    generated(tmp_path / "a", after, [poem(number) for number in range(13)])
    assert after.sent == 1

    config = RefineConfig(variants=1)
    requests = [list(first_requests(jobs_of(config, 7, rows, KNOWN))) for rows in (items[:-1], items)]
    assert requests[1][:-1] == requests[0]


def test_what_was_given_up_is_kept_as_rejected_and_asked_again_by_the_next_run(tmp_path: Path) -> None:
    def deaf(messages: tuple[Message, ...]) -> str | Exception:
        return GaveUp("no answer in 900 seconds") if poem(2).text in messages[0].content else bard(messages)

    first = FakeWriter(deaf)
    written = generated(tmp_path, first, [poem(number) for number in range(4)])
    (rejected,) = read_records(written.rejected, Rejected)
    assert (rejected.id, rejected.objections[0].gate) == ("p2", "no reply")
    second = FakeWriter(bard, stored=first.stored)
    assert generated(tmp_path, second, [poem(number) for number in range(4)]).accepted_rows == 4
    assert second.sent == 1


def test_a_refusal_ends_the_run_and_what_was_finished_is_kept(tmp_path: Path) -> None:
    def refuses(messages: tuple[Message, ...]) -> str | Exception:
        return RunError("402: no money") if poem(9).text in messages[0].content else bard(messages)

    with pytest.raises(RunError, match="no money"):
        generated(tmp_path, FakeWriter(refuses), [poem(number) for number in range(12)])
    assert len((tmp_path / "poem_finetune.part.jsonl").read_text().splitlines()) >= 5
    assert not (tmp_path / "items.jsonl").exists()


def test_ids_that_stand_twice_are_refused_before_anything_is_asked(tmp_path: Path) -> None:
    writer = FakeWriter(bard)
    with pytest.raises(InputError, match="'p1' stands more than once"):
        generated(tmp_path, writer, [poem(1), poem(2), poem(1)])
    assert writer.sent == 0


def test_n_samples_stay_n(items: list[Item]) -> None:
    """No two requests of an item are alike, so no two of its variants come from one reply."""
    config = RefineConfig.model_validate({"variants": 50, "forms": {"haiku": 1}})
    item = items[0].model_copy(update={"queries": items[0].queries[:1], "personas": ()})
    writer = FakeWriter(bard)
    requests = list(first_requests(jobs_of(config, 7, [item], KNOWN)))
    assert len({messages for messages, _ in requests}) == 20
    assert len({writer.key(messages, settings) for messages, settings in requests}) == 50


class Heard:
    """Keeps what a run says of itself."""

    def __init__(self) -> None:
        self.updates: list[tuple[str, int, int]] = []
        self.said: list[str] = []

    def update(self, task: str, done: int, total: int) -> None:
        self.updates.append((task, done, total))

    def say(self, text: str) -> None:
        self.said.append(text)


def test_a_run_says_what_it_accepted_rejected_and_spent_also_when_it_goes_on(tmp_path: Path) -> None:
    poems = [poem(number) for number in range(10)]
    said = []
    for folder, dies_after in (("whole", None), ("killed", 8)):
        stored: dict[str, Reply] = {}
        if dies_after:
            with pytest.raises(KeyboardInterrupt):
                generated(tmp_path / folder, FakeWriter(bard, stored, dies_after=dies_after), poems)
        heard, writer = Heard(), FakeWriter(bard, stored)
        asyncio.run(generate(GenerateConfig(), 7, lambda: poems, KNOWN, writer, tmp_path / folder, heard))
        assert (heard.updates[0], heard.updates[-1]) == (("poem_finetune", 0, 10), ("poem_finetune", 10, 10))
        said.append(heard.said[-1])
    assert said[0] == "poem_finetune: 10 of 10 done, 10 rows accepted, 0 rejected, $0.01 spent"
    assert said[1].startswith("poem_finetune: 10 of 10 done, 10 rows accepted, 0 rejected, $0.0")


def test_two_at_once_do_not_write_one_file(tmp_path: Path) -> None:
    def second(messages: tuple[Message, ...]) -> str:
        with pytest.raises(InputError, match="another bardsmith is writing"), ThreadPoolExecutor() as threads:
            threads.submit(generated, tmp_path, FakeWriter(bard), [poem(1)]).result()
        return bard(messages)

    assert generated(tmp_path, FakeWriter(second), [poem(1)]).accepted_rows == 1


@pytest.mark.parametrize("script", ["verse", "trouble"])
def test_the_fake_that_ships_carries_the_room_in_every_form(script: str, tmp_path: Path) -> None:
    config = LlmConfig(provider="scripted", model=script, concurrency=8)
    poems = [poem(number) for number in range(40)]
    talks = [talk(number, kind=kind) for number, kind in enumerate(get_args(Kind))]
    known = known_of((each.id, each.text) for each in poems)
    sent = []

    async def everything(folder: Path) -> list[Written]:
        async with open_client(config, tmp_path / "replies.sqlite") as client:
            asked: tuple[Writer, Path, Silent] = client, folder, Silent()
            written = [
                await generate(GenerateConfig(), 7, lambda: poems, known, *asked),
                await refine(RefineConfig(variants=1), 7, lambda: read_items(folder / "items.jsonl"), known, *asked),
                await conversations(ConversationsConfig(), 7, lambda: talks, known, *asked),
            ]
            sent.append(client.sent)
            return written

    _, refined, answers = asyncio.run(everything(tmp_path / "first"))
    rows = [row for written in (refined, answers) for row in read_records(written.rows, Conversation)]
    assert {row.form for row in rows if row.kind == "poem"} == set(get_args(Form))
    assert [(row.id, why) for row in rows if (why := objections(row, known))] == []
    assert len(rows) >= 45
    asyncio.run(everything(tmp_path / "second"))
    assert sent[1] == 0
    assert every_file(tmp_path / "first") == every_file(tmp_path / "second")


KILLED = """
import sys, asyncio, time
from pathlib import Path
from typing import get_args
sys.path.insert(0, {tests!r})
from test_making import generated
from fake_writer import FakeWriter, bard, poem

def slow(messages):
    time.sleep(0.02)
    print("answered", flush=True)
    return bard(messages)

generated(Path({folder!r}), FakeWriter(slow), [poem(number) for number in range(40)])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_sigkill_loses_no_finished_row(tmp_path: Path) -> None:
    code = KILLED.format(tests=os.path.dirname(__file__), folder=str(tmp_path / "killed"))  # noqa: PTH120
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(20):
        assert process.stdout.readline() == "answered\n"
    process.kill()
    process.wait()
    process.stdout.close()
    again = FakeWriter(bard)
    poems = [poem(number) for number in range(40)]
    generated(tmp_path / "killed", again, poems)
    assert again.sent <= 40 - 20 + again.config.concurrency + 1
    generated(tmp_path / "whole", FakeWriter(bard), poems)
    assert every_file(tmp_path / "killed") == every_file(tmp_path / "whole")
