"""The services' keys: looked up in the environment and in `.env`, never stored or shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bardsmith.errors import InputError
from bardsmith.llm.config import LlmConfig

VARIABLES: Mapping[str, tuple[str, ...]] = {
    "openrouter": ("OPENROUTER_API_KEY", "OPEN_ROUTER_API_KEY"),
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "mistral": ("MISTRAL_API_KEY",),
}
"""By provider, the variables that may hold its key; the first that is set is taken."""

WITHOUT_KEY = ("local", "scripted")
"""Providers that need no key."""


def environment(folder: Path | None = None) -> dict[str, str]:
    """The environment, and under it what `.env` of `folder` (the working directory) says. Changes neither."""
    file = (folder or Path.cwd()) / ".env"
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return dict(os.environ)
    except (UnicodeDecodeError, PermissionError) as error:
        raise InputError(f"{file} cannot be read: {error}", "Write it as UTF-8 text, KEY=value a line.") from None
    return {**assignments(text), **os.environ}


def assignments(text: str) -> dict[str, str]:
    """What `KEY=value` lines say: comments, `export` and quotes as a shell has them, nothing expanded."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and name.strip() and not name.startswith("#"):
            found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    quote = value[:1]
    if quote in ("'", '"') and (end := value.find(quote, 1)) > 0:
        return value[1:end]
    return value if not value.startswith("#") and " #" not in value else value.partition("#")[0].rstrip()


def key_of(config: LlmConfig, known: Mapping[str, str]) -> str | None:
    """The key for the configured provider; None where it wants none. Raises InputError if it is missing."""
    if config.provider in WITHOUT_KEY or (config.provider == "openai-compatible" and config.key_variable is None):
        return None
    variables = (config.key_variable,) if config.key_variable else VARIABLES[config.provider]
    for variable in variables:
        if known.get(variable, "").strip():
            return known[variable].strip()
    raise InputError(
        f"provider {config.provider} needs a key, and {' or '.join(variables)} is not set",
        f"Set it in the environment or in a file .env here. {_ready_now(known)}",
    )


def ready(known: Mapping[str, str]) -> list[str]:
    """The providers whose key is set."""
    return [
        provider
        for provider, variables in VARIABLES.items()
        if any(known.get(variable, "").strip() for variable in variables)
    ]


def _ready_now(known: Mapping[str, str]) -> str:
    keyed = ready(known)
    have = f"Ready with a key: {', '.join(keyed)}." if keyed else "No provider's key is set."
    return f"{have} Without a key: {', '.join(WITHOUT_KEY)}, or your own server (openai-compatible)."


def without(key: str | None, text: str) -> str:
    """`text` with the key taken out, should a service have sent it back."""
    return text.replace(key, "[key]") if key else text
