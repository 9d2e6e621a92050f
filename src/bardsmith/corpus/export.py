"""A corpus as Hugging Face `datasets` know it: a folder to load from disk, and a data set on the hub when asked."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bardsmith.errors import InputError, RunError
from bardsmith.outputs import read_records
from bardsmith.records import Conversation

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

CARD = "README.md"


def export(train: Path, validation: Path, out: Path) -> Path:
    """Writes the folder `out`, for `datasets.load_from_disk`, with the card that lies beside `train`; returns `out`.

    Raises InputError if there is such a folder already: nobody's data set is written over.
    """
    if out.exists():
        raise InputError(f"{out} is there already", "Give another folder, or remove it.")
    splits = _splits(train, validation)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as temporary:
        whole = Path(temporary) / out.name
        splits.save_to_disk(whole)
        if (train.parent / CARD).is_file():
            shutil.copy(train.parent / CARD, whole / CARD)
        whole.replace(out)
    return out


def push(folder: Path, name: str, private: bool = True) -> str:
    """Puts an exported folder on the hub as the data set `name` (owner/name); returns its address.

    The hub's own login is used (`hf auth login` or HF_TOKEN). Raises RunError with the hub's words if it refuses.
    """
    datasets = _datasets()
    from huggingface_hub import HfApi

    try:
        splits = datasets.load_from_disk(folder)
        hub = HfApi()
        hub.create_repo(name, repo_type="dataset", private=private, exist_ok=True)
        if (folder / CARD).is_file():  # first, since the rows' push completes the card that it finds
            hub.upload_file(path_or_fileobj=folder / CARD, path_in_repo=CARD, repo_id=name, repo_type="dataset")
        splits.push_to_hub(name, private=private)
    except Exception as error:  # the hub's client raises errors of half a dozen libraries, without a common base
        raise RunError(f"the hub did not take {name}: {error}", "Log in with: hf auth login") from None
    return f"https://huggingface.co/datasets/{name}"


def _splits(train: Path, validation: Path) -> DatasetDict:
    return _datasets().DatasetDict({"train": _table(train), "validation": _table(validation)})


def _table(path: Path) -> Dataset:
    """The rows under one schema, whatever keys the first of them leave out."""
    datasets = _datasets()
    text, texts = datasets.Value("string"), datasets.List(datasets.Value("string"))
    made = {"provider": text, "model": text, "request": text, "tries": datasets.Value("int64")}
    columns = {
        "id": text,
        "item": text,
        "kind": text,
        "form": text,
        "messages": datasets.List({"role": text, "content": text}),
        "reference": texts,
        "licence": text,
        "source": text,
        "made": {**made, "dollars": datasets.Value("float64"), "at": text},
        "made_from": texts,
    }
    rows = [row.model_dump() for row in read_records(path, Conversation)]
    return datasets.Dataset.from_list(rows, features=datasets.Features(columns))


def _datasets() -> Any:
    try:
        import datasets
    except ImportError:
        raise InputError("datasets is not installed", 'pip install "bardsmith[train]"') from None
    return datasets
