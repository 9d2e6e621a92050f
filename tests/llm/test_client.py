"""The client against the scripted fake: what is sent, how often, and how it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bardsmith.errors import BardsmithError, InputError, RunError
from bardsmith.llm.client import Client, open_client
from bardsmith.llm.config import LlmConfig, Price
from bardsmith.llm.exchange import Reply, Request, Settings
from bardsmith.llm.failures import GaveUp, Refused
from bardsmith.llm.providers.provider import Provider
from bardsmith.llm.providers.scripted import (
    CUT_STREAM,
    ERROR_BODY,
    Act,
    Answer,
    Fail,
    Hang,
    Refuse,
    Scripted,
    Silence,
    Throttle,
    in_turn,
)
from bardsmith.llm.store import ReplyStore
from bardsmith.records import Message, Sampling

CONFIG = LlmConfig(provider="scripted", model="test", concurrency=16, attempts=3)


def asked(text: str | int) -> tuple[Message, ...]:
    return (Message(role="user", content=f"say {text}"),)


@asynccontextmanager
async def client_of(
    provider: Provider | None, folder: Path, config: LlmConfig = CONFIG, key: str | None = None
) -> AsyncIterator[Client]:
    with ReplyStore(folder / "replies.sqlite") as store:
        async with Client(config, provider, store, key=key, first_pause=0.01) as client:
            yield client


def run(
    provider: Provider | None,
    folder: Path,
    act: Callable[[Client], Awaitable[object]],
    config: LlmConfig = CONFIG,
    key: str | None = None,
) -> Client:
    """Opens a client, does `act` with it, and returns it closed."""

    async def whole() -> Client:
        async with client_of(provider, folder, config, key) as client:
            await act(client)
        return client

    return asyncio.run(whole())


def answers(text: str = "so be it") -> Scripted:
    return Scripted(in_turn(Answer(text)))


def config(**changes: object) -> LlmConfig:
    return LlmConfig.model_validate(CONFIG.model_dump() | changes)


async def ask_all(client: Client, number: int) -> list[Reply | BaseException]:
    return await asyncio.gather(*(client.chat(asked(i)) for i in range(number)), return_exceptions=True)


def test_a_second_run_sends_nothing_and_one_more_row_sends_one(tmp_path: Path) -> None:
    first: list[object] = []

    async def ask(client: Client) -> None:
        first.append(await ask_all(client, 20))

    async def ask_one_more(client: Client) -> None:
        await ask_all(client, 21)

    assert run(answers(), tmp_path, ask).sent == 20
    again = answers("something else")
    assert run(again, tmp_path, ask).sent == again.requests == 0
    assert first[0] == first[1], "a replayed reply is the reply that was stored, to its last field"
    assert run(answers(), tmp_path, ask_one_more).sent == 1


def test_calls_that_are_alike_at_one_time_are_one_request_and_samples_are_not_alike(tmp_path: Path) -> None:
    async def ask(client: Client) -> None:
        await asyncio.gather(*(client.chat(asked("x")) for _ in range(5)))
        await asyncio.gather(*(client.chat(asked("x"), Settings(sample=i)) for i in range(5)))

    assert run(Scripted(in_turn(Answer("x")), seconds=0.01), tmp_path, ask).sent == 5


def test_a_429_storm_of_60_wanted_and_4_allowed_takes_at_most_75_requests(tmp_path: Path) -> None:
    service = Scripted(in_turn(Answer("yes")), at_once=4, seconds=0.01)

    async def ask(client: Client) -> None:
        replies = await ask_all(client, 60)
        assert all(isinstance(reply, Reply) for reply in replies), replies

    client = run(service, tmp_path, ask, config(concurrency=60, attempts=6))
    assert client.sent == service.requests <= 75
    assert service.requests > 60, "the storm came"


@pytest.mark.parametrize("trouble", [Fail(), CUT_STREAM, ERROR_BODY, Answer(""), Answer(" \n"), Throttle()], ids=str)
def test_what_may_pass_is_asked_again_and_then_goes_well(trouble: Act, tmp_path: Path) -> None:
    async def ask(client: Client) -> None:
        assert (await client.chat(asked("x"))).text == "well"

    assert run(Scripted(in_turn(trouble, trouble, Answer("well"))), tmp_path, ask).sent == 3


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_attempts_are_exact(attempts: int, tmp_path: Path) -> None:
    async def ask(client: Client) -> None:
        with pytest.raises(GaveUp, match="503 service unavailable"):
            await client.chat(asked("x"))

    assert run(Scripted(in_turn(Fail())), tmp_path, ask, config(attempts=attempts)).sent == attempts


def test_a_call_that_gave_up_leaves_the_others_alone_and_is_not_stored(tmp_path: Path) -> None:
    def script(request: Request, before: int) -> Act:
        return Fail() if request.messages[0].content == "say 3" else Answer("yes")

    async def ask(client: Client) -> None:
        replies = await ask_all(client, 8)
        assert [i for i, reply in enumerate(replies) if isinstance(reply, GaveUp)] == [3]
        assert client.store.reply(client.key(asked(3))) is None

    run(Scripted(script), tmp_path, ask)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404])
def test_a_refusal_ends_the_run_at_once_in_the_services_words(status: int, tmp_path: Path) -> None:
    service = Scripted(in_turn(Refuse(status, "you are out of credits")), seconds=0.005)

    async def ask(client: Client) -> None:
        replies = await ask_all(client, 50)
        assert all(isinstance(reply, Refused) for reply in replies)
        assert f"{status}: you are out of credits" in str(replies[49])

    assert run(service, tmp_path, ask).sent <= 8, "no request goes out after the first refusal"


def test_a_service_that_never_answers_ends_within_the_deadline(tmp_path: Path) -> None:
    async def ask(client: Client) -> None:
        started = time.monotonic()
        with pytest.raises(GaveUp, match=r"within 0\.3 seconds.*no reply within 0\.1 seconds"):
            await client.chat(asked("x"))
        assert time.monotonic() - started < 2

    run(Scripted(in_turn(Hang())), tmp_path, ask, config(timeout=0.1, deadline=0.3, attempts=20))


def test_where_nothing_listens_all_calls_end_soon_with_the_address(tmp_path: Path) -> None:
    where = LlmConfig(provider="openai-compatible", model="m", base_url="http://127.0.0.1:9/v1", attempts=3)

    async def ask(client: Client) -> None:
        started = time.monotonic()
        replies = await ask_all(client, 100)
        assert time.monotonic() - started < 2
        assert all(isinstance(reply, RunError) for reply in replies)
        assert not any(isinstance(reply, GaveUp) for reply in replies), "this is no fault of single rows"
        assert "nothing answers at openai-compatible at http://127.0.0.1:9/v1" in str(replies[99])

    run(Scripted(in_turn(Silence())), tmp_path, ask, where)


def test_the_breaker_ends_a_run_that_has_had_no_success_for_too_long(tmp_path: Path) -> None:
    async def ask(client: Client) -> None:
        started = time.monotonic()
        replies = await ask_all(client, 100)
        assert time.monotonic() - started < 5
        assert "has answered nothing for" in str(replies[99])
        assert "503" in str(replies[99])

    run(Scripted(in_turn(Fail()), seconds=0.02), tmp_path, ask, config(patience=0.2, attempts=20))


def test_one_row_that_always_fails_does_not_break_the_others_run(tmp_path: Path) -> None:
    def script(request: Request, before: int) -> Act:
        return Fail() if request.messages[0].content == "say bad" else Answer("yes")

    async def ask(client: Client) -> None:
        started = time.monotonic()
        bad = asyncio.create_task(client.chat(asked("bad")))
        number = 0
        while not bad.done():
            await client.chat(asked(number := number + 1))
        with pytest.raises(GaveUp):
            await bad
        assert time.monotonic() - started > patience, "its failures alone would have broken it"

    patience = 0.7
    run(Scripted(script, seconds=0.01), tmp_path, ask, config(patience=patience, attempts=9))


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_holds_back_all_calls_in_seconds_and_as_a_date(as_date: bool, tmp_path: Path) -> None:
    sent: list[float] = []
    first = True

    def script(request: Request, before: int) -> Act:
        nonlocal first
        sent.append(time.monotonic())
        if not first:
            return Answer("yes")
        first = False
        # A date has whole seconds: the end of the next one is 1 to 2 seconds away.
        date = format_datetime(datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2), usegmt=True)
        return Throttle(date if as_date else "0.5")

    async def ask(client: Client) -> None:
        await client.chat(asked("warm up"))
        await ask_all(client, 12)

    run(Scripted(script), tmp_path, ask, config(concurrency=1))
    assert len(sent) == 14
    assert 0.45 < sent[1] - sent[0] < 5
    assert max(sent[1:]) - sent[1] < 2, "after the wait all go on"


def test_a_wait_longer_than_the_deadline_ends_the_run(tmp_path: Path) -> None:
    async def ask(client: Client) -> None:
        replies = await ask_all(client, 5)
        assert all("says to wait 3,600 seconds" in str(reply) for reply in replies)

    run(Scripted(in_turn(Throttle("3600"))), tmp_path, ask, config(deadline=60))


def test_the_budget_is_passed_by_at_most_what_is_in_flight_and_what_was_paid_is_kept(tmp_path: Path) -> None:
    a_dollar_a_reply = config(price=Price(input=0, output=1e6), budget=10, concurrency=4)
    service = Scripted(in_turn(Answer("yes")), seconds=0.005)

    async def ask(client: Client) -> None:
        replies = await ask_all(client, 40)
        assert any("the budget of $10.00 is spent" in str(reply) for reply in replies)
        assert 10 <= client.spent < 10 + 4
        assert client.spent == client.sent == sum(isinstance(reply, Reply) for reply in replies)

    paid = run(service, tmp_path, ask, a_dollar_a_reply).sent

    async def go_on(client: Client) -> None:
        assert all(isinstance(reply, Reply) for reply in await ask_all(client, 40))

    more = a_dollar_a_reply.model_copy(update={"budget": 40.0})
    assert run(service, tmp_path, go_on, more).sent == 40 - paid


def test_replies_that_are_paid_and_useless_count_against_the_budget(tmp_path: Path) -> None:
    """An empty reply with billed tokens, and one whose tokens nobody counts."""
    costly = config(price=Price(input=1e6, output=0), budget=5, attempts=20, concurrency=1)

    async def ask(client: Client) -> None:
        with pytest.raises(RunError, match="budget"):
            await client.chat(asked("x"))

    assert run(Scripted(in_turn(Answer(""))), tmp_path, ask, costly).sent == 3

    async def ask_uncounted(client: Client) -> None:
        assert any("budget" in str(reply) for reply in await ask_all(client, 10))
        assert client.spent >= 5

    run(Scripted(in_turn(Answer("yes", counted=False))), tmp_path / "other", ask_uncounted, costly)


def test_a_budget_without_a_price_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    nameless = LlmConfig(provider="openrouter", model="nobody/knows-it", budget=1)
    with pytest.raises(InputError, match="a budget needs a price"):
        run(answers(), tmp_path, lambda client: client.chat(asked("x")), nameless)


def test_offline_replays_and_a_miss_is_an_error_that_names_the_key(tmp_path: Path) -> None:
    run(answers(), tmp_path, lambda client: client.chat(asked("x")))

    async def ask(client: Client) -> None:
        assert (await client.chat(asked("x"))).text == "so be it"
        with pytest.raises(RunError, match=client.key(asked("y"))[:12]):
            await client.chat(asked("y"))

    run(None, tmp_path, ask)


def test_offline_needs_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)

    async def ask() -> None:
        keyed = LlmConfig(provider="openai", model="gpt-4.1")
        async with open_client(keyed, tmp_path / "replies.sqlite", offline=True) as client:
            with pytest.raises(RunError, match="offline"):
                await client.chat(asked("x"))

    asyncio.run(ask())


def test_replies_on_their_way_are_kept_when_the_caller_is_cancelled(tmp_path: Path) -> None:
    """Ctrl-C cancels the stage; what was sent is paid, so it is waited for and stored, and nothing else is sent."""
    service = Scripted(in_turn(Answer("yes")), seconds=0.05)

    async def ask(client: Client) -> None:
        calls = [asyncio.create_task(client.chat(asked(i))) for i in range(30)]
        await asyncio.sleep(0.02)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    assert run(service, tmp_path, ask).sent == 8
    with ReplyStore(tmp_path / "replies.sqlite") as store:
        kept = [store.reply(run(None, tmp_path, _nothing).key(asked(i))) for i in range(30)]
    assert sum(reply is not None for reply in kept) == 8


async def _nothing(client: Client) -> None:
    pass


def test_the_key_is_nowhere_in_the_store_or_in_a_message(tmp_path: Path) -> None:
    secret = "sk-very-secret-0123456789"

    async def ask(client: Client) -> None:
        assert secret not in (await client.chat(asked("x"))).model_dump_json()
        await client.chat(asked("y"))

    run(answers(f"your key is {secret}"), tmp_path, ask, key=secret)
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes()

    for act in (Refuse(401, f"incorrect key {secret}"), Fail(f"cannot reach ?key={secret}")):

        async def fail(client: Client) -> None:
            with pytest.raises(BardsmithError) as told:
                await client.chat(asked("z"))
            assert secret not in str(told.value)
            assert "[key]" in str(told.value)

        run(Scripted(in_turn(act)), tmp_path, fail, key=secret)


def test_a_withheld_reply_is_a_reply_with_its_reason_and_is_not_asked_again(tmp_path: Path) -> None:
    async def ask(client: Client) -> None:
        assert (await client.chat(asked("x"))).finish == "filter"

    assert run(Scripted(in_turn(Answer("", finish="filter"))), tmp_path, ask).sent == 1


def test_what_decides_a_reply_is_in_its_key_and_nothing_else_is(tmp_path: Path) -> None:
    def key(settings: Settings | None = None, **changes: object) -> str:
        return run(None, tmp_path, _nothing, config(**changes)).key(asked("x"), settings)

    same = [key(), key(timeout=1), key(concurrency=3), key(budget=1), key(attempts=9), key(patience=7), key(deadline=2)]
    assert len(set(same)) == 1
    other = [
        key(Settings(sample=1)),
        key(Settings(sampling=Sampling(temperature=0))),
        key(Settings(shape={"type": "object"})),
        key(model="another"),
        key(extra={"reasoning": "low"}),
    ]
    assert len({*same, *other}) == 6


def test_the_forecast_counts_only_what_the_store_has_not(tmp_path: Path) -> None:
    priced = config(price=Price(input=3, output=15), sampling={"max_new_tokens": 1000})

    async def ask(client: Client) -> None:
        await client.chat(asked(0))
        told = client.forecast(client.request(asked(i)) for i in range(3))
        assert (told.calls, told.replayed, told.input_tokens, told.output_tokens) == (2, 1, 4, 2000)
        assert told.dollars == pytest.approx((3 * 4 + 15 * 2000) / 1e6)
        assert str(told).startswith("2 calls (1 more are in the store)")

    run(answers(), tmp_path, ask, priced)
