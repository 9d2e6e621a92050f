"""Pre-flight names every silent bug of the reference study, and none once it is mended."""

from __future__ import annotations

from typing import Any

import pytest
from reference_study import MAX_LENGTH, SHORT, SYSTEM, conversations, fed, split_by_row, tokenizer

from bardsmith.models.rendering import render_example, render_prompt
from bardsmith.records import Conversation, Finding, Message
from bardsmith.training.config import RunConfig
from bardsmith.training.preflight.look import of_corpus, of_runs
from bardsmith.training.preflight.material import Fed

PROMPT_MISMATCH = {"prompt-mismatch"}
LOST_ENDS = {"lost-ends"}
LEAKY_VALIDATION = {"leaky-split", "near-duplicates"}
CONTRADICTED_MEASURE = {"prose-system-prompt"}
PAD_IS_EOS = {"masked-ends"}


@pytest.fixture(scope="module")
def reader() -> Any:
    return tokenizer()


def found_in(reader: Any, group: Fed, train: list[Conversation], validation: list[Conversation]) -> list[Finding]:
    return [*of_corpus(reader, list(group.whole.values()), train, validation, []), *of_runs(reader, group)]


def test_its_settings_are_as_described(reader: Any) -> None:
    assert 300 <= len(reader(SYSTEM).input_ids) <= 400
    stanzas = {len(row.answer.split("\n\n")) for row in conversations()}
    assert (min(stanzas), max(stanzas)) == (1, 12)


def test_all_five_silent_bugs_are_named(reader: Any) -> None:
    train, validation = split_by_row()
    findings = found_in(reader, fed(reader, train), train, validation)
    bugs = PROMPT_MISMATCH | LOST_ENDS | LEAKY_VALIDATION | CONTRADICTED_MEASURE | PAD_IS_EOS
    assert {finding.check for finding in findings} == bugs | {"long-system-prompt"}
    assert {finding.check for finding in findings if not finding.refuses} == {
        "prose-system-prompt",
        "long-system-prompt",
    }
    assert all(finding.rows and finding.remedy for finding in findings)


def test_mended_it_passes() -> None:
    reader = tokenizer()
    reader.add_special_tokens({"pad_token": "<|pad|>"})
    short = Message(role="system", content=SHORT)
    rows = [row.model_copy(update={"messages": (short, *row.messages[1:])}) for row in conversations()]
    kept = sorted({row.item for row in rows})[:10]
    train = [row for row in rows if row.item not in kept]
    whole = {row.id: render_example(reader, row) for row in train}
    group = Fed(
        runs=("lora",),
        run=RunConfig(name="lora", max_length=2 * MAX_LENGTH),
        rows=list(whole.values()),
        whole=whole,
        conversations={row.id: row for row in train},
        prompts={row.id: render_prompt(reader, row.messages[:-1]) for row in train},
    )
    assert found_in(reader, group, train, [row for row in rows if row.item in kept]) == []
