"""From a provider's name to what speaks with it."""

from __future__ import annotations

from collections.abc import Callable

from bardsmith.llm.config import LlmConfig
from bardsmith.llm.providers.provider import Provider


def connect(config: LlmConfig, key: str | None) -> Provider:
    """The configured provider; nothing is sent yet. Raises InputError if a package that it needs is not installed."""
    makers: dict[str, Callable[[LlmConfig, str | None], Provider]] = {
        "openai": _openai,
        "openrouter": _openrouter,
        "mistral": _chat_completions,
        "openai-compatible": _chat_completions,
        "anthropic": _anthropic,
        "local": _local,
        "scripted": _scripted,
    }
    return makers[config.provider](config, key)


def _openai(config: LlmConfig, key: str | None) -> Provider:
    from bardsmith.llm.providers.openai import OpenAI

    return OpenAI(config, key)


def _openrouter(config: LlmConfig, key: str | None) -> Provider:
    from bardsmith.llm.providers.openrouter import OpenRouter

    return OpenRouter(config, key)


def _chat_completions(config: LlmConfig, key: str | None) -> Provider:
    from bardsmith.llm.providers.openai import ChatCompletions

    return ChatCompletions(config, key)


def _anthropic(config: LlmConfig, key: str | None) -> Provider:
    from bardsmith.llm.providers.anthropic import Anthropic

    return Anthropic(config, key)


def _local(config: LlmConfig, key: str | None) -> Provider:
    from bardsmith.llm.providers.local import Local

    return Local(config)


def _scripted(config: LlmConfig, key: str | None) -> Provider:
    from bardsmith.llm.providers.scripted import Scripted, script_of

    return Scripted(script_of(config.model))
