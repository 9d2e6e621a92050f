"""Draws answers from a local model: batched, seeded per answer, finished rows leaving the batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch.nn.functional import pad
from transformers import DynamicCache

from bardsmith.models.packed import packed
from bardsmith.models.rendering import stop_ids
from bardsmith.records import Sampling

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

GROUP = 16
"""Prompts read at once. Groups are of like length, so that little padding is computed."""
LEAVE = 0.75
"""Finished rows leave the batch once it has shrunk to this share."""


@dataclass(frozen=True)
class Ask:
    """One answer to be drawn."""

    ids: tuple[int, ...]
    """The rendered prompt."""
    sampling: Sampling
    seed: int


@dataclass(frozen=True)
class Drawn:
    text: str
    tokens: int
    """Tokens drawn, the end token included."""
    finish: Literal["stop", "length"]


@torch.no_grad()  # no inference mode: FSDP would keep what it gathers in it, and could not train with that again
def draw(
    model: PreTrainedModel | PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    asks: Sequence[Ask],
    ended: Callable[[int, Drawn], None] = lambda number, drawn: None,
) -> list[Drawn]:
    """Answers in the order asked, drawn in one batch. `ended` is called with each as soon as it has ended.

    Each answer has its own seed and does not depend on which others share the batch (up to the rounding of batched
    arithmetic). A prompt that is asked several times, sampled and greedy say, is read once.
    """
    rows = _Rows(model, asks, stop_ids(tokenizer))
    found: dict[int, Drawn] = {}
    with packed(model):
        logits = rows.read()
        while True:
            for number in rows.choose_next(logits):
                found[number] = _drawn(tokenizer, rows.answers[number], rows.stops)
                ended(number, found[number])
            if len(found) == len(asks):
                return [found[number] for number in range(len(asks))]
            logits = rows.advance()


def _drawn(tokenizer: PreTrainedTokenizerBase, ids: list[int], stops: frozenset[int]) -> Drawn:
    stopped = bool(ids) and ids[-1] in stops
    text = str(tokenizer.decode(ids[:-1] if stopped else ids, skip_special_tokens=True)).strip()
    return Drawn(text, len(ids), "stop" if stopped else "length")


class Streaming:
    """One answer, a token at a time: the same as `draw` gives. Between two tokens the model may serve others."""

    def __init__(self, model: PreTrainedModel | PeftModel, tokenizer: PreTrainedTokenizerBase, ask: Ask) -> None:
        self._tokenizer = tokenizer
        self._rows = _Rows(model, [ask], stop_ids(tokenizer))
        self._shown = ""
        self.finish: Literal["stop", "length"] | None = None
        """None while it is being written."""

    @torch.no_grad()
    def next_piece(self) -> str:
        """Draws a token; returns what it adds to the text, which is nothing in the middle of a character."""
        ended = self._rows.choose_next(self._rows.read() if self._rows.cache is None else self._rows.advance())
        drawn = _drawn(self._tokenizer, self._rows.answers[0], self._rows.stops)
        if ended:
            self.finish = drawn.finish
        elif drawn.text.endswith("\ufffd"):
            return ""
        piece = drawn.text[len(self._shown) :]
        self._shown = drawn.text
        return piece


class _Rows:
    """The answers being drawn. `alive` maps the batch's rows to the asks they belong to."""

    def __init__(self, model: PreTrainedModel | PeftModel, asks: Sequence[Ask], stops: frozenset[int]) -> None:
        self.model, self.asks, self.stops = model, asks, stops
        self.answers: list[list[int]] = [[] for _ in asks]
        self.alive = list(range(len(asks)))
        self.uniforms = torch.stack(
            [torch.rand(ask.sampling.max_new_tokens, generator=torch.Generator().manual_seed(ask.seed)) for ask in asks]
        ).to(model.device)
        _, self.mask = _left_padded([ask.ids for ask in asks], model.device)
        self.drawn = torch.empty((len(asks), 0), dtype=torch.long, device=model.device)
        self.cache: Any = None

    def read(self) -> torch.Tensor:
        """Reads every different prompt once; returns the logits of each row's next token [rows, vocabulary]."""
        prompts = sorted({ask.ids for ask in self.asks}, key=lambda ids: (len(ids), ids))
        size = GROUP if _has_plain_cache(self.model) else len(prompts)
        caches, last = [], []
        for group in (prompts[i : i + size] for i in range(0, len(prompts), size)):
            ids, mask = _left_padded(group, self.model.device)
            output = self._forward(ids, mask, (mask.cumsum(-1) - 1).clamp(min=0), None)
            caches.append(output.past_key_values)
            last.append(output.logits[:, -1])
        self.cache = caches[0] if len(caches) == 1 else _joined(caches)
        place = {ids: number for number, ids in enumerate(prompts)}
        rows = torch.tensor([place[ask.ids] for ask in self.asks], device=self.model.device)
        self.cache.batch_select_indices(rows)
        return torch.cat(last)[rows].float()

    def choose_next(self, logits: torch.Tensor) -> list[int]:
        """Gives every row its next token; returns which asks' answers have ended with it."""
        step = len(self.answers[self.alive[0]])
        token = torch.empty(len(self.alive), dtype=torch.long, device=logits.device)
        for sampling in dict.fromkeys(self.asks[index].sampling for index in self.alive):
            rows = [row for row, index in enumerate(self.alive) if self.asks[index].sampling == sampling]
            own = logits[rows]
            if sampling.repetition_penalty != 1:
                penalise(own, self.drawn[rows], sampling.repetition_penalty)
            token[rows] = choose(own, sampling, self.uniforms[rows, step])
        self.drawn = torch.cat([self.drawn, token[:, None]], dim=1)
        self.mask = pad(self.mask, (0, 1), value=1)
        going, ended = [], []
        for row, (index, drawn) in enumerate(zip(self.alive, token.tolist(), strict=True)):
            if self._has_ended(index):
                continue
            self.answers[index].append(drawn)
            if self._has_ended(index):
                ended.append(index)
            else:
                going.append(row)
        if 0 < len(going) <= LEAVE * len(self.alive):
            self._keep(going)
        return ended

    def _has_ended(self, index: int) -> bool:
        answer = self.answers[index]
        return bool(answer) and (answer[-1] in self.stops or len(answer) == self.asks[index].sampling.max_new_tokens)

    def advance(self) -> torch.Tensor:
        """Reads the tokens just chosen; returns the logits of the next ones."""
        positions = self.mask.sum(-1, keepdim=True) - 1
        output = self._forward(self.drawn[:, -1:], self.mask, positions, self.cache)
        self.cache = output.past_key_values
        return output.logits[:, -1].float()  # type: ignore[no-any-return]

    def _forward(self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, cache: Any) -> Any:
        return self.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )

    def _keep(self, rows: list[int]) -> None:
        self.alive = [self.alive[row] for row in rows]
        kept = torch.tensor(rows, device=self.mask.device)
        self.mask, self.drawn, self.uniforms = self.mask[kept], self.drawn[kept], self.uniforms[kept]
        self.cache.batch_select_indices(kept)


