"""Each check of pre-flight finds the fault that is planted for it, with its rows, and is silent without it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bardsmith.models.config import ModelConfig
from bardsmith.models.load import load_skeleton
from bardsmith.models.rendering import IGNORED, Row, render_example, render_prompt
from bardsmith.models.tiny import CHAT_TEMPLATE, make_tokenizer
from bardsmith.probing import ProbePrompt
from bardsmith.progress import Silent
from bardsmith.records import Conversation, Finding, Message, Prompt
from bardsmith.training.config import RunConfig
from bardsmith.training.preflight.adapters import unmatched_adapters
from bardsmith.training.preflight.ends import (
    lengths_of,
    long_rows,
    lost_ends,
    masked_ends,
    nothing_learned,
    unlearned_ends,
)
from bardsmith.training.preflight.folders import foreign_folder
from bardsmith.training.preflight.look import of_corpus
from bardsmith.training.preflight.material import as_collated, fed
from bardsmith.training.preflight.rendering import double_bos, no_system_role, prompt_mismatch, rendered, round_trip
from bardsmith.training.preflight.split import held_out_prompts, leaky_split, near_duplicates
from bardsmith.training.preflight.system_prompt import long_system_prompt, prose_system_prompt

TOKENIZER: Any = make_tokenizer()
END, PAD = TOKENIZER.eos_token_id, TOKENIZER.pad_token_id
POEMS = [
    "The kettle sings upon the hob,\nThe cat has left her chair,\nAnd winter does its job.",
    "A gull upon the harbour wall\nLooks sideways at the sea;\nAnd that is well with me.",
    "Count the coins out one by one,\nLay them in a row;\nWhen the sum of them is done\nBack in the purse they go.",
]


def talk(number: int, system: str | None = "Answer in verse.", **changes: Any) -> Conversation:
    said = [Message(role="user", content=f"Question {number}: what of it?")]
    said.append(Message(role="assistant", content=POEMS[number % len(POEMS)]))
    first = [Message(role="system", content=system)] if system else []
    row = Conversation(id=f"t{number}", item=f"i{number}", kind="chat", messages=(*first, *said))
    return row.model_copy(update=changes)


TALKS = [talk(number) for number in range(3)]
ROWS = [render_example(TOKENIZER, row) for row in TALKS]
WHOLE = {row.id: row for row in ROWS}


def the(findings: Iterable[Finding], check: str, refuses: bool = True) -> Finding:
    (finding,) = findings
    assert (finding.check, finding.refuses) == (check, refuses)
    assert finding.remedy
    return finding


def none(findings: Iterable[Finding]) -> bool:
    return list(findings) == []


def cut(row: Row, length: int) -> Row:
    return Row(row.id, row.input_ids[:length], row.labels[:length])


def test_rows_that_are_cut_lose_their_end() -> None:
    assert none(lost_ends(ROWS, WHOLE, 512))
    assert none(lost_ends([cut(ROWS[0], len(ROWS[0].input_ids) - 1)], WHOLE, 512)), "ChatML's last line break only"
    short = [cut(ROWS[0], len(ROWS[0].input_ids) - 2), *ROWS[1:]]
    finding = the(lost_ends(short, WHOLE, 512), "lost-ends")
    assert finding.rows == ("t0",)
    assert "1 of 3 rows (33.3%)" in finding.what
    assert f"{max(len(row.input_ids) for row in ROWS)} all" in finding.remedy


def test_rows_that_are_left_out_warn_up_to_a_tenth() -> None:
    rows = [Row(str(n), [1] * (10 + n), [1] * (10 + n)) for n in range(20)]
    assert none(long_rows(rows, 29))
    assert the(long_rows(rows, 27), "long-rows", refuses=False).rows == ("18", "19")
    finding = the(long_rows(rows, 26), "long-rows")
    assert "3 of 20 rows (15.0%)" in finding.what
    assert "29 keeps 99 %" in finding.remedy


@settings(deadline=None)
@given(lengths=st.lists(st.integers(1, 5000), min_size=1, max_size=300))
def test_the_length_that_is_advised_keeps_99_of_100_rows_and_no_shorter_one_does(lengths: list[int]) -> None:
    found = lengths_of([Row(str(n), [1] * each, [1] * each) for n, each in enumerate(lengths)], 512, ["r"])
    kept = sum(each <= found.keeps_99 for each in lengths)
    assert kept >= 0.99 * len(lengths)
    assert sum(each < found.keeps_99 for each in lengths) < 0.99 * len(lengths)
    assert sum(found.bars) == len(lengths)
    assert len(found.bars) <= 16


def test_the_end_masked_with_the_padding_is_told_apart_from_an_end_that_is_not_learned() -> None:
    assert none(masked_ends(ROWS, {END}, PAD))
    assert none(unlearned_ends(ROWS, {END}, PAD))
    masked = [Row(row.id, row.input_ids, [IGNORED if token == END else token for token in row.labels]) for row in ROWS]
    assert the(masked_ends(masked, {END}, END), "masked-ends").rows == ("t0", "t1", "t2")
    assert none(unlearned_ends(masked, {END}, END))
    assert none(masked_ends(masked, {END}, PAD))
    assert the(unlearned_ends(masked, {END}, PAD), "unlearned-ends").rows == ("t0", "t1", "t2")


def test_a_row_without_an_end_token_never_teaches_to_stop() -> None:
    endless = Row("e", [token for token in ROWS[0].input_ids if token != END], [t for t in ROWS[0].labels if t != END])
    assert the(unlearned_ends([endless, *ROWS], {END}, PAD), "unlearned-ends").rows == ("e",)


def test_whole_conversations_end_well_too() -> None:
    rows = [render_example(TOKENIZER, row, "conversation") for row in TALKS]
    assert none(unlearned_ends(rows, {END}, PAD))
    assert none(lost_ends(rows, WHOLE, 512))


@pytest.mark.parametrize("faulty", [Row("x", [], []), Row("x", [5, 6], [IGNORED] * 2), Row("x", [5, 6], [5])])
def test_rows_that_teach_nothing(faulty: Row) -> None:
    assert none(nothing_learned(ROWS))
    assert the(nothing_learned([*ROWS, faulty]), "nothing-learned").rows == ("x",)


def test_no_row_at_all_teaches_nothing() -> None:
    assert "max_length" in the(nothing_learned([]), "nothing-learned").remedy


def test_two_beginnings_in_a_row() -> None:
    bos = 7
    assert none(double_bos([Row("b", [bos, 8, 9], [8, 9, 9])], bos, END))
    assert the(double_bos([Row("b", [bos, bos, 8], [8, 8, 8])], bos, END), "double-bos").rows == ("b",)
    assert none(double_bos([Row("b", [END, END], [END, END])], END, END)), "GPT-2 has one token for both"


def test_what_a_tokenizer_or_template_loses_is_found() -> None:
    named = {row.id: row for row in TALKS}
    assert none(round_trip(TOKENIZER, ROWS, named))
    flat = make_tokenizer()
    flat.chat_template = CHAT_TEMPLATE.replace("message['content']", "message['content'] | replace('\\n', ' ')")
    finding = the(round_trip(flat, [render_example(flat, row) for row in TALKS], named), "round-trip")
    assert finding.rows == ("t0", "t1", "t2")
    assert "what the assistant says" in finding.what


def test_a_prompt_that_differs_in_one_token_is_shown() -> None:
    prompts = {row.id: render_prompt(TOKENIZER, row.messages[:-1]) for row in TALKS}
    assert none(prompt_mismatch(TOKENIZER, ROWS, prompts))
    prompts["t1"][5] += 1
    finding = the(prompt_mismatch(TOKENIZER, ROWS, prompts), "prompt-mismatch")
    assert finding.rows == ("t1",)
    assert "from token 5 on" in finding.what


def test_every_way_in_which_a_template_fails_is_told_at_once() -> None:
    rows, findings = rendered(TOKENIZER, TALKS)
    assert ([row.id for row in rows], findings) == (["t0", "t1", "t2"], [])
    odd = make_tokenizer()
    odd.chat_template = (
        "{% for m in messages %}{% if '0:' in m.content %}{{ raise_exception('no zeros') }}{% endif %}"
        "{{ m.content }}"
        "{% if m.role != 'assistant' or '1:' not in messages[-2].content %}<|im_end|>{% endif %}{% endfor %}"
        "{% if add_generation_prompt and '2:' in messages[-1].content %}Answer:{% endif %}"
    )
    rows, findings = rendered(odd, TALKS)
    assert rows == []
    assert {finding.check: finding.rows for finding in findings} == {
        "unrenderable-rows": ("t0",),
        "unlearned-ends": ("t1",),
        "prompt-mismatch": ("t2",),
    }


@pytest.mark.parametrize(
    "template",
    [
        CHAT_TEMPLATE.replace("for message in messages", "for message in messages if message['role'] != 'system'"),
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}",
    ],
)
def test_a_template_without_a_system_role(template: str) -> None:
    bare = make_tokenizer()
    bare.chat_template = template
    assert none(no_system_role(TOKENIZER, TALKS))
    assert none(no_system_role(bare, [talk(1, system=None)]))
    assert the(no_system_role(bare, TALKS), "no-system-role").rows == ("t0", "t1", "t2")


def test_an_item_on_both_sides_of_the_split() -> None:
    prompt = Prompt(id="p", item="i2", kind="chat", messages=(Message(role="user", content="What?"),))
    assert none(leaky_split(TALKS[:2], TALKS[2:], []))
    assert the(leaky_split(TALKS[:2], [*TALKS[2:], talk(7, item="i0")], []), "leaky-split").rows == ("t7",)
    assert the(leaky_split(TALKS, [], [prompt]), "leaky-split").rows == ("p",)


def test_near_duplicates_across_the_split() -> None:
    assert none(near_duplicates(TALKS[:2], TALKS[2:]))
    near = talk(
        8, id="near", messages=(*talk(8).messages[:-1], Message(role="assistant", content=f"{POEMS[0]}\nAmen."))
    )
    finding = the(near_duplicates(TALKS[:2], [near]), "near-duplicates")
    assert finding.rows == ("near",)
    assert "t0" in finding.what


def test_held_out_prompts_in_training() -> None:
    long = "Which of the seven bridges of the old town was built first, and who paid for the stone that it is made of?"

    def prompt(text: str) -> list[Prompt]:
        return [Prompt(id="p", item="p", kind="chat", messages=(Message(role="user", content=text),))]

    asked = talk(5, messages=(Message(role="user", content=f"Hello. {long.upper()}"), TALKS[0].messages[-1]))
    assert none(held_out_prompts(TALKS, prompt(long)))
    assert the(held_out_prompts([*TALKS, asked], prompt(long)), "held-out-prompts").rows == ("t5",)
    assert the(held_out_prompts(TALKS, prompt("question 1 what of it")), "held-out-prompts").rows == ("t1",)


def test_probes_are_as_little_to_be_learned_from_as_held_out_prompts() -> None:
    asked = (Message(role="user", content=TALKS[1].question),)
    probe = ProbePrompt(id="probe", item="probe", kind="fact", messages=asked, probe="facts")
    found = of_corpus(TOKENIZER, [], TALKS, [], [], [probe])
    assert the((each for each in found if each.check == "held-out-prompts"), "held-out-prompts").rows == ("t1",)


def test_a_system_prompt_of_more_than_a_third_of_the_length() -> None:
    assert none(long_system_prompt(TOKENIZER, TALKS, 48))
    finding = the(long_system_prompt(TOKENIZER, TALKS, 47), "long-system-prompt", refuses=False)
    assert "48 or more" in finding.remedy


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Answer in fluid paragraphs of poetic prose.", True),
        ("Write an essay in rhyme.", True),
        ("Answer in verse, never in prose.", False),
        ("Reply as a poem, line by line, with no prose before or after it.", False),
        ("Use verse rather than paragraphs of prose.", False),
        ("Do not greet. Answer in prose.", True),
    ],
)
def test_a_system_prompt_that_asks_for_prose(text: str, asks: bool) -> None:
    findings = prose_system_prompt([talk(1, system=text)])
    assert the(findings, "prose-system-prompt", refuses=False) if asks else none(findings)


def test_adapters_that_match_no_module() -> None:
    skeleton = load_skeleton(ModelConfig(base="random:tiny"), Silent())
    assert all(parameter.is_meta for parameter in skeleton.parameters())
    fitting = RunConfig(name="a", target_modules=("q_proj", "mlp.up_proj"), last_layers=2)
    partly = RunConfig(name="b", target_modules=("q_proj", "query_key_value"))
    deep = RunConfig(name="c", last_layers=3)
    assert none(unmatched_adapters(skeleton, [fitting, RunConfig(name="all")]))
    finding = the(unmatched_adapters(skeleton, [fitting, partly]), "unmatched-adapters")
    assert finding.runs == ("b",)
    assert "query_key_value match nothing" in finding.what
    assert "q_proj" in finding.remedy
    assert "has 2 layers" in the(unmatched_adapters(skeleton, [deep]), "unmatched-adapters").what


def test_a_folder_that_another_run_left(tmp_path: Path) -> None:
    made_from = {"run": {"rank": 4}, "seed": 1}

    def found(**begun: Any) -> list[Finding]:
        (tmp_path / "run.json").write_text(json.dumps(made_from | begun), encoding="utf-8")
        return list(foreign_folder(tmp_path, made_from, dora=False, rank=4))

    assert none(foreign_folder(tmp_path / "none", made_from, dora=False, rank=4))
    checkpoint = tmp_path / "checkpoints" / "checkpoint-8"
    checkpoint.mkdir(parents=True)
    assert "no run.json" in the(foreign_folder(tmp_path, made_from, dora=False, rank=4), "foreign-folder").what
    assert none(found())
    assert "run.rank, seed" in the(found(run={"rank": 8}, seed=2), "foreign-folder").what
    (checkpoint / "adapter_config.json").write_text('{"r": 16, "use_dora": true}', encoding="utf-8")
    assert "checkpoint-8 is of rank 16, DoRA" in the(found(), "foreign-folder").what
    (checkpoint / "adapter_config.json").write_text('{"r": 4, "use_d', encoding="utf-8")
    assert none(found()), "a checkpoint that a kill cut short"


@pytest.mark.parametrize("packing", [False, True])
def test_rows_come_out_of_the_collator_as_they_went_in(packing: bool) -> None:
    rows = [Row(str(n), list(range(3, 4 + n % 5)), list(range(3, 4 + n % 5))) for n in range(19)]
    assert as_collated(rows, PAD, packing) == rows


def test_runs_that_read_the_same_rows_are_looked_at_once() -> None:
    runs = [
        RunConfig(name="one", max_length=1024),
        RunConfig(name="two", max_length=1024, rank=4, method="dora"),
        RunConfig(name="bare", max_length=1024, unprompted=1.0),
        RunConfig(name="cut", max_length=64, overlong="cut"),
    ]
    groups = list(fed(TOKENIZER, ROWS, TALKS, runs, seed=1))
    assert [group.runs for group in groups] == [("one", "two"), ("bare",), ("cut",)]
    same, bare, short = groups
    assert same.rows == ROWS
    assert all(row.messages[0].role == "user" for row in bare.conversations.values())
    assert [row.input_ids for row in bare.rows] == [bare.whole[row.id].input_ids for row in bare.rows]
    assert none(prompt_mismatch(TOKENIZER, bare.rows, bare.prompts))
    assert short.rows == []
