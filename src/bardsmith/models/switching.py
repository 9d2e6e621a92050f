"""Several contestants on one loaded base: their adapters lie side by side, and one at a time is in force."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bardsmith.models.config import ModelConfig
from bardsmith.models.load import load_base
from bardsmith.progress import Progress

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel


class Switchable:
    """The base once in memory. Nothing is merged, so that a change of contestant takes milliseconds."""

    def __init__(self, config: ModelConfig, adapters: Mapping[str, Path | None], progress: Progress) -> None:
        """`adapters`: each contestant's folder; None for those that are the base itself."""
        from peft import PeftModel
        from peft.helpers import DoraCaching

        self._keys = {name: f"contestant_{number}" for number, name in enumerate(adapters) if adapters[name]}
        self.model: PreTrainedModel | PeftModel = load_base(config, progress)
        for name, folder in adapters.items():
            if folder is None:
                continue
            if isinstance(self.model, PeftModel):
                self.model.load_adapter(str(folder), adapter_name=self._keys[name])
            else:
                self.model = PeftModel.from_pretrained(self.model, str(folder), adapter_name=self._keys[name])
        self.model.eval()
        # DoRA's weights are normalised once and not at every token, at the cost of a matrix for each that is adapted.
        DoraCaching()(enabled=self.model.device.type == "cpu")

    def use(self, contestant: str) -> None:
        """From here on the model answers as this contestant."""
        from peft import PeftModel

        if not isinstance(self.model, PeftModel):
            return
        if contestant in self._keys:
            self.model.base_model.enable_adapter_layers()
            self.model.base_model.set_adapter(self._keys[contestant], inference_mode=True)
        else:
            self.model.base_model.disable_adapter_layers()
