"""Draws answers from a local model: batched, seeded per answer, finished rows leaving the batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch

from bardsmith.models.rendering import stop_ids
from bardsmith.records import Sampling

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True)
class Drawn:
    text: str
    tokens: int
    """Tokens drawn, the end token included."""
    finish: Literal["stop", "length"]


@torch.inference_mode()
def draw(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[Sequence[int]],
    sampling: Sampling,
    seeds: Sequence[int],
    on_token: Callable[[int], None] = lambda step: None,
) -> list[Drawn]:
    """One answer to each prompt (token ids), in the order given, in one left-padded batch.

    Each answer is drawn with its own seed, so that it does not depend on which other prompts share the batch (up to
    the rounding of batched arithmetic). Rows that have ended leave the batch once they are a quarter of it.
    """
    rows = _Rows(model, prompts, sampling, seeds, stop_ids(tokenizer), int(tokenizer.pad_token_id))
    for step in range(sampling.max_new_tokens):
        on_token(step)
        if rows.advance(step) == 0:
            break
    return [_drawn(tokenizer, ids, rows.stops) for ids in rows.answers]


def _drawn(tokenizer: PreTrainedTokenizerBase, ids: list[int], stops: frozenset[int]) -> Drawn:
    stopped = bool(ids) and ids[-1] in stops
    text = str(tokenizer.decode(ids[:-1] if stopped else ids, skip_special_tokens=True)).strip()
    return Drawn(text, len(ids), "stop" if stopped else "length")


class _Rows:
    """The answers being drawn: `alive` maps the batch's rows to the prompts they belong to."""

    def __init__(
        self,
        model: PreTrainedModel,
        prompts: Sequence[Sequence[int]],
        sampling: Sampling,
        seeds: Sequence[int],
        stops: frozenset[int],
        pad: int,
    ) -> None:
        self.model, self.sampling, self.stops, self.pad = model, sampling, stops, pad
        self.answers: list[list[int]] = [[] for _ in prompts]
        self.alive = list(range(len(prompts)))
        self.done: set[int] = set()
        device, width = model.device, max(len(prompt) for prompt in prompts)
        self.ids = torch.tensor([[pad] * (width - len(p)) + list(p) for p in prompts], device=device)
        self.mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=device)
        self.cache: object | None = None
        self.read = self.ids
        self.uniforms = torch.stack(
            [torch.rand(sampling.max_new_tokens, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        ).to(device)

    def advance(self, step: int) -> int:
        """Draws one token for every living row; returns how many rows are still going."""
        positions = (self.mask.cumsum(-1) - 1).clamp(min=0)[:, -self.ids.shape[1] :]
        output = self.model(
            input_ids=self.ids,
            attention_mask=self.mask,
            position_ids=positions,
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        self.cache = output.past_key_values
        logits = output.logits[:, -1].float()
        if self.sampling.repetition_penalty != 1:
            penalise(logits, self.read, self.sampling.repetition_penalty, self.stops)
        token = choose(logits, self.sampling, self.uniforms[:, step])
        for index, drawn in zip(self.alive, token.tolist(), strict=True):
            if index in self.done:
                continue
            self.answers[index].append(drawn)
            if drawn in self.stops:
                self.done.add(index)
        self.ids = token[:, None]
        self.read = torch.cat([self.read, self.ids], dim=1)
        self.mask = torch.cat([self.mask, self.mask.new_ones((len(self.alive), 1))], dim=1)
        living = sum(index not in self.done for index in self.alive)
        if 0 < living <= 0.75 * len(self.alive):
            self._let_finished_rows_go()
        return living

    def _let_finished_rows_go(self) -> None:
        rows = [row for row, index in enumerate(self.alive) if index not in self.done]
        keep = torch.tensor(rows, device=self.ids.device)
        self.alive = [self.alive[row] for row in rows]
        self.ids, self.mask, self.uniforms = self.ids[keep], self.mask[keep], self.uniforms[keep]
        self.read = self.read[keep]
        self.cache.batch_select_indices(keep)  # type: ignore[union-attr]


def penalise(logits: torch.Tensor, read: torch.Tensor, penalty: float, spared: Iterable[int] = ()) -> None:
    """Makes tokens that were read or drawn less likely, in place: logits [rows, vocabulary], read [rows, any] ids.

    Positive logits are divided by the penalty, negative ones multiplied (Keskar and others 2019, section 4.1). The
    end tokens are to be spared: every chat prompt holds them, and a model punished for ending does not end.
    """
    free = list(spared)
    kept = logits[:, free]
    found = logits.gather(1, read)
    logits.scatter_(1, read, torch.where(found > 0, found / penalty, found * penalty))
    logits[:, free] = kept


def choose(logits: torch.Tensor, sampling: Sampling, uniforms: torch.Tensor) -> torch.Tensor:
    """The next token of each row: logits [rows, vocabulary], uniforms [rows] in [0, 1) -> ids [rows].

    Temperature, then top-k, then top-p, then min-p, as Hugging Face orders them; the draw inverts the cumulative
    distribution at the row's uniform number, the likeliest token first.
    """
    if sampling.temperature == 0:
        return logits.argmax(-1)
    limit = min(sampling.top_k, logits.shape[-1])
    values, tokens = logits.topk(limit) if limit else logits.sort(descending=True)
    shares = (values / sampling.temperature).softmax(-1)
    kept = (shares.cumsum(-1) - shares < sampling.top_p) & (shares >= sampling.min_p * shares[:, :1])
    cumulative = (shares * kept).cumsum(-1)
    rank = torch.searchsorted(cumulative, uniforms[:, None] * cumulative[:, -1:], right=True)
    last = kept.sum(-1, keepdim=True) - 1
    return tokens.gather(-1, torch.minimum(rank, last)).squeeze(-1)
