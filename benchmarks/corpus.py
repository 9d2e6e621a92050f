"""How long items and poems take to make and to prove when the writer answers at once, and how much memory they take:

    python benchmarks/corpus.py [--items 1000] [--variants 2] [--poems POEMS.jsonl]

The writer is the fake that ships (provider `scripted`, script `verse`), through the real client with its reply store;
it fails one answer in ten on purpose. POEMS are the source poems that nothing may be copied from; without them, so many
are made up as there are items. Each run is a process of its own, so that its greatest memory is its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bardsmith.corpus.config import GenerateConfig, RefineConfig, SourceConfig
from bardsmith.corpus.gates.known import known_of
from bardsmith.corpus.generate import ITEMS, generate
from bardsmith.corpus.items import read_items
from bardsmith.corpus.refine import refine
from bardsmith.corpus.sources.read import poems as read_poems
from bardsmith.corpus.sources.shapes import SourcePoem
from bardsmith.llm.client import open_client
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.providers.verses import write
from bardsmith.progress import Silent

WRITER = LlmConfig(provider="scripted", model="verse", concurrency=16)


def main() -> None:
    """Prints one line a run, for a quarter of the items and for all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--variants", type=int, default=2)
    parser.add_argument("--poems", type=Path)
    parser.add_argument("--alone", action="store_true", help="one run in this process, told as JSON")
    arguments = parser.parse_args()
    if arguments.alone:
        print(json.dumps(asyncio.run(_run(arguments.items, arguments.variants, arguments.poems))))
        return
    print("items x variants generate    refine     again processor   accepted   rejected   requests   greatest memory")
    for items in (arguments.items // 4, arguments.items):
        for variants in sorted({1, arguments.variants}):
            options = ["--items", str(items), "--variants", str(variants), "--alone"]
            options += ["--poems", str(arguments.poems)] if arguments.poems else []
            done = subprocess.run([sys.executable, __file__, *options], check=True, stdout=subprocess.PIPE, text=True)
            _show(items, variants, json.loads(done.stdout))


async def _run(items: int, variants: int, poems: Path | None) -> dict[str, float]:
    """Seconds by the clock and of the processor (all stages), counts, the greatest resident memory in MiB (Linux)."""

    def sources() -> Iterator[SourcePoem]:
        return islice(_poems(poems, items), items)

    known = known_of((poem.id, poem.text) for poem in _poems(poems, items))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with open_client(WRITER, folder / "replies.sqlite") as client:
            started, processor = time.perf_counter(), time.process_time()
            await generate(GenerateConfig(), 1, sources, known, client, folder, Silent())
            generated = time.perf_counter()

            async def refined() -> tuple[int, int]:
                config = RefineConfig(variants=variants)
                written = await refine(config, 1, lambda: read_items(folder / ITEMS), known, client, folder, Silent())
                return written.accepted_rows, written.rejected_rows

            accepted, rejected = await refined()
            ended = time.perf_counter()
            sent = client.sent
            await refined()
            again = time.perf_counter()
            assert client.sent == sent, "the second run sent something"
    return {
        "generate": generated - started,
        "refine": ended - generated,
        "again": again - ended,
        "accepted": accepted,
        "rejected": rejected,
        "requests": sent,
        "processor": time.process_time() - processor,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _poems(path: Path | None, number: int) -> Iterator[SourcePoem]:
    if path is not None:
        yield from read_poems(SourceConfig(reader="poems", path=path))
        return
    for each in range(number):
        yield SourcePoem(id=f"made-{each}", text=write("quatrain", 16, random.Random(each)), source="made up")


def _show(items: int, variants: int, found: dict[str, float]) -> None:
    seconds = "".join(f"{found[stage]:8.1f} s" for stage in ("generate", "refine", "again", "processor"))
    counts = "".join(f"{found[what]:11.0f}" for what in ("accepted", "rejected", "requests"))
    print(f"{items:5d} x {variants:<8d}{seconds}{counts}{found['memory']:14.0f} MiB")


if __name__ == "__main__":
    main()
