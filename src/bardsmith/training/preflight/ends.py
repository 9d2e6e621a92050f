"""Does every row end, and is its end learned? A model that never saw an answer end writes on until it is cut off."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from statistics import median

from bardsmith.models.rendering import IGNORED, Row
from bardsmith.records import Finding, Lengths
from bardsmith.training.preflight.found import refusal, share, warning

MOST_LOST = 0.1
"""Share of the rows that may be too long before pre-flight refuses: what is left is then another corpus, of short
answers."""
TRAILING = 2
"""Tokens that a template may write after an answer's end token, such as ChatML's line break."""
BARS = 16
"""Of a histogram, at most."""


def lengths_of(whole: Sequence[Row], max_length: int, runs: Sequence[str]) -> Lengths:
    """The histogram of rows that are neither left out nor cut yet; there must be some."""
    lengths = sorted(len(row.input_ids) for row in whole)
    step = next(step for step in (8, 16, 32, 64, 128, 256, 512, 1024, 1 << 62) if lengths[-1] <= step * BARS)
    bars = [
        sum(step * bar < length <= step * (bar + 1) for length in lengths) for bar in range(-(-lengths[-1] // step))
    ]
    return Lengths(
        runs=tuple(runs),
        max_length=max_length,
        rows=len(lengths),
        median=round(median(lengths)),
        keeps_99=lengths[-(-99 * len(lengths) // 100) - 1],
        longest=lengths[-1],
        step=step,
        bars=tuple(bars[bar] for bar in range(-(-lengths[-1] // step))),
    )


def long_rows(whole: Sequence[Row], max_length: int) -> Iterator[Finding]:
    """Rows that are left out because they are longer than max_length."""
    long = [row.id for row in whole if len(row.input_ids) > max_length]
    if not long:
        return
    lengths = lengths_of(whole, max_length, ())
    what = f"{share(len(long), len(whole))} are longer than max_length {max_length} and are left out"
    remedy = f"max_length: {lengths.keeps_99} keeps 99 % of them, {lengths.longest} all."
    if len(long) > MOST_LOST * len(whole):
        remedy += " If short answers are what is wanted: training.accept: [long-rows]."
        yield refusal("long-rows", what, remedy, long)
    else:
        yield warning("long-rows", what, remedy, long)


def lost_ends(rows: Sequence[Row], whole: Mapping[str, Row], max_length: int) -> Iterator[Finding]:
    """Rows that were cut before the last token they should teach; `whole` has each as it was before."""
    cut = [row.id for row in rows if len(row.input_ids) <= _last_learned(whole[row.id])]
    if cut:
        lengths = lengths_of(list(whole.values()), max_length, ())
        yield refusal(
            "lost-ends",
            f"{share(len(cut), len(rows))} are cut at max_length {max_length} and lose their end with its end token: "
            "the model learns to go on for ever",
            f"max_length: {lengths.keeps_99} keeps 99 % of them whole, {lengths.longest} all; or overlong: drop.",
            cut,
        )


def nothing_learned(rows: Sequence[Row]) -> Iterator[Finding]:
    """Rows without a token, without a label for every token, or without a label that is learned."""
    faulty = [row.id for row in rows if len(row.labels) != len(row.input_ids) or not row.learns]
    if faulty or not rows:
        yield refusal(
            "nothing-learned",
            f"{share(len(faulty), len(rows))} are learned from" if not rows else
            f"{share(len(faulty), len(rows))} are empty or teach nothing: every label is masked",
            "Give these rows an answer, or take them out of corpus.sources."
            if rows else "Raise max_length, or add conversations to corpus.sources.",
            faulty,
        )  # fmt: skip


def masked_ends(rows: Sequence[Row], stops: Collection[int], pad: int | None) -> Iterator[Finding]:
    """Rows whose end token is read but not learned, since padding is the same token and padding is masked."""
    masked = [row.id for row in rows if _end_state(row, stops) == "masked"]
    if masked and pad in stops:
        yield refusal(
            "masked-ends",
            f"the padding token is the end token ({pad}), and masking the one masked the other: "
            f"{share(len(masked), len(rows))} do not teach their end",
            "Give the tokenizer a padding token of its own.",
            masked,
        )


def unlearned_ends(rows: Sequence[Row], stops: Collection[int], pad: int | None) -> Iterator[Finding]:
    """Whole rows whose labels do not close with an end token, for any other reason than padding."""
    states = {row.id: _end_state(row, stops) for row in rows}
    unlearned = [name for name, state in states.items() if state == "none" or (state == "masked" and pad not in stops)]
    if unlearned:
        yield refusal(
            "unlearned-ends",
            f"the end token is not among the learned labels of {share(len(unlearned), len(rows))}: "
            "the model never learns to stop",
            "The chat template must end every answer with the tokenizer's end token: see model.chat_template.",
            unlearned,
        )


def _end_state(row: Row, stops: Collection[int]) -> str:
    """`learned`, `masked` or `none`: what became of the end token that closes the row."""
    last = _last_learned(row)
    ends = [place for place, token in enumerate(row.input_ids) if token in stops and place >= last - TRAILING]
    if not ends:
        return "none"
    return "learned" if any(row.labels[place] != IGNORED for place in ends) else "masked"


def _last_learned(row: Row) -> int:
    """The place of the last token that is learned; -1 if none is."""
    return max((place for place, label in enumerate(row.labels) if label != IGNORED), default=-1)
