"""What the corpus stage reads: conversations, ready or made; held-out prompts; and verse to compare with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from bardsmith.corpus.config import SHIPPED_PROMPTS, CorpusConfig, SourceConfig
from bardsmith.corpus.gates.known import Fit, Known, known_of
from bardsmith.corpus.gates.objections import Rejected
from bardsmith.corpus.generate import ITEMS
from bardsmith.corpus.items import read_items
from bardsmith.corpus.probes import asked_apart, probe_files
from bardsmith.corpus.sources import read
from bardsmith.errors import InputError
from bardsmith.outputs import StudyFolder, read_records
from bardsmith.records import Conversation, Made, Prompt

STARTER = Path("starter")
HERE = Path(__file__).parent


Act = Literal["generate", "refine", "conversations", "replay"]
"""In the order in which a study needs them; each is a command and a group of the configuration."""


class Making(NamedTuple):
    """A command that makes conversations, and what its files are called."""

    command: Act
    name: str


def makings(config: CorpusConfig) -> list[Making]:
    """Those that the study asks for, in the order in which their rows are read."""
    known = [
        Making("generate", "poem_finetune"),
        Making("refine", "poem_refined"),
        Making("conversations", "poem_real_conversations"),
        Making("replay", "poem_replay"),
    ]
    return [making for making in known if getattr(config, making.command) is not None]


def conversation_files(config: CorpusConfig, folder: StudyFolder) -> list[Path]:
    """Raises InputError if something that the study asks for was not made yet, or twice."""
    ready = [file for source in config.sources for file in (_starter() if source == STARTER else [source])]
    teaching = [making for making in makings(config) if not (making.command == "generate" and config.refine)]
    return [*ready, *(_made_by(making, folder) for making in teaching)]


def _starter() -> list[Path]:
    return sorted((HERE / "starter").glob("*.jsonl"))


def _made_by(making: Making, folder: StudyFolder) -> Path:
    found = sorted(folder.corpus.glob(f"{making.name}_*.jsonl"))
    if not found:
        raise InputError(
            f"{folder.corpus} has no {making.name}_<n>.jsonl yet, and the study has corpus.{making.command}",
            f"Make it with: bardsmith corpus {making.command}",
        )
    if len(found) > 1:
        names = ", ".join(file.name for file in found)
        raise InputError(f"{folder.corpus} has several: {names}", "Keep the one that is to be learned from.")
    return found[0]


def prompt_files(config: CorpusConfig) -> list[Path]:
    """Of the held-out prompts and, where the study has them, of the dev prompts."""
    given = [config.held_out, *([config.dev_prompts] if config.dev_prompts else [])]
    return [HERE / "prompts" / SHIPPED_PROMPTS[str(path)] if str(path) in SHIPPED_PROMPTS else path for path in given]


def source_files(config: CorpusConfig, folder: StudyFolder) -> list[Path]:
    """All files that decide what the corpus stage writes, the prompts' last. Raises InputError as above."""
    verse = [*verse_sources(config), *([config.human_verse] if config.human_verse else [])]
    texts = [file for source in verse for file in ([source.path] if source.path else _starter())]
    files = [
        *conversation_files(config, folder),
        *texts,
        *_rejected_files(config, folder),
        *_items_file(config, folder),
    ]
    return [*dict.fromkeys(files), *probe_files(config), *prompt_files(config)]


def read_conversations(config: CorpusConfig, folder: StudyFolder) -> list[Conversation]:
    """In the order of the sources; a row that does not say where it is from has its file's name."""
    return [
        row.model_copy(update={"source": row.source or file.stem})
        for file in conversation_files(config, folder)
        for row in read_records(file, Conversation)
    ]


def read_prompts(config: CorpusConfig) -> list[Prompt]:
    """The held-out prompts."""
    file = prompt_files(config)[0]
    prompts = read_records(file, Prompt)[: config.held_out_prompts]
    if not prompts:
        raise InputError(f"{file} holds no prompt", "Give at least one, or write `held_out: starter`.")
    return prompts


def read_dev_prompts(config: CorpusConfig) -> list[Prompt]:
    """Those that choose the best run of a method; none where the study has none."""
    prompts = []
    for file in prompt_files(config)[1:]:
        prompts = read_records(file, Prompt)
        if not prompts:
            raise InputError(f"{file} holds no prompt", "Give at least one, or leave corpus.dev_prompts out.")
    return prompts


def verse_sources(config: CorpusConfig) -> tuple[SourceConfig, ...]:
    """Where the verse is that no answer may copy."""
    return (*(config.generate.sources if config.generate else ()), *config.known_verse)


def known_to(config: CorpusConfig, fit: Fit | None = None) -> Known:
    """What all answers of a study are compared with, while they are made and when they are read."""
    poems = ((poem.id, poem.text) for source in verse_sources(config) for poem in read.poems(source))
    return known_of(poems, [*read_prompts(config), *read_dev_prompts(config), *asked_apart(config)], fit)


def read_rejected(config: CorpusConfig, folder: StudyFolder) -> list[Rejected]:
    """What failed while the rows were made."""
    return [row for file in _rejected_files(config, folder) for row in read_records(file, Rejected)]


def made_items(config: CorpusConfig, folder: StudyFolder) -> Iterator[Made]:
    """How each item was made that was made for the rows."""
    return (item.made for file in _items_file(config, folder) for item in read_items(file))


def read_human_verse(config: CorpusConfig) -> list[str] | None:
    """The poems that the study compares its own with; None for those that ship as figures."""
    return [poem.text for poem in read.poems(config.human_verse)] if config.human_verse else None


def _rejected_files(config: CorpusConfig, folder: StudyFolder) -> list[Path]:
    names = [*(making.name for making in makings(config)), *(["replay_answers"] if config.replay else [])]
    files = (folder.corpus / f"{name}.rejected.jsonl" for name in names)
    return [file for file in files if file.exists()]


def _items_file(config: CorpusConfig, folder: StudyFolder) -> list[Path]:
    file = folder.corpus / ITEMS
    return [file] if config.generate and file.exists() else []
