"""What a model costs: dollars per million tokens, from the configuration or from prices.yaml."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from bardsmith.llm.config import LlmConfig, Price
from bardsmith.llm.exchange import Usage

BATCH_SHARE = 0.5
"""OpenAI, Anthropic and OpenRouter sell batches at half the price."""

FREE = Price(input=0, output=0)


def price_of(config: LlmConfig) -> Price | None:
    """The configured price, else the listed one; nothing for what runs on this machine; None if it is not known."""
    if config.price is not None:
        return config.price
    if config.provider in ("local", "scripted"):
        return FREE
    listed = yaml.safe_load((Path(__file__).parent / "prices.yaml").read_text(encoding="utf-8"))["prices"]
    names = listed.get(config.provider, {})
    found = names.get(config.model) or names.get(_undated(config.model))
    return Price.model_validate(found) if found else None


def _undated(model: str) -> str:
    """`gpt-4.1-2025-04-14` and `claude-sonnet-4-5-20250929` without their dates."""
    return re.sub(r"-(\d{4}-\d{2}-\d{2}|\d{8})$", "", model)


def dollars(price: Price, usage: Usage, batched: bool = False) -> float:
    full = (price.input * usage.input + price.output * usage.output) / 1e6
    return full * BATCH_SHARE if batched else full
