"""The plan counts what a run trains and holds, says what fits, and what would make it fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bardsmith.errors import InputError
from bardsmith.models.config import ModelConfig
from bardsmith.models.load import load_base, load_skeleton, load_tokenizer
from bardsmith.outputs import StudyFolder, write_records
from bardsmith.progress import Silent
from bardsmith.records import Conversation, Message
from bardsmith.training.adapters import add_adapter
from bardsmith.training.batches import batches
from bardsmith.training.config import RunConfig, TrainingConfig
from bardsmith.training.plan.cards import CARDS, GIB, Card, named_card
from bardsmith.training.plan.estimate import RunPlan, TrainingPlan, calibrated
from bardsmith.training.plan.main import plan, probe
from bardsmith.training.plan.memory import Memory, step_memory
from bardsmith.training.plan.shape import Held, Load, adapters_shape, base_shape
from bardsmith.training.rows import rows_of
from bardsmith.training.targets import adapted

TINY = ModelConfig(base="random:tiny", dtype="float32")
NEMO = {
    "architectures": ["MistralForCausalLM"], "model_type": "mistral", "vocab_size": 131072, "hidden_size": 5120,
    "intermediate_size": 14336, "num_hidden_layers": 40, "num_attention_heads": 32, "num_key_value_heads": 8,
    "head_dim": 128, "tie_word_embeddings": False, "dtype": "bfloat16",
}  # fmt: skip
H100 = named_card("h100")
SKELETON = load_skeleton(TINY, Silent())


@pytest.fixture(scope="module")
def nemo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but a config.json."""
    folder = tmp_path_factory.mktemp("nemo")
    (folder / "config.json").write_text(json.dumps(NEMO), encoding="utf-8")
    return folder


def bardic(**changes: Any) -> RunConfig:
    shipped = {"name": "r", "max_length": 1024, "optimizer": "paged_adamw_8bit", "gradient_checkpointing": True}
    return RunConfig.model_validate({**shipped, "items": 1000, **changes})


def planned(nemo: Path, folder: Path, card: str, *runs: RunConfig, quantization: str = "nf4") -> TrainingPlan:
    model = ModelConfig.model_validate({"base": str(nemo), "quantization": quantization})
    return plan(TrainingConfig(runs=runs), model, StudyFolder(folder), 1, card, Silent())


@settings(max_examples=8, deadline=None)
@given(
    method=st.sampled_from(["lora", "dora", "rslora", "rsdora"]),
    rank=st.integers(1, 9),
    targets=st.sampled_from(["all-linear", ("q_proj",), ("mlp.up_proj", "k_proj")]),
    last_layers=st.sampled_from([None, 1, 2]),
)
def test_trainable_parameters_are_those_of_the_built_model(
    method: str, rank: int, targets: Any, last_layers: int | None
) -> None:
    wanted = {"method": method, "rank": rank, "target_modules": targets, "last_layers": last_layers}
    run = RunConfig.model_validate({"name": "r", **wanted})
    built = add_adapter(load_base(TINY, Silent()), run, seed=1)
    real = {name: p.numel() for name, p in built.named_parameters() if p.requires_grad}
    counted = adapters_shape(SKELETON, run)
    assert counted.trainable == sum(real.values())
    assert counted.magnitudes == sum(count for name, count in real.items() if "magnitude" in name)
    modules = {name.partition(".lora_")[0].removeprefix("base_model.model.") for name in real}
    assert set(adapted(SKELETON, run)) == modules


def test_a_skeleton_counts_as_its_model_does() -> None:
    counted = base_shape(SKELETON)
    parts = counted.linear + counted.embedding + counted.head + counted.other
    assert parts == sum(p.numel() for p in load_base(TINY, Silent()).parameters())


def test_nemo_is_counted_from_its_config_alone(nemo: Path) -> None:
    skeleton = load_skeleton(ModelConfig(base=str(nemo)), Silent())
    counted = base_shape(skeleton)
    assert round(counted.linear / 1e9, 3) == 10.905
    assert round((counted.linear + counted.embedding + counted.head + counted.other) / 1e9, 2) == 12.25
    assert round(adapters_shape(skeleton, bardic()).trainable / 1e6, 2) == 114.03
    assert round(adapters_shape(skeleton, bardic(method="dora")).magnitudes / 1e6, 2) == 1.80


@pytest.mark.parametrize(
    ("nf4", "rows", "optimizer", "measured"),
    [(False, 8, "adamw", 27.15), (True, 8, "adamw", 11.08), (True, 2, "adamw_8bit", 8.95)],
)
def test_lora_is_within_a_tenth_of_what_was_measured(
    nemo: Path, nf4: bool, rows: int, optimizer: str, measured: float
) -> None:
    """PEFT on an H100, rows of 512 tokens, checkpointing on, peak of PyTorch's allocator in GiB (2026-11)."""
    skeleton = load_skeleton(ModelConfig(base=str(nemo)), Silent())
    run = bardic(optimizer=optimizer, accumulation=1, adapter_backend="peft")
    load = Load(512 * rows, 512 * rows)
    found = step_memory(base_shape(skeleton), adapters_shape(skeleton, run), run, Held(2, nf4), load, H100)
    assert found.allocated / GIB == pytest.approx(measured, rel=0.1)


