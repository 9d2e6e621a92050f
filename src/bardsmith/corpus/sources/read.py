"""Which reader reads which source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TypeVar

from bardsmith.corpus.config import SourceConfig
from bardsmith.corpus.sources import dolly, lima, messages, no_robots, pcd, starter
from bardsmith.corpus.sources import poems as poem_files
from bardsmith.corpus.sources.shapes import SourcePoem, SourceTalk
from bardsmith.errors import InputError

Source = TypeVar("Source", SourcePoem, SourceTalk)
Reader = Callable[[Path, str | None], Iterator[Source]]


def poems(source: SourceConfig) -> Iterator[SourcePoem]:
    """The poems of a source, read as they are asked for; InputError if it has none or is at fault."""
    readers: dict[str, Reader[SourcePoem]] = {
        "poems": poem_files.poems,
        "pcd": pcd.pcd,
        "starter": starter.starter_poems,
    }
    return _read(source, readers, "poems")


def talks(source: SourceConfig) -> Iterator[SourceTalk]:
    """The conversations of a source, read as they are asked for; InputError if it has none or is at fault."""
    readers: dict[str, Reader[SourceTalk]] = {
        "lima": lima.lima,
        "no_robots": no_robots.no_robots,
        "dolly": dolly.dolly,
        "messages": messages.messages,
        "starter": starter.starter_talks,
    }
    return _read(source, readers, "conversations")


def _read(source: SourceConfig, readers: Mapping[str, Reader[Source]], what: str) -> Iterator[Source]:
    if source.reader not in readers:
        raise InputError(f"a {source.reader} source holds no {what}", f"Those that do: {', '.join(readers)}.")
    return islice(readers[source.reader](source.path or starter.STARTER, source.licence), source.take)
