"""Where files are, how they are written so that a kill loses nothing, and where a result came from."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from bardsmith.errors import Fault, InputError
from bardsmith.records import Closed

Record = TypeVar("Record", bound=Closed)


@dataclass(frozen=True)
class StudyFolder:
    """The layout of `outputs/<study>/`."""

    root: Path

    @property
    def study(self) -> Path:
        return self.root / "study.yaml"

    @property
    def replies(self) -> Path:
        """What services answered, of all studies that lie beside one another."""
        return self.root.parent / "replies.sqlite"

    @property
    def corpus(self) -> Path:
        return self.root / "corpus"

    @property
    def train(self) -> Path:
        return self.corpus / "train.jsonl"

    @property
    def validation(self) -> Path:
        return self.corpus / "validation.jsonl"

    @property
    def heldout(self) -> Path:
        return self.corpus / "heldout.jsonl"

    @property
    def probes(self) -> Path:
        """What is asked besides the held-out prompts."""
        return self.corpus / "probes.jsonl"

    @property
    def dev(self) -> Path:
        """Prompts that choose the best run of a method; there only where the study has such prompts."""
        return self.corpus / "dev.jsonl"

    @property
    def training(self) -> Path:
        return self.root / "training"

    def run(self, name: str) -> Path:
        return self.training / name

    @property
    def arena(self) -> Path:
        return self.root / "arena"

    @property
    def completions(self) -> Path:
        return self.arena / "completions.jsonl"

    @property
    def probed(self) -> Path:
        """Every answer to the probes; empty where none were asked."""
        return self.arena / "probes.jsonl"

    @property
    def dev_completions(self) -> Path:
        """The runs' answers to the dev prompts."""
        return self.arena / "dev.jsonl"

    @property
    def anchors(self) -> Path:
        """Prompts that stand before poems by people which answer none; there only where the study has such poems."""
        return self.arena / "anchors.jsonl"

    @property
    def answer_pace(self) -> Path:
        return self.arena / "pace.jsonl"

    @property
    def ballots(self) -> Path:
        return self.arena / "votes.sqlite"

    @property
    def arena_ratings(self) -> Path:
        return self.arena / "arena.json"

    @property
    def evaluation(self) -> Path:
        return self.root / "evaluation"

    @property
    def scores(self) -> Path:
        return self.evaluation / "scores.jsonl"

    @property
    def summary(self) -> Path:
        return self.evaluation / "summary.json"

    @property
    def probe_scores(self) -> Path:
        return self.evaluation / "probe_scores.jsonl"

    @property
    def probe_summary(self) -> Path:
        return self.evaluation / "probes.json"

    @property
    def refusals(self) -> Path:
        """What a jury said of the answers to safety probes."""
        return self.evaluation / "refusals.jsonl"

    @property
    def verdicts(self) -> Path:
        """One line a completion, language-model judge and repeat; there only where the study has such judges."""
        return self.evaluation / "verdicts.jsonl"

    @property
    def preferences(self) -> Path:
        return self.evaluation / "preferences.jsonl"

    @property
    def card(self) -> Path:
        """How far the judges can be trusted."""
        return self.evaluation / "card.json"

    @property
    def report(self) -> Path:
        return self.root / "report"


class Origin(Closed):
    """What made a result: enough to make it again."""

    bardsmith: str
    python: str
    platform: str
    packages: dict[str, str]
    commit: str | None = None
    dirty: bool | None = None


class Manifest(Closed):
    """Written last in a stage's folder: its presence means that the stage is complete."""

    stage: str
    config: dict[str, Any]
    inputs: dict[str, str]
    """File name to SHA-256, of everything the stage read."""
    outputs: dict[str, str]
    """The same of everything it wrote."""
    counts: dict[str, int] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float
    origin: Origin


MANIFEST = "manifest.json"


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside `path`; when the block ends well it takes `path`'s place in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: object) -> None:
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_records(path: Path, records: Iterable[Closed]) -> None:
    write_text(path, "".join(line_of(record) for record in records))


