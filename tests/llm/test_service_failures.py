"""The client and the real SDKs against a server on loopback: how every failure ends."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from fake_server import Answer, Call, Service, completion, in_turn, message
from loopback import SECRET, all_of, chat, config_of, one_chat, opened, services, well

from bardsmith.errors import BardsmithError
from bardsmith.llm.config import LlmConfig, Price
from bardsmith.llm.exchange import Reply
from bardsmith.llm.failures import GaveUp, Passing, Refused, Throttled
from bardsmith.llm.providers.service import raise_for

pytest.importorskip("openai", reason='the services\' packages are missing: pip install "bardsmith[llm]"')
pytest.importorskip("anthropic", reason='the services\' packages are missing: pip install "bardsmith[llm]"')

PASSING = {
    "a 500": Answer({"error": {"message": "oops"}}, status=500),
    "a 502 in HTML": Answer("<html>bad gateway</html>", status=502, headers={"Content-Type": "text/html"}),
    "a 529": Answer({"type": "error", "error": {"type": "overloaded_error", "message": "full"}}, status=529),
    "a 503": Answer({"error": {"message": "later"}}, status=503, headers={"Retry-After": "0"}),
    "a 408": Answer({"error": {"message": "too slow"}}, status=408),
    "a 429": Answer({"error": {"message": "slow down"}}, status=429, headers={"Retry-After": "0"}),
    "malformed JSON": Answer('{"choices": [{"mess'),
    "HTML": Answer("<html>hello</html>", headers={"Content-Type": "text/html"}),
    "a list": Answer([1]),
    "a cut body": Answer(completion("well"), cut=40),
    "a cut connection": Answer("", cut=-1),
    "a timeout": Answer(completion("late"), seconds=0.6),
    "200 with an error": Answer({"error": {"message": "upstream", "code": 502}}),
    "200 with a worded error": Answer({"error": "model is loading"}),
    "200 with a rate limit": Answer({"error": {"message": "slow down", "code": 429}}),
}
PASSING_COMPLETIONS = {
    "no choices": Answer({**completion("x"), "choices": []}),
    "no content": Answer(completion(None)),
    "only blanks": Answer(completion(" \n")),
    "no reason to finish": Answer(completion("half a", finish_reason=None)),
    "a choice in error": Answer(completion("", finish_reason="error", error={"code": 502, "message": "upstream"})),
}
PASSING_MESSAGES = {
    "no content": Answer({**message("x"), "content": []}),
    "no reason to stop": Answer({**message("x"), "stop_reason": None}),
}


@pytest.mark.parametrize(
    ("provider", "trouble"),
    [
        *(pytest.param("openai-compatible", a, id=f"openai: {n}") for n, a in (PASSING | PASSING_COMPLETIONS).items()),
        *(pytest.param("anthropic", a, id=f"anthropic: {n}") for n, a in (PASSING | PASSING_MESSAGES).items()),
    ],
)
def test_what_may_pass_is_asked_again_and_goes_well(provider: str, trouble: Answer, tmp_path: Path) -> None:
    async def whole(service: Service) -> int:
        async with opened(config_of(provider, service, timeout=0.4), tmp_path) as client:
            assert (await chat(client)).text == "well"
            return client.sent

    good = Answer(message("well") if provider == "anthropic" else completion("well"))
    with services(in_turn(trouble, good)) as service:
        assert asyncio.run(whole(service)) == 2, "it was our client that asked again, and not the SDK"
        assert len(service.calls) == 2


@pytest.mark.parametrize("provider", ["openai", "openrouter", "anthropic"])
@pytest.mark.parametrize(
    ("status", "advice"),
    [(400, "sampling"), (401, "Check the key in"), (402, "Add credit"), (403, "may not"), (404, "`model`"), (422, "")],
)
def test_a_refusal_ends_the_run_in_the_services_words_with_advice(
    provider: str, status: int, advice: str, tmp_path: Path
) -> None:
    async def whole(service: Service) -> list[Reply | BaseException]:
        async with opened(config_of(provider, service), tmp_path) as client:
            return await all_of(client, 30)

    refusal = Answer({"error": {"message": f"no, {provider} says", "type": "t"}}, status=status, seconds=0.01)
    with services(lambda call: refusal) as service:
        replies = asyncio.run(whole(service))
    assert all(isinstance(reply, Refused) for reply in replies)
    assert f"{status}: no, {provider} says" in str(replies[-1])
    assert advice in str(replies[-1])
    assert len(service.calls) <= 8, "nothing is sent after the first refusal"


@pytest.mark.parametrize(
    ("status", "failure"),
    [(429, Throttled), (503, Throttled), (529, Throttled), (500, Passing), (502, Passing), (409, Passing)],
)
def test_what_a_status_that_may_pass_means(status: int, failure: type[Exception]) -> None:
    with pytest.raises(failure) as raised:
        raise_for("openai", status, {"error": {"message": "later"}}, "7")
    assert str(raised.value) == f"{status}: later"
    assert getattr(raised.value, "retry_after", 7) == 7


def test_a_429_for_want_of_credit_is_a_refusal(tmp_path: Path) -> None:
    body = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
    with services(lambda call: Answer(body, status=429)) as service:
        with pytest.raises(Refused, match="Add credit"):
            one_chat(config_of("openai", service), tmp_path)
        assert len(service.calls) == 1


@pytest.mark.parametrize(
    ("provider", "status", "error"),
    [
        ("openrouter", 403, {"message": "flagged", "code": 403, "metadata": {"reasons": ["violence"]}}),
        ("openai-compatible", 400, {"message": "filtered", "code": "content_filter"}),
    ],
)
def test_one_prompt_that_moderation_turns_away_does_not_end_the_run(
    provider: str, status: int, error: object, tmp_path: Path
) -> None:
    def script(call: Call) -> Answer:
        return Answer({"error": error}, status=status) if call.asked == "say 2" else Answer(completion("well"))

    async def whole(service: Service) -> list[str]:
        async with opened(config_of(provider, service), tmp_path) as client:
            return [reply.finish for reply in await all_of(client, 4) if isinstance(reply, Reply)]

    with services(script) as service:
        assert asyncio.run(whole(service)) == ["stop", "stop", "filter", "stop"]
        asyncio.run(whole(service))
        assert len(service.calls) == 4, "that it was withheld is in the store, too"


@pytest.mark.parametrize("provider", ["openai-compatible", "anthropic"])
@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_honoured_in_seconds_and_as_a_date(provider: str, as_date: bool, tmp_path: Path) -> None:
    times: list[float] = []
    in_two_seconds = format_datetime(datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3), usegmt=True)
    wait = Answer({"error": {"message": "slow"}}, 429, {"Retry-After": in_two_seconds if as_date else "0.5"})
    good = Answer(message("well") if provider == "anthropic" else completion("well"))
    answers = in_turn(wait, good)

    def script(call: Call) -> Answer:
        times.append(time.time())
        return answers(call)

    with services(script) as service:
        one_chat(config_of(provider, service), tmp_path)
    assert 0.45 < times[1] - times[0] < 3.5
    if as_date:
        assert times[1] >= datetime.strptime(in_two_seconds, "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=UTC).timestamp()


def test_a_429_storm_of_60_wanted_and_4_allowed_takes_at_most_75_requests(tmp_path: Path) -> None:
    async def whole(config: LlmConfig) -> int:
        async with opened(config, tmp_path) as client:
            replies = await all_of(client, 60)
            assert all(isinstance(reply, Reply) for reply in replies), replies
            return client.sent

    with services(lambda call: Answer(completion("well"), seconds=0.05), at_once=4) as service:
        sent = asyncio.run(whole(config_of("openai-compatible", service, concurrency=60, attempts=6)))
        assert sent == len(service.calls)
    assert 60 < sent <= 75


def test_a_dead_server_ends_soon_with_its_address(tmp_path: Path) -> None:
    with services(well()) as service:
        config = config_of("openai-compatible", service)

    async def whole() -> list[Reply | BaseException]:
        async with opened(config, tmp_path) as client:
            return await all_of(client, 50)

    started = time.monotonic()
    replies = asyncio.run(whole())
    assert time.monotonic() - started < 10
    assert all(f"nothing answers at openai-compatible at {config.base_url}" in str(reply) for reply in replies)


def test_a_server_that_never_answers_ends_within_the_deadline(tmp_path: Path) -> None:
    with services(lambda call: Answer(completion("late"), seconds=3)) as service:
        config = config_of("openai-compatible", service, timeout=0.3, deadline=1, attempts=9)
        started = time.monotonic()
        with pytest.raises(GaveUp, match="within 1 seconds"):
            one_chat(config, tmp_path)
        assert time.monotonic() - started < 2


def test_the_budget_is_passed_by_at_most_what_is_in_flight(tmp_path: Path) -> None:
    async def whole(config: LlmConfig) -> float:
        async with opened(config, tmp_path) as client:
            replies = await all_of(client, 40)
            assert any("the budget of $10.00 is spent" in str(reply) for reply in replies)
            return client.spent

    with services(lambda call: Answer(completion("well"), seconds=0.01)) as service:
        a_dollar_a_reply = {"price": Price(input=0, output=2e5), "budget": 10, "concurrency": 4}
        spent = asyncio.run(whole(config_of("openai-compatible", service, **a_dollar_a_reply)))
    assert 10 <= spent < 14
    assert spent == len(service.calls)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_the_key_is_in_no_store_log_or_message(provider: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    good = completion(f"your key is {SECRET}") if provider == "openai" else message(f"your key is {SECRET}")
    refusal = Answer({"error": {"message": f"Incorrect API key provided: {SECRET}"}}, status=401)

    async def whole(service: Service) -> str:
        async with opened(config_of(provider, service), tmp_path) as client:
            assert SECRET not in (await chat(client, "x")).model_dump_json()
            with pytest.raises(BardsmithError) as told:
                await chat(client, "y")
            return str(told.value) + repr(told.value)

    with services(in_turn(Answer(good), refusal)) as service:
        assert SECRET not in asyncio.run(whole(service))
    assert SECRET not in caplog.text
    for file in tmp_path.iterdir():
        assert SECRET.encode() not in file.read_bytes()
