"""The commands that make a corpus, as a person gives them, with the writer that ships."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bardsmith.cli import app, main
from bardsmith.corpus import generate
from bardsmith.corpus.config import GenerateConfig, SourceConfig
from bardsmith.corpus.gates.known import known_of
from bardsmith.corpus.making import in_batches
from bardsmith.corpus.sources.read import poems
from bardsmith.errors import InputError
from bardsmith.llm.client import open_client
from bardsmith.llm.config import LlmConfig
from bardsmith.outputs import read_records
from bardsmith.progress import Silent
from bardsmith.records import Conversation

STUDY = """
name: verses
model: {base: "random:tiny", dtype: float32}
corpus:
  writer: {provider: PROVIDER}
  generate: {sources: [{reader: starter, take: 8}]}
  refine: {variants: 2}
  conversations: {sources: [{reader: starter, take: 12}]}
  replay: {sources: [{reader: starter, take: 3}]}
training:
  defaults: {max_length: 2048}
  runs: [{name: lora}]
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a study, where nobody has a key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    write(tmp_path, "scripted, model: verse")
    return tmp_path


def write(folder: Path, provider: str) -> None:
    (folder / "study.yaml").write_text(STUDY.replace("PROVIDER", provider), encoding="utf-8")


def bardsmith(*words: str) -> str:
    """Standard output and standard error of a command that goes well."""
    result = CliRunner().invoke(app, words)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def requests_in(store: Path) -> int:
    with sqlite3.connect(store) as connection:
        found: int = connection.execute("select count(*) from replies").fetchone()[0]
        return found


def test_a_study_makes_its_corpus_and_a_second_time_buys_nothing(study: Path) -> None:
    bardsmith("run", "--study", ".", "--until", "corpus")
    made = study / "outputs" / "verses" / "corpus"
    names = {file.name for file in made.iterdir()}
    assert {"items.jsonl", "poem_finetune_8.jsonl", "train.jsonl", "validation.jsonl", "README.md"} <= names
    rows = read_records(made / "train.jsonl", Conversation) + read_records(made / "validation.jsonl", Conversation)
    kinds = {row.kind for row in rows if row.made}
    assert "poem" in kinds
    assert "replay" in kinds
    bought, before = requests_in(study / "outputs" / "replies.sqlite"), (made / "train.jsonl").read_bytes()

    for file in made.iterdir():
        file.unlink()
    bardsmith("run", "--study", ".", "--until", "corpus")
    assert requests_in(study / "outputs" / "replies.sqlite") == bought
    assert (made / "train.jsonl").read_bytes() == before


def test_each_act_is_a_command_and_its_rows_can_be_read_and_given_away(study: Path) -> None:
    for act, name in (
        ("generate", "poem_finetune_8"),
        ("refine", "poem_refined_8x2"),
        ("conversations", "poem_real_conversations_12"),
        ("replay", "poem_replay_"),
    ):
        assert name in bardsmith("corpus", act, "."), act
    shown = bardsmith("corpus", "show", "outputs/verses/corpus/poem_refined_8x2.jsonl", "--tokens", ".")
    assert "Made by" in shown
    assert "<|im_end|>" in shown
    bardsmith("run", "--study", ".", "--until", "corpus")
    bardsmith("corpus", "export", ".", "given")
    assert (study / "given" / "README.md").is_file()


def test_what_it_would_cost_is_told_without_a_key_and_asked_only_with_one(study: Path) -> None:
    write(study, "openai, model: gpt-5-mini, budget: 1.0")
    told = bardsmith("corpus", "generate", ".", "--dry-run")
    assert told.startswith("8 calls")
    assert "$0.0" in told
    with pytest.raises(InputError, match="OPENAI_API_KEY"):
        bardsmith("corpus", "generate", ".")


def test_an_act_that_the_study_does_not_ask_for_is_refused(study: Path) -> None:
    with pytest.raises(InputError, match=r"no corpus\.refine"):
        bardsmith("corpus", "refine", "tiny")


def test_why_a_reply_was_not_found_is_told(study: Path) -> None:
    bardsmith("corpus", "generate", ".")
    with sqlite3.connect(study / "outputs" / "replies.sqlite") as connection:
        (one,), (other,) = connection.execute("select key from replies order by key limit 2").fetchall()
    assert "messages.0.content" in bardsmith("replies", "why", one, other)


def test_batches_answer_all_that_an_act_will_ask(tmp_path: Path) -> None:
    writer = LlmConfig(provider="scripted", model="verse", batch=True)
    config = GenerateConfig(sources=(SourceConfig(reader="starter", take=8),))

    async def make() -> tuple[int, int]:
        async with open_client(writer, tmp_path / "replies.sqlite") as client:
            known = known_of()
            await in_batches(
                lambda: generate.jobs_of(config, 7, poems(config.sources[0]), known), client, Silent(), pause=0.01
            )
            batched = client.sent
            await generate.generate(config, 7, lambda: poems(config.sources[0]), known, client, tmp_path, Silent())
            return batched, client.sent

    batched, sent = asyncio.run(make())
    assert sent == batched, "nothing is asked at the full price"
    assert (tmp_path / "poem_finetune_8.jsonl").is_file()


def test_what_is_not_installed_is_named_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent() -> None:
        raise ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")

    monkeypatch.setattr("bardsmith.cli.app", absent)
    with pytest.raises(SystemExit, match="2"):
        main()
    assert 'pip install "bardsmith[train]"' in capsys.readouterr().err


def test_a_dry_run_of_replay_prices_first_the_base_and_then_the_writer(study: Path) -> None:
    assert bardsmith("corpus", "replay", ".", "--dry-run").startswith("3 calls")
    bardsmith("corpus", "replay", ".")
    write(study, "openai, model: gpt-5-mini")
    (study / "outputs" / "verses" / "study.yaml").unlink()
    told = bardsmith("corpus", "replay", ".", "--dry-run")
    assert "$0.0" in told
    assert not told.rstrip().endswith("$0.00")
