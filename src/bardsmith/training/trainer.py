"""The one file that knows TRL: its SFTTrainer, fed rows that are already rendered, tokenised and masked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from datasets import Dataset
from transformers import TrainerCallback
from trl import SFTConfig, SFTTrainer

from bardsmith.models.rendering import IGNORED, Row
from bardsmith.training.batches import collate, columns, reading_order
from bardsmith.training.config import RunConfig

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedTokenizerBase

OPTIMIZERS = {"adamw": "adamw_torch", "adamw_8bit": "adamw_bnb_8bit", "paged_adamw_8bit": "paged_adamw_8bit"}


class AnswerTrainer(SFTTrainer):  # type: ignore[misc]  # TRL is untyped
    """On a CPU, TRL scores every position against the whole vocabulary; here the head sees answer tokens only."""

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean cross-entropy of the answers' tokens, over the whole optimiser step if its count is given."""
        if self.model.device.type != "cpu" or return_outputs:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        labels = inputs["labels"][:, 1:]
        learned = labels != IGNORED

        def answers_only(head: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> torch.Tensor:
            return args[0][:, :-1][learned][None]

        hook = self.model.get_output_embeddings().register_forward_pre_hook(answers_only)
        try:
            logits = model(
                input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], use_cache=False
            ).logits
        finally:
            hook.remove()
        total = torch.nn.functional.cross_entropy(logits[0].float(), labels[learned], reduction="sum")
        return total / (learned.sum() if num_items_in_batch is None else num_items_in_batch)


def build_trainer(
    model: PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    run: RunConfig,
    rows: Sequence[Row],
    validation: Sequence[Row],
    folder: Path,
    seed: int,
    callbacks: list[TrainerCallback],
) -> SFTTrainer:
    """A trainer that reads `rows` in their settled order, evaluates and saves every `run.evaluate_every` steps."""
    batch = run.batch_size * run.accumulation
    order = reading_order([len(row.input_ids) for row in rows], run.epochs, batch, seed)
    steps = min(math.ceil(len(order) / batch), run.max_steps or math.inf)
    on_cpu = model.device.type == "cpu"
    settings = SFTConfig(
        output_dir=str(folder),
        max_steps=int(steps),
        per_device_train_batch_size=run.batch_size,
        per_device_eval_batch_size=max(run.batch_size, 8),
        gradient_accumulation_steps=run.accumulation,
        learning_rate=run.learning_rate,
        lr_scheduler_type=run.schedule,
        warmup_steps=min(run.warmup_steps, int(steps) // 2),
        weight_decay=run.weight_decay,
        max_grad_norm=run.max_grad_norm,
        optim=OPTIMIZERS[run.optimizer],
        gradient_checkpointing=run.gradient_checkpointing,
        max_length=None,
        seed=seed,
        train_sampling_strategy="sequential",
        eval_strategy="steps",
        eval_steps=run.evaluate_every,
        save_strategy="steps",
        save_steps=run.evaluate_every,
        logging_steps=1,
        prediction_loss_only=True,
        dataset_kwargs={"skip_prepare_dataset": True},
        dataloader_pin_memory=not on_cpu,
        use_cpu=on_cpu,
        bf16=next(model.parameters()).dtype == torch.bfloat16,
        disable_tqdm=True,
        report_to=[],
    )
    return AnswerTrainer(
        model=model,
        args=settings,
        data_collator=partial(collate, pad=int(tokenizer.pad_token_id)),
        train_dataset=Dataset.from_dict(columns([rows[i] for i in order])),
        eval_dataset=Dataset.from_dict(columns(validation)),
        processing_class=tokenizer,
        callbacks=callbacks,
    )
