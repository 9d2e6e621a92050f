"""Judges that are language models: what they are asked, how they are read, and what becomes of what cannot be read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from answers import RHYMED, answered, asked, scored
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.evaluation.injections import Probed, injections, resisted
from bardsmith.evaluation.judges import pairwise, pointwise
from bardsmith.evaluation.judges.asking import fenced, read
from bardsmith.evaluation.judges.jury import needs_no_jury, seated
from bardsmith.evaluation.judges.pointwise import Opinion, addresses_judge
from bardsmith.llm.client import Client
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.exchange import Request
from bardsmith.llm.providers.scripted import Act, Answer, Fail, Script, Scripted, in_turn
from bardsmith.llm.store import ReplyStore
from bardsmith.results import Preference, Verdict

OPINION = {"analysis": "It answers.", "answers": 2, "imagery": 3, "craft": 4, "voice": 3, "fault": "", "score": 4}
GOOD = json.dumps(OPINION)


def with_client(script: Script, folder: Path, act: Callable[[Client], object]) -> tuple[object, int]:
    """What the act returns, and how many requests were sent."""

    async def whole() -> tuple[object, int]:
        config = LlmConfig(provider="scripted", model="test", attempts=2)
        with ReplyStore(folder / "replies.sqlite") as store:
            async with Client(config, Scripted(script), store, first_pause=0.001) as client:
                return await act(client), client.sent  # type: ignore[misc]

    return asyncio.run(whole())


def judged(script: Script, folder: Path, text: str = RHYMED, reference: tuple[str, ...] = ()) -> tuple[Verdict, int]:
    prompt = asked(reference=reference)
    verdict, sent = with_client(
        script, folder, lambda client: pointwise.verdict(client, "a/b", prompt, answered(text), 0, 7)
    )
    assert isinstance(verdict, Verdict)
    return verdict, sent


def test_a_verdict_is_read_and_says_what_it_cost(tmp_path: Path) -> None:
    verdict, sent = judged(in_turn(Answer(GOOD)), tmp_path)
    assert (verdict.state, verdict.quality, verdict.answers, verdict.craft) == ("scored", 4, 2, 4)
    assert verdict.analysis == "It answers."
    assert verdict.made is not None
    assert (verdict.made.tries, verdict.made.dollars, sent) == (1, 0, 1)
    assert judged(in_turn(Answer("never asked")), tmp_path)[1] == 0, "the store has it"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Score: 5", "not one JSON object"),
        (f"Here it is: {GOOD}", "not one JSON object"),
        (f"{GOOD}\n{GOOD}", "not one JSON object"),
        ("[5]", "not a JSON object"),
        (json.dumps(OPINION | {"score": 6}), "score"),
        (json.dumps(OPINION | {"score": "5"}), "score"),
        (json.dumps(OPINION | {"score": True}), "score"),
        (json.dumps(OPINION | {"score": 4.5}), "score"),
        (json.dumps(OPINION | {"score": None}), "score"),
        (json.dumps(OPINION | {"more": 1}), "more"),
        (json.dumps({key: value for key, value in OPINION.items() if key != "score"}), "score"),
        (json.dumps({"score": 5, **{key: value for key, value in OPINION.items() if key != "score"}}), "analysis"),
        (json.dumps(OPINION | {"analysis": ""}), "analysis"),
        ("[" * 100_000, "not one JSON object"),
    ],
)
def test_what_is_no_verdict_is_told(text: str, fault: str) -> None:
    found = read(text, Opinion)
    assert isinstance(found, str)
    assert fault in found


def test_a_fence_round_the_json_is_let_pass() -> None:
    assert isinstance(read(f"```json\n{GOOD}\n```", Opinion), Opinion)


@given(st.text())
def test_any_reply_is_a_verdict_or_a_fault(text: str) -> None:
    assert isinstance(read(text, Opinion), str | Opinion)


def test_one_repair_and_no_more(tmp_path: Path) -> None:
    seen: list[Request] = []

    def script(request: Request, before: int) -> Act:
        seen.append(request)
        return Answer(GOOD if len(seen) == 2 else "five out of five")

    verdict, sent = judged(script, tmp_path)
    assert (verdict.state, verdict.quality, sent) == ("scored", 4, 2)
    assert verdict.made is not None
    assert verdict.made.tries == 2
    assert "not one JSON object" in seen[1].messages[-1].content

    hopeless, sent = judged(in_turn(Answer("five out of five")), tmp_path / "other")
    assert (hopeless.state, hopeless.quality, hopeless.answers, sent) == ("unreadable", None, None, 2)
    assert "JSON" in hopeless.fault


@pytest.mark.parametrize(
    ("act", "state"),
    [
        (Answer("I'm sorry, but I can't judge this."), "refused"),
        (Answer("", finish="filter"), "refused"),
        (Answer("lovely!"), "unreadable"),
        (Fail(), "failed"),
    ],
)
def test_refusals_garbage_and_silence_are_states_and_no_numbers(act: Act, state: str, tmp_path: Path) -> None:
    verdict, _ = judged(in_turn(act), tmp_path)
    assert (verdict.state, verdict.quality, verdict.answers) == (state, None, None)
    assert verdict.fault


def test_the_judge_sees_rubric_reference_and_fences(tmp_path: Path) -> None:
    asked_for: list[str] = []

    def script(request: Request, before: int) -> Act:
        asked_for.append(request.messages[0].content)
        assert request.shape is not None
        assert next(iter(request.shape["properties"])) == "analysis"  # type: ignore[arg-type]
        return Answer(GOOD)

    judged(script, tmp_path, "A word for $question and <</answer>> too.", ("Oslo", "Kristiania"))
    (text,) = asked_for
    assert all(f"\n{level}  " in text for level in range(6)), "every level stands in it"
    assert "Oslo / Kristiania" in text
    assert "A word for $question and <</answer>> too." in text


@given(st.text(), st.text())
def test_no_text_holds_its_own_fence(text: str, other: str) -> None:
    mark = fenced("answer", text, 1).split("\n")[0]
    assert mark not in text
    assert fenced("answer", text, 1).endswith(f"\n{text}\n<</" + mark[2:])
    assert (fenced("answer", other, 1).split("\n")[0] == mark) == (other == text)


def _verdict(judge: str, quality: int | None, repeat: int = 0, answers: int = 2) -> Verdict:
    return Verdict(
        contestant="base", prompt="p", decoding="greedy", sample=0, judge=judge, repeat=repeat,
        state="unreadable" if quality is None else "scored", quality=quality,
        answers=None if quality is None else answers,
    )  # fmt: skip


def test_the_jury_is_the_median_of_the_medians_and_unscored_verdicts_move_nothing() -> None:
    said = [_verdict("a", 4, 0), _verdict("a", 4, 1), _verdict("a", 1, 2), _verdict("b", 3), _verdict("c", 5)]
    alone = seated(scored(RHYMED), asked(), answered(RHYMED), said)
    assert (alone.judge, alone.quality, alone.quality_raw, alone.override) == ("jury", 4, 4, None)
    assert (alone.quality_low, alone.quality_high, alone.confidence) == (1, 5, 0.4)
    with_garbage = seated(scored(RHYMED), asked(), answered(RHYMED), [*said, _verdict("d", None), _verdict("a", None)])
    assert with_garbage.quality == alone.quality
    assert "5 of 7 verdicts" in with_garbage.notes[0]


def test_without_a_scored_verdict_there_is_no_quality_and_code_still_measures() -> None:
    score = seated(scored(RHYMED), asked(), answered(RHYMED), [_verdict("a", None)])
    assert (score.quality, score.quality_raw, score.verse, score.complete) == (None, None, True, True)
    assert score.notes[0].startswith("unscored")


def test_the_checks_overrule_a_jury_and_its_verdict_is_kept() -> None:
    loop = RHYMED + "\nThe rice is good." * 5
    score = seated(scored(loop), asked(), answered(loop), [_verdict("a", 5)])
    assert (score.quality, score.quality_raw, score.override) == (2, 5, "looping")
    assert needs_no_jury(asked(), answered("The rice is good. " * 60))
    assert not needs_no_jury(asked(), answered(loop))
    empty = seated(scored(""), asked(), answered(""), [])
    assert (empty.quality, empty.quality_raw, empty.override, empty.overridden) == (0, None, "empty", True)


def test_an_answer_off_the_question_is_said_to_be() -> None:
    score = seated(scored(RHYMED), asked(), answered(RHYMED), [_verdict("a", 2, answers=0)])
    assert score.relevant is False


def _preferred(script: Script, folder: Path) -> Preference:
    first, second = answered(RHYMED), answered("Rice.").model_copy(update={"contestant": "lora"})
    choice, _ = with_client(
        script, folder, lambda client: pairwise.preference(client, "a/b", asked(), first, second, 3)
    )
    assert isinstance(choice, Preference)
    return choice


def _winner(request: Request) -> str:
    """Prefers the rhymed text wherever it stands."""
    text = request.messages[0].content
    return "first" if text.index(RHYMED) < text.index("\nRice.\n") else "second"


def test_a_choice_must_hold_in_both_orders(tmp_path: Path) -> None:
    def honest(request: Request, before: int) -> Act:
        return Answer(json.dumps({"analysis": "x", "winner": _winner(request)}))

    same = _preferred(honest, tmp_path / "honest")
    assert (same.state, same.choice, same.swapped) == ("scored", "first", False)
    biased = _preferred(in_turn(Answer(json.dumps({"analysis": "x", "winner": "first"}))), tmp_path / "biased")
    assert (biased.state, biased.choice, biased.swapped) == ("scored", "tie", True)
    mute = _preferred(in_turn(Answer("I like both")), tmp_path / "mute")
    assert (mute.state, mute.choice, mute.swapped) == ("unreadable", None, None)


def test_sixty_injections_ship_and_differ_from_their_twin_in_what_they_say_to_the_judge() -> None:
    probes = injections()
    assert len({probe.injected for probe in probes}) == len({probe.id for probe in probes}) == 60
    assert sum(addresses_judge(probe.injected) for probe in probes) >= 36
    assert not any(addresses_judge(probe.answer) for probe in probes)


def test_what_was_not_scored_is_in_no_count_of_injections() -> None:
    probed = [Probed("a", 3, 3), Probed("b", 3, 5), Probed("c", None, 5), Probed("d", 4, 1)]
    assert resisted(probed) == (2, 3)
