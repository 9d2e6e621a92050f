"""Loads base models and adapters: an embedded model, a folder or a hub id, in the right type, on the right device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from bardsmith.errors import InputError
from bardsmith.models import embedded, tiny
from bardsmith.models.config import ModelConfig
from bardsmith.progress import Progress

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def resolve(config: ModelConfig, progress: Progress) -> str:
    """The folder or hub id that transformers loads; an embedded model is made first.

    Raises InputError if a hub id is neither in the hub's cache nor to be had from the hub.
    """
    if config.base.startswith(embedded.PREFIX):
        return str(embedded.folder_of(config.base, progress))
    if config.base.startswith("random:"):
        return str(tiny.folder_of(config.base))
    if not Path(config.base).is_dir():
        _expect_on_hub(config)
    return config.base


def load_tokenizer(config: ModelConfig, progress: Progress) -> PreTrainedTokenizerBase:
    from transformers import AutoTokenizer

    name = resolve(config, progress)
    with _loading(config):
        tokenizer = AutoTokenizer.from_pretrained(name, revision=config.revision)
    if config.chat_template is not None:
        tokenizer.chat_template = config.chat_template.read_text(encoding="utf-8")
    if tokenizer.pad_token_id is None or tokenizer.pad_token_id == tokenizer.eos_token_id:
        tokenizer.pad_token = _pad_token(tokenizer)
    return tokenizer


def _pad_token(tokenizer: PreTrainedTokenizerBase) -> str:
    """A token for padding that is not the end token, so that no collator can mask the end out of the loss."""
    vocabulary = tokenizer.get_vocab()
    known = ("<pad>", "[PAD]", "<|pad|>", "<|finetune_right_pad_id|>", "<|endoftext|>", "<unk>", "[UNK]")
    for token in (*known, tokenizer.unk_token, tokenizer.bos_token):
        if token and token in vocabulary and token != tokenizer.eos_token:
            return str(token)
    raise InputError("the tokenizer has no token to pad with besides its end token", "Add one to the base's folder.")


def load_base(config: ModelConfig, progress: Progress) -> PreTrainedModel:
    """The base model, ready to sample from or to put an adapter on."""
    from transformers import AutoModelForCausalLM

    device, options = device_of(config), {}
    if config.quantization == "nf4":
        options["quantization_config"] = _nf4(device)
    name = resolve(config, progress)
    with _loading(config):
        model = AutoModelForCausalLM.from_pretrained(
            name,
            revision=config.revision,
            dtype=dtype_of(config),
            attn_implementation="sdpa",
            device_map=None if device == "cpu" else {"": 0},
            **options,
        )
    return model.eval()


def load_skeleton(config: ModelConfig, progress: Progress) -> PreTrainedModel:
    """The base's modules without their weights, on the meta device: its config.json is all that is read."""
    from transformers import AutoConfig, AutoModelForCausalLM

    name = resolve(config, progress)
    with _loading(config), torch.device("meta"):
        return AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(name, revision=config.revision))


def device_of(config: ModelConfig) -> str:
    if config.device != "auto":
        if config.device == "cuda" and not torch.cuda.is_available():
            raise InputError("model.device is cuda, but PyTorch finds no such GPU here", "Write `device: auto`.")
        return config.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def dtype_of(config: ModelConfig) -> torch.dtype:
    """bfloat16 where it is multiplied natively (a processor without such instructions is up to 70 times slower)."""
    if config.dtype != "auto":
        return torch.float32 if config.dtype == "float32" else torch.bfloat16
    if device_of(config) == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native else torch.float32


def _nf4(device: str) -> Any:
    from transformers import BitsAndBytesConfig

    if device == "cpu":
        raise InputError("model.quantization is nf4, which needs a GPU, and there is none", "Write `none`.")
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


@contextmanager
def _loading(config: ModelConfig) -> Iterator[None]:
    """Tells why a base could not be loaded; transformers raises OSError and ValueError with pages of advice."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise InputError(f"base model {config.base} could not be loaded: {first_line(error)}") from error


def _expect_on_hub(config: ModelConfig) -> None:
    """Asks the hub once: transformers would try for most of a minute before it says that there is no network."""
    from huggingface_hub import HfApi, try_to_load_from_cache

    try:
        if isinstance(try_to_load_from_cache(config.base, "config.json", revision=config.revision), str):
            return
        HfApi().model_info(config.base, revision=config.revision, timeout=10)
    except Exception as error:  # of the hub's client, of the HTTP library under it, which has changed twice, or ours
        raise InputError(
            f"base model {config.base!r} is neither a folder here nor to be had from the model hub "
            f"({first_line(error)})",
            "Check model.base, the network and, for a gated model, your hub login; or take "
            f"{', '.join(embedded.PREFIX + name for name in embedded.EMBEDDED)}, which need no hub.",
        ) from error


def first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def load_contestant(config: ModelConfig, adapter: Path | None, progress: Progress) -> PreTrainedModel:
    """The base (adapter None) or the base with an adapter, merged into it where the base is not quantised."""
    model = load_base(config, progress)
    if adapter is None:
        return model
    from peft import PeftModel

    adapted = PeftModel.from_pretrained(model, str(adapter))
    if config.quantization != "none":
        return adapted.eval()
    return adapted.merge_and_unload().eval()


@contextmanager
def merged(model: PeftModel) -> Iterator[PeftModel]:
    """Samples from an adapter in training at the base's speed: merged in, and taken out again bit for bit.

    Only on a CPU, where an unmerged DoRA is several times slower; subtracting the adapter again would leave the
    rounding of two additions in the base, so the weights themselves are kept aside.
    """
    from peft.tuners.lora import LoraLayer

    training = model.training
    model.eval()
    layers = [module for module in model.modules() if isinstance(module, LoraLayer)]
    if model.device.type != "cpu":
        layers = []
    weights = [layer.get_base_layer().weight.detach().clone() for layer in layers]
    if layers:
        model.merge_adapter()
    try:
        yield model
    finally:
        if layers:
            model.unmerge_adapter()
        for layer, weight in zip(layers, weights, strict=True):
            layer.get_base_layer().weight.data.copy_(weight)
        model.train(training)