@settings(deadline=None)
@given(tokens=st.integers(1, 8192), rank=st.integers(1, 128), checkpointing=st.booleans(), dora=st.booleans())
def test_more_of_anything_takes_no_less(tokens: int, rank: int, checkpointing: bool, dora: bool) -> None:
    base = base_shape(SKELETON)

    def memory(tokens: int = tokens, **changes: Any) -> Memory:
        wanted = {"rank": rank, "gradient_checkpointing": checkpointing, "method": "dora" if dora else "lora"}
        run = RunConfig.model_validate({"name": "r", **wanted, **changes})
        return step_memory(base, adapters_shape(SKELETON, run), run, Held(2, False), Load(tokens, tokens), H100)

    less = memory()
    assert memory(tokens=tokens + 1).total >= less.total
    assert memory(rank=rank + 1).total > less.total
    assert memory(adapter_backend="peft", dropout=0.1).total >= memory(adapter_backend="peft").total
    assert memory(optimizer="adamw_8bit").optimizer <= less.optimizer
    assert memory(method="dora").total >= memory(method="lora").total
    assert less.allocated < less.total


def test_cards_are_found_by_what_people_call_them() -> None:
    assert named_card("4070 Ti 12 GB").name == "RTX 4070 Ti 12 GB"
    assert named_card("NVIDIA RTX 4090").name == "RTX 4090 24 GB"
    assert named_card("4070 ti super").name == "RTX 4070 Ti Super 16 GB"
    assert named_card("24 GB").gib == pytest.approx(23.5, abs=0.1)
    assert all(named_card(card.name) == card for card in CARDS)
    with pytest.raises(InputError, match="several cards are called a100"):
        named_card("a100")
    with pytest.raises(InputError, match="no card 'potato'"):
        named_card("potato")


def test_the_shipped_settings_fit_a_card_of_12_gb_and_others_are_told_what_would(nemo: Path, tmp_path: Path) -> None:
    card = "4070 Ti 12 GB"
    greedy = bardic(name="greedy", gradient_checkpointing=False, batch_size=8, optimizer="adamw", method="dora")
    lora, dora, one, many = planned(
        nemo, tmp_path, card, bardic(name="a"), bardic(name="b", method="dora"),
        bardic(name="c", gradient_checkpointing=False), greedy,
    ).runs  # fmt: skip
    assert (lora.fits, dora.fits, one.fits, many.fits) == (True, True, False, False)
    assert one.knobs == ("gradient_checkpointing: true",)
    assert many.knobs[:2] == ("gradient_checkpointing: true", "batch_size: 1, accumulation: 64")
    (whole,) = planned(nemo, tmp_path, card, bardic(), quantization="none").runs
    assert whole.knobs == ("quantization: nf4 (under model)",)
    (hopeless,) = planned(nemo, tmp_path, "4 GB", bardic()).runs
    assert (hopeless.fits, hopeless.knobs) == (False, ())


def test_without_a_corpus_every_row_is_as_long_as_may_be(nemo: Path, tmp_path: Path) -> None:
    found = planned(nemo, tmp_path, "4090", bardic())
    (run,) = found.runs
    assert (run.tokens, run.steps) == (1024, 125)
    assert run.seconds
    assert "no corpus yet" in found.assumed[0]
    (unknown,) = planned(nemo, tmp_path, "4090", bardic(items=None)).runs
    assert (unknown.steps, unknown.seconds) == (None, None)


def corpus(folder: StudyFolder) -> list[Conversation]:
    rows = [
        Conversation(
            id=f"r{n}", item=f"i{n}", kind="chat",
            messages=(Message(role="user", content="Sing."), Message(role="assistant", content="la " * (5 + n))),
        )
        for n in range(12)
    ]  # fmt: skip
    write_records(folder.train, rows)
    write_records(folder.validation, rows[:1])
    return rows


def test_with_a_corpus_the_batches_of_the_run_are_counted(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    rows = corpus(folder)
    run = RunConfig(name="r", rank=2, batch_size=3, accumulation=2, epochs=2)
    found = plan(TrainingConfig(runs=(run,)), TINY, folder, 1, None, Silent()).runs[0]
    fed = rows_of(load_tokenizer(TINY, Silent()), rows, (), run, 1).train
    lengths = [len(row.input_ids) for row in fed]
    assert found.tokens == max(len(batch) * max(lengths[row] for row in batch) for batch in batches(lengths, run, 1))
    assert found.steps == 4


def test_a_probe_measures_and_the_plan_follows_it(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    corpus(folder)
    run = RunConfig(name="r", rank=2, batch_size=2, accumulation=2)
    measured = probe(run, TINY, folder, 1, 0.0, Silent())
    assert measured["steps"] == 2
    assert (measured["rows"], measured["seconds"] > 0, measured["gib"] > 0.1) == (4, True, True)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "log.txt",
        "train.jsonl",
        "validation.jsonl",
    ]


def test_times_are_scaled_by_what_was_measured() -> None:
    shared = {"trainable": 1, "gib": {}, "total_gib": 1.0, "allocated_gib": 1.0, "fits": True, "tokens": 1}
    runs = (
        RunPlan(run="a", step_seconds=2.0, seconds=20.0, **shared),
        RunPlan(run="b", step_seconds=None, seconds=None, **shared),
    )
    found = calibrated(TrainingPlan(card="c", card_gib=1, on_gpu=True, assumed=(), runs=runs), "a", 3.0)
    assert [(run.step_seconds, run.seconds) for run in found.runs] == [(3.0, 30.0), (None, None)]


def test_a_processor_shares_its_memory_with_everything_else() -> None:
    card = Card("cpu", 8, 0.1, 10, desktop=3, is_gpu=False)
    run = RunConfig(name="r")
    found = step_memory(base_shape(SKELETON), adapters_shape(SKELETON, run), run, Held(4, False), Load(64, 64), card)
    assert found.total > found.allocated + 3 * GIB
