"""A study's runs beside a card: memory, fit, steps and time, from the base's config.json and, if there, the corpus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from bardsmith.errors import InputError
from bardsmith.models.config import ModelConfig
from bardsmith.models.load import dtype_of, load_skeleton, load_tokenizer
from bardsmith.models.rendering import IGNORED
from bardsmith.outputs import StudyFolder, read_records
from bardsmith.progress import Progress
from bardsmith.records import Closed, Conversation
from bardsmith.training.batches import batches, steps_of
from bardsmith.training.config import RunConfig, TrainingConfig
from bardsmith.training.plan.cards import GIB, Card, named_card, this_machine
from bardsmith.training.plan.duration import Work, run_seconds
from bardsmith.training.plan.knobs import Setup, advice
from bardsmith.training.plan.memory import Memory, step_memory
from bardsmith.training.plan.shape import Held, Load, adapters_shape, base_shape
from bardsmith.training.rows import rows_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


AS_LONG_AS_MAY_BE = "every row has max_length tokens, half of them learned"


class RunPlan(Closed):
    """What a run will take."""

    run: str
    trainable: int
    gib: dict[str, float]
    """Memory by part; not all of it stands at one time: see plan.memory.Memory."""
    total_gib: float
    allocated_gib: float
    """What PyTorch hands out itself at the highest point of a step, evaluations aside."""
    fits: bool
    knobs: tuple[str, ...] = ()
    """What would make it fit, as it is written in the study; empty if it fits or nothing that was tried helps."""
    tokens: int
    """Of the largest batch, padding included."""
    steps: int | None = None
    step_seconds: float | None = None
    """Estimated, of a step whose batches are all as large as the largest."""
    seconds: float | None = None
    """Estimated, evaluations included; None where the rows or the card's speed are not known."""


class TrainingPlan(Closed):
    card: str
    card_gib: float
    on_gpu: bool
    assumed: tuple[str, ...]
    """What had to be assumed."""
    runs: tuple[RunPlan, ...]


class Read(NamedTuple):
    """What a run reads."""

    longest: int
    """Tokens of its longest row."""
    load: Load
    work: Work | None
    """None where the number of rows is not known."""


class Rows(NamedTuple):
    """What a run's rows are made of."""

    tokenizer: PreTrainedTokenizerBase
    train: list[Conversation]
    validation: list[Conversation]


def estimate(
    config: TrainingConfig, model: ModelConfig, folder: StudyFolder, seed: int, card: str | None, progress: Progress
) -> TrainingPlan:
    """Plans every run for the named card, or for what this machine has."""
    place = named_card(card) if card else this_machine()
    skeleton = load_skeleton(model, progress)
    assumed: list[str] = []
    element = _element(model, place)
    if model.quantization == "nf4" and not place.is_gpu:
        assumed.append("this machine had the GPU that NF4 needs; --card names one")
    counted = _rows_here(model, folder, progress, assumed)
    runs = []
    for run in config.runs:
        own_seed = seed if run.seed is None else run.seed
        read = _counted(counted, run, own_seed) if counted else _assumed(run)
        runs.append(_planned(run, config, model.quantization == "nf4", skeleton, place, element, read))
    return TrainingPlan(
        card=place.name, card_gib=round(place.gib, 2), on_gpu=place.is_gpu, assumed=tuple(assumed), runs=tuple(runs)
    )


def _element(model: ModelConfig, card: Card) -> int:
    """Bytes of a number of the base."""
    if model.dtype == "auto" and card.is_gpu:
        return 2
    return int(dtype_of(model).itemsize)


def _rows_here(model: ModelConfig, folder: StudyFolder, progress: Progress, assumed: list[str]) -> Rows | None:
    """What the runs' rows are made of, if there is a corpus and a tokenizer."""
    if not (folder.train.exists() and folder.validation.exists()):
        assumed.append(f"{AS_LONG_AS_MAY_BE}, for there is no corpus yet (bardsmith preflight makes it)")
        return None
    try:
        tokenizer = load_tokenizer(model, progress)
    except InputError as error:
        assumed.append(f"{AS_LONG_AS_MAY_BE}, for they cannot be counted: {error.what}")
        return None
    return Rows(tokenizer, read_records(folder.train, Conversation), read_records(folder.validation, Conversation))


