"""The real SDKs against a server on loopback: what goes over the wire, and how a reply is read."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_server import Answer, Service, completion, message
from loopback import SECRET, asked, config_of, one_chat, opened, services, well

from bardsmith.errors import InputError
from bardsmith.llm.config import LlmConfig, Price
from bardsmith.llm.connect import connect
from bardsmith.llm.exchange import Settings
from bardsmith.records import Message, Sampling

pytest.importorskip("openai", reason='the services\' packages are missing: pip install "bardsmith[llm]"')
pytest.importorskip("anthropic", reason='the services\' packages are missing: pip install "bardsmith[llm]"')

KEYED = ("openai", "openrouter", "mistral", "anthropic")


@pytest.mark.parametrize("provider", [*KEYED, "openai-compatible"])
def test_what_is_left_at_its_default_is_not_sent(provider: str, tmp_path: Path) -> None:
    with services(well()) as service:
        reply = one_chat(config_of(provider, service), tmp_path)
    length = "max_completion_tokens" if provider == "openai" else "max_tokens"
    wanted: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "say x"}], length: 2048}
    if provider == "openrouter":
        wanted["usage"] = {"include": True}
    (call,) = service.calls
    assert call.body == wanted
    assert call.path == ("/v1/messages" if provider == "anthropic" else "/v1/chat/completions")
    assert call.headers["authorization"] == f"Bearer {SECRET}" or call.headers["x-api-key"] == SECRET
    assert (reply.text, reply.finish, reply.usage) == ("well", "stop", reply.usage)
    assert reply.usage is not None
    assert (reply.usage.input, reply.usage.output) == (10, 5)
    assert reply.model.startswith("resolved-"), "a name that moves is kept as what it was resolved to"
    assert isinstance(reply.raw, dict)
    assert reply.raw["id"] in ("chatcmpl-1", "msg_1"), "the reply is kept as it came"


@pytest.mark.parametrize("provider", ["openrouter", "openai-compatible"])
def test_all_sampling_is_sent_to_those_who_know_it(provider: str, tmp_path: Path) -> None:
    sampling = Sampling(temperature=0.5, top_p=0.9, top_k=40, min_p=0.1, repetition_penalty=1.1, max_new_tokens=7)
    sent = {"temperature": 0.5, "top_p": 0.9, "top_k": 40, "min_p": 0.1, "repetition_penalty": 1.1, "max_tokens": 7}
    extra = {"provider": {"order": ["somebody"]}}
    with services(well()) as service:
        one_chat(config_of(provider, service, sampling=sampling, extra=extra), tmp_path)
    assert service.calls[0].body.items() >= {**sent, **extra}.items()


@pytest.mark.parametrize("provider", ["openai", "mistral", "anthropic"])
def test_sampling_that_a_provider_does_not_know_is_named_before_anything_is_sent(provider: str, tmp_path: Path) -> None:
    with services(well()) as service:
        with pytest.raises(InputError, match=f"provider {provider} does not know min_p and repetition_penalty"):
            connect(config_of(provider, service, sampling=Sampling(min_p=0.1, repetition_penalty=1.2)), SECRET)
        with pytest.raises(InputError, match="repetition_penalty"):
            one_chat(config_of(provider, service), tmp_path, Settings(sampling=Sampling(repetition_penalty=1.2)))
        with pytest.raises(InputError, match="`extra` may not say stream"):
            connect(config_of(provider, service, extra={"stream": True}), SECRET)
    assert service.calls == []


def test_anthropics_system_message_stands_apart_and_top_k_is_known(tmp_path: Path) -> None:
    async def whole(service: Service) -> None:
        async with opened(config_of("anthropic", service), tmp_path) as client:
            system = Message(role="system", content="be brief")
            await client.chat([system, *asked("x")], Settings(sampling=Sampling(top_k=5), shape={"type": "object"}))

    with services(well()) as service:
        asyncio.run(whole(service))
    body = service.calls[0].body
    assert body["system"] == "be brief"
    assert [m["role"] for m in body["messages"]] == ["user"]
    assert body["top_k"] == 5
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": {"type": "object"}}}


def test_a_shape_is_asked_for_as_a_response_format(tmp_path: Path) -> None:
    with services(well()) as service:
        one_chat(config_of("openai", service), tmp_path, Settings(shape={"type": "object"}))
    wanted = {"name": "reply", "schema": {"type": "object"}, "strict": True}
    assert service.calls[0].body["response_format"] == {"type": "json_schema", "json_schema": wanted}


@pytest.mark.parametrize(
    ("provider", "body", "finish"),
    [
        ("openai", completion("cut", finish_reason="length"), "length"),
        ("mistral", completion("cut", finish_reason="model_length"), "length"),
        ("openai", completion("", finish_reason="content_filter"), "filter"),
        ("openai", completion(None, message={"content": None, "refusal": "I will not"}), "filter"),
        ("anthropic", message("cut", "max_tokens"), "length"),
        ("anthropic", message("", "refusal"), "filter"),
        ("anthropic", message("done", "stop_sequence"), "stop"),
    ],
)
def test_how_a_reply_ended(provider: str, body: object, finish: str, tmp_path: Path) -> None:
    with services(lambda call: Answer(body)) as service:
        assert one_chat(config_of(provider, service), tmp_path).finish == finish
        assert len(service.calls) == 1, "what is withheld is not asked again"


def test_openrouter_is_believed_what_it_bills(tmp_path: Path) -> None:
    body = completion("well")
    body["usage"]["cost"] = 0.25
    with services(lambda call: Answer(body)) as service:
        priced = config_of("openrouter", service, price=Price(input=1, output=1))
        assert one_chat(priced, tmp_path).dollars == 0.25


def test_the_text_of_a_reply_in_parts_is_without_the_thoughts(tmp_path: Path) -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "well"}]
    with services(lambda call: Answer(completion(None, message={"content": parts}))) as service:
        assert one_chat(config_of("mistral", service), tmp_path).text == "well"


def test_openais_organization_is_told_to_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    with services(well()) as service:
        for provider in ("openai", "mistral", "openai-compatible"):
            one_chat(config_of(provider, service), tmp_path)
    assert [call.headers.get("openai-organization") for call in service.calls] == ["org-1", None, None]


def test_a_missing_package_is_told_with_the_command_that_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("openai", "anthropic"):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(InputError, match=r'pip install "bardsmith\[llm\]"'):
            connect(LlmConfig.model_validate({"provider": package, "model": "m"}), SECRET)