def append_records(path: Path, records: Iterable[Closed]) -> None:
    """Appends in one write and brings it to the disk; a kill leaves at most one unfinished last line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write("".join(line_of(record) for record in records))
        file.flush()
        os.fsync(file.fileno())


def line_of(record: Closed) -> str:
    return record.model_dump_json(exclude_none=True) + "\n"


def read_records(path: Path, shape: type[Record]) -> list[Record]:
    """Reads a JSONL file of one shape, blank lines skipped. Raises InputError that names every faulty line."""
    records: list[Record] = []
    faults: list[Fault] = []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path} is missing", "Check the path in the study, or make the file.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start})") from None
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            records.append(shape.model_validate_json(line))
        except ValidationError as error:
            faults.extend(faults_of_line(error, f"{path}:{number}"))
    if faults:
        raise faulty_file(path, faults)
    return records


def faulty_file(path: Path, faults: Sequence[Fault]) -> InputError:
    """Tells the first 20 faults of a file, and how many more there are."""
    more = [Fault(f"... and {len(faults) - 20} more")] if len(faults) > 20 else []
    return InputError(
        f"{path} has {len(faults)} fault{'s' if len(faults) > 1 else ''}",
        "Mend the lines and run the same command again.",
        [*faults[:20], *more],
    )


def faults_of_line(error: ValidationError, where: str) -> Iterator[Fault]:
    """What is wrong with one line of a file, `where` being file and line."""
    for entry in error.errors(include_url=False):
        key = ".".join(str(part) for part in entry["loc"])
        what = "the line is not JSON" if entry["type"] == "json_invalid" else entry["msg"]
        detail = f" ({entry['ctx']['error']})" if entry["type"] == "json_invalid" else ""
        yield Fault(f"{key}: {what}" if key else f"{what}{detail}", where)


def finished_records(path: Path, shape: type[Record]) -> list[Record]:
    """Reads back a file that was being appended to; an unfinished last line is dropped from the file, too."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    whole, _, rest = text.rpartition("\n")
    if rest:
        write_text(path, whole + "\n" if whole else "")
    return [shape.model_validate_json(line) for line in whole.split("\n") if line]


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests(paths: Iterable[Path], base: Path) -> dict[str, str]:
    """SHA-256 by path relative to `base` (absolute where outside of it), with forward slashes."""
    named = ((path.relative_to(base) if path.is_relative_to(base) else path, path) for path in paths)
    return {name.as_posix(): digest(path) for name, path in named}


def write_manifest(folder: Path, manifest: Manifest) -> None:
    write_text(folder / MANIFEST, manifest.model_dump_json(indent=2) + "\n")


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a complete stage, else None; one that cannot be read counts as none."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError):
        return None


def is_complete(folder: Path, config: Mapping[str, Any], inputs: Mapping[str, str]) -> bool:
    """True if the stage ended with this configuration, from these inputs, and its files still stand."""
    manifest = read_manifest(folder)
    return (
        manifest is not None
        and manifest.config == config
        and manifest.inputs == inputs
        and all((folder / name).is_file() and digest(folder / name) == want for name, want in manifest.outputs.items())
    )


def is_made_from(claim: Path, made_from: Mapping[str, Any]) -> bool:
    """True if the file `claim`, which lies beside unfinished work, says that it was begun from the same."""
    return claim.exists() and bool(json.loads(claim.read_text(encoding="utf-8")) == made_from)


@cache
def origin() -> Origin:
    """Versions and commit of what is running now."""
    packages = {}
    for name in ("torch", "transformers", "peft", "trl", "accelerate", "tokenizers", "safetensors", "numpy"):
        try:
            packages[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    commit, dirty = _commit(Path(__file__).parent)
    return Origin(
        bardsmith=importlib.metadata.version("bardsmith"),
        python=platform.python_version(),
        platform=f"{sys.platform} {platform.machine()}",
        packages=packages,
        commit=commit,
        dirty=dirty,
    )


def _commit(folder: Path) -> tuple[str | None, bool | None]:
    """Commit and dirty flag if the code runs from a checkout."""

    def git(*words: str) -> str:
        command = ["git", "-C", str(folder), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout.strip()

    try:
        tracked = git("ls-files", "--error-unmatch", "errors.py")
        return (git("rev-parse", "HEAD"), bool(git("status", "--porcelain"))) if tracked else (None, None)
    except (OSError, subprocess.SubprocessError):
        return None, None