def _left_padded(prompts: Sequence[Sequence[int]], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask, each [rows, longest]; a row is padded with its own first token."""
    width = max(map(len, prompts))
    ids = torch.tensor([[ids[0]] * (width - len(ids)) + list(ids) for ids in prompts], device=device)
    mask = torch.tensor([[0] * (width - len(ids)) + [1] * len(ids) for ids in prompts], device=device)
    return ids, mask


def _has_plain_cache(model: PreTrainedModel | PeftModel) -> bool:
    """True if every layer attends to all that was read; the caches of sliding windows cannot be joined."""
    config = model.config.get_text_config()
    kinds = getattr(config, "layer_types", None)
    if kinds is not None:
        return set(kinds) == {"full_attention"}
    return getattr(config, "sliding_window", None) is None


def _joined(caches: Sequence[Any]) -> DynamicCache:
    """One cache of all rows, the shorter ones padded on the left."""
    width = max(cache.get_seq_length() for cache in caches)
    joined = DynamicCache()
    for layer in range(len(caches[0].layers)):
        parts = [(cache.layers[layer], width - cache.get_seq_length()) for cache in caches]
        keys, values = (
            torch.cat([pad(getattr(part, name), (0, 0, missing, 0)) for part, missing in parts])
            for name in ("keys", "values")
        )
        joined.update(keys, values, layer)
    return joined


def penalise(logits: torch.Tensor, drawn: torch.Tensor, penalty: float) -> None:
    """Makes tokens that were drawn before less likely, in place: logits [rows, vocabulary], drawn [rows, any] ids.

    Positive logits are divided by the penalty, negative ones multiplied (Keskar and others 2019, section 4.1). Unlike
    in Hugging Face's generate, the prompt's tokens do not count: it holds the end token and line breaks, and a model
    that is punished for both writes prose without an end; nor should it avoid the words it was asked about.
    """
    found = logits.gather(1, drawn)
    logits.scatter_(1, drawn, torch.where(found > 0, found / penalty, found * penalty))


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
