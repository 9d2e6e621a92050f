"""Graphics cards by name, and what this machine has: memory, speed and what the desktop takes."""

from __future__ import annotations

import re
import time
from typing import NamedTuple

from bardsmith.errors import InputError

GIB = 1 << 30
DESKTOP = 0.7
"""GiB that a desktop with a browser takes of a card with a screen on it; Windows takes up to 1.2."""


class Card(NamedTuple):
    name: str
    gib: float
    """Of memory that programs get, which is a little less than the card's name says."""
    teraflops: float | None
    """bfloat16, dense, accumulated in float32, by the datasheet; None where it is not known."""
    bandwidth: float | None
    """GB/s, by the datasheet."""
    desktop: float = 0.0
    """GiB that others take."""
    is_gpu: bool = True


CARDS = (
    Card("RTX 3060 12 GB", 11.76, 51, 360, DESKTOP),
    Card("RTX 3090 24 GB", 23.68, 71, 936, DESKTOP),
    Card("RTX 4060 Ti 16 GB", 15.70, 44, 288, DESKTOP),
    Card("RTX 4070 12 GB", 11.99, 58, 504, DESKTOP),
    Card("RTX 4070 Ti 12 GB", 11.99, 80, 504, DESKTOP),
    Card("RTX 4070 Ti Super 16 GB", 15.70, 88, 672, DESKTOP),
    Card("RTX 4080 16 GB", 15.70, 97, 717, DESKTOP),
    Card("RTX 4090 24 GB", 23.68, 165, 1008, DESKTOP),
    Card("RTX 5070 Ti 16 GB", 15.70, 88, 896, DESKTOP),
    Card("RTX 5080 16 GB", 15.70, 113, 960, DESKTOP),
    Card("RTX 5090 32 GB", 31.50, 210, 1792, DESKTOP),
    Card("T4 16 GB", 14.74, 65, 320),
    Card("L4 24 GB", 22.49, 121, 300),
    Card("L40S 48 GB", 44.99, 362, 864),
    Card("A10G 24 GB", 22.20, 70, 600),
    Card("A100 40 GB", 39.49, 312, 1555),
    Card("A100 80 GB", 79.25, 312, 2039),
    Card("H100 80 GB", 79.11, 989, 3350),
    Card("H200 141 GB", 139.81, 989, 4800),
)
"""Datasheet figures; a T4 has no bfloat16, so that is its float16."""


def named_card(text: str) -> Card:
    """The card that is meant by `4070 Ti 12 GB`, `a100 80` or `RTX 4090`.

    Raises InputError with the known ones if none is, or more than one. `24 GB` alone is any card of that size.
    """
    wanted = _words(text)
    close = [card for card in CARDS if wanted and wanted <= _words(card.name)]
    fewest = min((len(_words(card.name)) for card in close), default=0)
    close = [card for card in close if len(_words(card.name)) == fewest]  # `4070 Ti` is not the Super
    size = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*gi?b\s*", text.lower())
    if size:
        return Card(f"a card of {size.group(1)} GB", float(size.group(1)) * 0.98, None, None, DESKTOP)
    if len(close) != 1:
        what = f"several cards are called {text}" if close else f"there is no card {text!r} in the list"
        names = ", ".join(card.name for card in close or CARDS)
        raise InputError(what, f"There are: {names}. The memory alone works, too: --card '24 GB'.")
    return close[0]


def _words(text: str) -> set[str]:
    """Letters and numbers: `4070 Ti 12 GB` and `RTX 4070Ti 12GB` share 4070, ti and 12."""
    return set(re.findall(r"[a-z]+|\d+", text.lower())) - {"gb", "gib", "nvidia", "geforce"}


def like(name: str, gib: float) -> Card | None:
    """The card in the list that a driver calls `name`, of about so much memory."""
    said = _words(name)
    models = {card: _words(re.sub(r"\d+ GB$", "", card.name)) for card in CARDS}
    found = [card for card, words in models.items() if words <= said]
    return max(found, key=lambda card: (len(models[card]), -abs(card.gib - gib)), default=None)


def this_machine() -> Card:
    """The card that runs here train on: the first GPU, or the processor with the machine's memory."""
    import torch

    if not torch.cuda.is_available():
        return _processor()
    name = torch.cuda.get_device_name(0)
    free, total = torch.cuda.mem_get_info(0)
    known = like(name, total / GIB)
    speed = (known.teraflops, known.bandwidth) if known else (None, None)
    return Card(name, total / GIB, *speed, desktop=(total - free) / GIB)


def _processor() -> Card:
    """This machine's processor, timed for a moment: no datasheet knows how many others share it."""
    import psutil
    import torch

    size = 1024
    factor = torch.randn(size, size)
    product = factor @ factor  # the first call starts threads
    started = time.perf_counter()
    for _ in range(8):
        torch.mm(factor, factor, out=product)
    seconds = (time.perf_counter() - started) / 8
    buffer = torch.empty(32 << 20)
    started = time.perf_counter()
    copied = buffer.clone()
    bandwidth = 2 * copied.nbytes / (time.perf_counter() - started) / 1e9
    memory = psutil.virtual_memory()
    return Card(
        f"this machine's processor, {torch.get_num_threads()} threads",
        memory.total / GIB,
        2 * size**3 / seconds / 1e12,
        bandwidth,
        (memory.total - memory.available) / GIB,
        is_gpu=False,
    )
