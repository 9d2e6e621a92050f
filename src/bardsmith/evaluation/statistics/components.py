"""Where the spread of scores comes from: the prompts, who answers which prompt, or the luck of a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

Cells = Mapping[tuple[str, str], Sequence[float]]
"""By contestant and prompt, the scores of the samples."""


class Components(NamedTuple):
    """Variances, 0 and more, of scores about their contestant's mean."""

    prompt: float
    """Some prompts are harder for everybody."""
    interaction: float
    """Some contestants are better at some prompts; holds the samples' part where there is one sample a prompt."""
    sample: float | None
    """Two answers of one contestant to one prompt differ; None where there is one sample a prompt."""

    @property
    def total(self) -> float:
        return self.prompt + self.interaction + (self.sample or 0.0)


def variance_components(cells: Cells) -> Components | None:
    """Method of moments for two crossed factors (Searle, Casella and McCulloch 1992, chapter 4).

    Takes the prompts that every contestant has answered; None with fewer than two contestants or two such prompts.
    Unequal numbers of samples are met by their harmonic mean.
    """
    contestants = sorted({contestant for contestant, _ in cells})
    prompts = sorted(
        prompt
        for prompt in {prompt for _, prompt in cells}
        if all(cells.get((contestant, prompt)) for contestant in contestants)
    )
    if len(contestants) < 2 or len(prompts) < 2:
        return None
    rows = [[np.asarray(cells[contestant, prompt], float) for prompt in prompts] for contestant in contestants]
    means = np.array([[cell.mean() for cell in row] for row in rows])
    sizes = np.array([[len(cell) for cell in row] for row in rows])
    free = int((sizes - 1).sum())
    within = sum(float(((cell - cell.mean()) ** 2).sum()) for row in rows for cell in row)
    sample = within / free if free else None

    centred = means - means.mean(axis=1, keepdims=True)
    by_prompt = centred.mean(axis=0)
    mean_square_prompt = len(contestants) * float((by_prompt**2).sum()) / (len(prompts) - 1)
    rest = centred - by_prompt
    mean_square_rest = float((rest**2).sum()) / ((len(contestants) - 1) * (len(prompts) - 1))
    per_cell = float(sizes.size / (1 / sizes).sum())
    return Components(
        prompt=max(0.0, (mean_square_prompt - mean_square_rest) / len(contestants)),
        interaction=max(0.0, mean_square_rest - (sample or 0.0) / per_cell),
        sample=sample,
    )
