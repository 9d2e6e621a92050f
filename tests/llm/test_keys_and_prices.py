"""Where keys come from, what a missing one says, and what a model costs."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from bardsmith.errors import InputError
from bardsmith.llm import prices
from bardsmith.llm.client import open_client
from bardsmith.llm.config import LlmConfig, Price
from bardsmith.llm.exchange import Usage
from bardsmith.llm.failures import seconds_to_wait
from bardsmith.llm.keys import assignments, environment, key_of
from bardsmith.llm.prices import dollars, price_of


def config(provider: str, **more: object) -> LlmConfig:
    return LlmConfig.model_validate({"provider": provider, "model": "m", **more})


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=abc", "abc"),
        ("export KEY = abc ", "abc"),
        ("KEY='a b # c' # said", "a b # c"),
        ('KEY="a=b"', "a=b"),
        ("KEY=abc # said", "abc"),
        ("KEY=a#c", "a#c"),
        ("KEY=", ""),
        ("KEY=$HOME", "$HOME"),
    ],
)
def test_a_line_of_dotenv(line: str, value: str) -> None:
    assert assignments(f"# a comment\n\nnonsense\n#KEY=no\n{line}\n") == {"KEY": value}


def test_dotenv_goes_under_the_environment_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=from-file\nMISTRAL_API_KEY=from-file\n")
    monkeypatch.setenv("OPENAI_API_KEY", "from-environment")
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    known = environment()
    assert key_of(config("openai"), known) == "from-environment"
    assert key_of(config("mistral"), known) == "from-file"
    assert "MISTRAL_API_KEY" not in os.environ


def test_both_names_of_the_openrouter_key_serve() -> None:
    assert key_of(config("openrouter"), {"OPEN_ROUTER_API_KEY": "k"}) == "k"
    assert key_of(config("openrouter"), {"OPENROUTER_API_KEY": "a", "OPEN_ROUTER_API_KEY": "b"}) == "a"


def test_a_missing_key_names_the_variable_and_who_is_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENROUTER_API_KEY", "OPEN_ROUTER_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("MISTRAL_API_KEY", "sk-secret")
    monkeypatch.chdir(tmp_path)

    async def ask() -> None:
        async with open_client(config("openrouter"), tmp_path / "r.sqlite"):
            pass

    with pytest.raises(InputError) as told:
        asyncio.run(ask())
    assert "OPENROUTER_API_KEY or OPEN_ROUTER_API_KEY is not set" in str(told.value)
    assert "Ready with a key: mistral." in str(told.value)
    assert "sk-secret" not in str(told.value)


def test_who_needs_no_key_gets_none_and_a_server_of_ones_own_is_told_its_variable() -> None:
    server = {"base_url": "http://127.0.0.1:8000/v1"}
    assert key_of(config("scripted"), {}) is None
    assert key_of(config("openai-compatible", **server), {"OPENAI_API_KEY": "not for them"}) is None
    named = config("openai-compatible", key_variable="MY_KEY", **server)
    assert key_of(named, {"MY_KEY": "k"}) == "k"
    with pytest.raises(InputError, match="MY_KEY is not set"):
        key_of(named, {})


def test_prices_by_configuration_by_list_and_by_dated_name() -> None:
    own = Price(input=1, output=2)
    assert price_of(config("openai", price=own.model_dump())) == own
    listed = LlmConfig(provider="anthropic", model="claude-sonnet-4-5-20250929")
    assert price_of(listed) == Price(input=3, output=15)
    assert price_of(listed.model_copy(update={"provider": "openai"})) is None
    assert price_of(config("scripted")) == Price(input=0, output=0)
    assert dollars(Price(input=3, output=15), Usage(input=1_000_000, output=100_000)) == pytest.approx(4.5)
    assert dollars(Price(input=3, output=15), Usage(input=1_000_000, output=0), batched=True) == pytest.approx(1.5)


def test_the_price_list_is_sound() -> None:
    listed = yaml.safe_load((Path(prices.__file__).parent / "prices.yaml").read_text(encoding="utf-8"))["prices"]
    found = [Price.model_validate(price) for models in listed.values() for price in models.values()]
    assert len(found) > 15
    assert all(0 < price.input < price.output for price in found)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3),
        ("0.5", 0.5),
        ("-1", 0),
        ("Thu, 01 Jan 2026 00:01:30 GMT", 90),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0),
        ("Thu, 01 Jan 2026 00:01:30 -0000", 90),
        ("soon", None),
        ("nan", None),
        (None, None),
    ],
)
def test_retry_after_in_seconds_and_as_a_date(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header, datetime(2026, 1, 1, tzinfo=UTC)) == seconds
