"""Notices a GPU that has run over into the computer's own memory.

Windows' NVIDIA driver does not fail when the card is full: it spills into system memory, and every step from then on
takes ten times as long or worse. Nothing says so, and a run of hours becomes one of days.
"""

from __future__ import annotations

from collections import deque
from statistics import median

JUMP = 10.0
"""How many times slower than before a step must be."""
IN_A_ROW = 3
"""Slow steps that are wanted: one alone may be a disk, a virus scanner or a laptop's lid."""
USUAL = 50
"""Steps that say what was usual before."""


class SpillWatch:
    """Is fed the seconds of each step, and says once when they have jumped for good."""

    def __init__(self) -> None:
        self.usual: deque[float] = deque(maxlen=USUAL)
        self.slow: list[float] = []
        self.has_warned = False

    def __call__(self, seconds: float) -> str | None:
        """A warning at the third step in a row that took over ten times the median before them; else None."""
        if len(self.usual) < IN_A_ROW or seconds <= JUMP * median(self.usual):
            self.usual.append(seconds)
            self.slow.clear()
            return None
        self.slow.append(seconds)
        if len(self.slow) < IN_A_ROW or self.has_warned:
            return None
        self.has_warned = True
        return (
            f"steps take {median(self.slow):.1f} s now, {median(self.usual):.1f} s before: the GPU's memory may have "
            "run over into the computer's. Close other windows that use the card; or lower batch_size (and raise "
            "accumulation), max_length or rank. In the NVIDIA control panel, 'CUDA - Sysmem Fallback Policy: Prefer No "
            "Sysmem Fallback' makes it an error instead."
        )