def _counted(here: Rows, run: RunConfig, seed: int) -> Read:
    """From the batches that the run will really read."""
    rows = rows_of(here.tokenizer, here.train, here.validation, run, seed).train
    lengths = [len(row.input_ids) for row in rows]
    learned = [sum(label != IGNORED for label in row.labels) for row in rows]
    read = batches(lengths, run, seed)

    def tokens(batch: Sequence[int]) -> int:
        widths = [lengths[row] for row in batch]
        return sum(widths) if run.packing else max(widths) * len(widths)

    steps = steps_of(len(read), run)
    read = read[: steps * run.accumulation]
    largest = max(read, key=tokens)
    work = Work(steps, len(read), sum(map(tokens, read)), -(-steps // run.evaluate_every), len(here.validation))
    return Read(max(lengths), Load(tokens(largest), sum(learned[row] for row in largest)), work)


def _assumed(run: RunConfig) -> Read:
    """Every row as long as may be."""
    tokens = run.pack_tokens or run.batch_tokens or run.max_length * (run.batch_size or 1)
    rows = run.samples or (round(run.items * (run.epochs or 1)) if run.items else None)
    if rows is None:
        return Read(run.max_length, Load(tokens, tokens // 2), None)
    count = -(-rows * run.max_length // tokens)
    steps = steps_of(count, run)
    count = min(count, steps * run.accumulation)
    work = Work(steps, count, count * tokens, -(-steps // run.evaluate_every), prompts=1)
    return Read(run.max_length, Load(tokens, tokens // 2), work)


def _planned(
    run: RunConfig,
    config: TrainingConfig,
    nf4: bool,
    skeleton: PreTrainedModel,
    card: Card,
    element: int,
    read: Read,
) -> RunPlan:
    base, own = base_shape(skeleton), adapters_shape(skeleton, run)

    def memory(setup: Setup) -> Memory:
        adapters = own if setup.run is run else adapters_shape(skeleton, setup.run)
        load = _shrunk(read, run, setup.run)
        return step_memory(base, adapters, setup.run, Held(element, setup.nf4), load, card)

    def fits(setup: Setup) -> bool:
        return memory(setup).total <= card.gib * GIB

    setup = Setup(run, nf4)
    found = memory(setup)

    def seconds(work: Work | None) -> float | None:
        return work and run_seconds(base, own, run, Held(element, nf4), work, config.sampling, card)

    step = Work(1, run.accumulation, run.accumulation * read.load.tokens, 0, 0)
    return RunPlan(
        run=run.name,
        trainable=own.trainable,
        gib={name: round(value / GIB, 3) for name, value in vars(found).items()},
        total_gib=round(found.total / GIB, 2),
        allocated_gib=round(found.allocated / GIB, 2),
        fits=fits(setup),
        knobs=() if fits(setup) else advice(setup, fits, read.longest, card.is_gpu),
        tokens=read.load.tokens,
        steps=read.work.steps if read.work else None,
        step_seconds=seconds(step),
        seconds=seconds(read.work),
    )


def _shrunk(read: Read, run: RunConfig, other: RunConfig) -> Load:
    """The largest batch once other settings make it smaller."""
    share = (other.batch_size or 1) / (run.batch_size or 1)
    if run.batch_tokens is not None and other.batch_tokens is not None:
        share *= min(1.0, other.batch_tokens / read.load.tokens)
    elif other.max_length < run.max_length:
        share *= min(1.0, other.max_length / read.longest)
    return Load(round(read.load.tokens * share), round(read.load.learned * share))


def calibrated(plan: TrainingPlan, run: str, step_seconds: float) -> TrainingPlan:
    """The plan with all times as many times longer as a step of this run takes longer than estimated."""
    chosen = next(each for each in plan.runs if each.run == run)
    if not chosen.step_seconds:
        return plan
    factor = step_seconds / chosen.step_seconds
    runs = tuple(
        each.model_copy(
            update={"step_seconds": _times(each.step_seconds, factor), "seconds": _times(each.seconds, factor)}
        )
        for each in plan.runs
    )
    return plan.model_copy(update={"runs": runs})


def _times(seconds: float | None, factor: float) -> float | None:
    return None if seconds is None else seconds * factor
