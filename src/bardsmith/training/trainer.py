"""The one file that knows TRL: its SFTTrainer, fed batches that are already rendered, tokenised and masked."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from datasets import Dataset
from transformers import TrainerCallback
from trl import SFTConfig, SFTTrainer

from bardsmith.errors import InputError
from bardsmith.models.rendering import Row
from bardsmith.training.batches import batches, collate, steps_of
from bardsmith.training.clipping import clip
from bardsmith.training.config import RunConfig
from bardsmith.training.loss import summed_loss
from bardsmith.training.sharding import fsdp_settings

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedTokenizerBase

OPTIMIZERS = {"adamw": "adamw_torch", "adamw_8bit": "adamw_bnb_8bit", "paged_adamw_8bit": "paged_adamw_8bit"}


class AnswerTrainer(SFTTrainer):  # type: ignore[misc]  # TRL is untyped
    """TRL scores every position against the whole vocabulary; here the head sees learned tokens only."""

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean cross-entropy of the learned tokens, over the whole optimiser step if its count is given."""
        if return_outputs:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        total, learned = summed_loss(model, self.model.get_output_embeddings(), inputs)
        if num_items_in_batch is None:
            return total / learned
        # The count is that of all processes of a run, whose gradients are averaged.
        return total * self.accelerator.num_processes / num_items_in_batch

    def _clip_grad_norm(self, model: Any) -> Any:
        if self.accelerator.num_processes > 1:
            return super()._clip_grad_norm(model)
        return clip(model.parameters(), self.args.max_grad_norm)


def build_trainer(
    model: PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    run: RunConfig,
    rows: Sequence[Row],
    folder: Path,
    seed: int,
    callbacks: list[TrainerCallback],
    trackers: Sequence[str] = (),
) -> SFTTrainer:
    """A trainer that reads `rows` in their settled batches and saves every `run.evaluate_every` steps.

    Raises InputError if a tracker is not installed.
    """
    missing = [name for name in trackers if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"training.trackers names {', '.join(missing)}, which is not installed",
            f"Run `pip install {' '.join(missing)}`, or take it out.",
        )
    plan = batches([len(row.input_ids) for row in rows], run, seed)
    steps = steps_of(len(plan), run)
    fsdp = fsdp_settings(run.shards)
    on_cpu = model.device.type == "cpu" and not fsdp
    settings = SFTConfig(
        output_dir=str(folder),
        max_steps=steps,
        per_device_train_batch_size=1,  # a member of the dataset is a whole batch
        gradient_accumulation_steps=run.accumulation // run.shards,
        learning_rate=run.learning_rate,
        lr_scheduler_type=run.schedule,
        warmup_steps=min(run.warmup_steps, steps // 2),
        weight_decay=run.weight_decay,
        max_grad_norm=run.max_grad_norm,
        optim=OPTIMIZERS[run.optimizer],
        gradient_checkpointing=run.gradient_checkpointing,
        max_length=None,
        seed=seed,
        train_sampling_strategy="sequential",
        eval_strategy="no",  # the monitor evaluates
        save_strategy="steps",
        save_steps=run.evaluate_every,
        logging_steps=1,
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        dataloader_pin_memory=not on_cpu,
        use_cpu=on_cpu,
        bf16=model.get_base_model().dtype == torch.bfloat16,
        disable_tqdm=True,
        report_to=list(trackers),
        run_name=run.name,
        **fsdp,
    )
    return AnswerTrainer(
        model=model,
        args=settings,
        data_collator=partial(
            collate,
            rows=rows,
            pad=int(tokenizer.pad_token_id),
            packing=run.packing,
            width=run.pack_tokens if run.cuda_graphs else None,
        ),
        train_dataset=Dataset.from_dict({"rows": plan}),
        processing_class=tokenizer,
        callbacks=callbacks,
    )
