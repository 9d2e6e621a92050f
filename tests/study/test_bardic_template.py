"""The chat template that the reference study brings along: what it renders, and that a prompt is what was learned."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bardsmith.corpus.reading import read_dev_prompts, read_prompts
from bardsmith.study.load import load_study

SOURCE = Path(__file__).parents[2] / "studies" / "bardic" / "chat_template.jinja"

contents = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


def render(messages: list[dict[str, str]], answer_next: bool) -> str:
    """As transformers renders a template."""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(SOURCE.read_text(encoding="utf-8"))
    return template.render(messages=messages, add_generation_prompt=answer_next, bos_token="<s>", eos_token="</s>")


def conversation(system: str | None, *turns: str) -> list[dict[str, str]]:
    head = [] if system is None else [{"role": "system", "content": system}]
    return head + [{"role": ("user", "assistant")[i % 2], "content": turn} for i, turn in enumerate(turns)]


def test_it_renders_mistrals_format_with_an_end_token_after_each_answer() -> None:
    assert render(conversation("Sing.", "Hi", "Hey\nho", "Bye", "Adieu"), answer_next=False) == (
        "<s>[INST]Sing.\n\nHi[/INST]Hey\nho</s>[INST]Bye[/INST]Adieu</s>"
    )
    assert render(conversation(None, "Hi"), answer_next=True) == "<s>[INST]Hi[/INST]"


@given(system=st.none() | contents, turns=st.lists(contents, min_size=2, max_size=6))
def test_each_prompt_is_a_prefix_of_the_conversation(system: str | None, turns: list[str]) -> None:
    whole = render(conversation(system, *turns), answer_next=False)
    for end in range(1, len(turns), 2):
        prompt = render(conversation(system, *turns[:end]), answer_next=True)
        assert whole.startswith(f"{prompt}{turns[end]}</s>")


def test_the_study_chooses_by_the_dev_prompts_and_reports_of_the_test_prompts() -> None:
    corpus = load_study(SOURCE.parent / "study.yaml").corpus
    assert (corpus.held_out, corpus.dev_prompts) == (Path("test"), Path("dev"))
    prompts, dev = read_prompts(corpus), read_dev_prompts(corpus)
    assert (len(prompts), len(dev)) == (300, 100)
    assert not {prompt.item for prompt in prompts} & {prompt.item for prompt in dev}
