"""What is asked and wanted in the test, and where it stands in a text that is learned from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bardsmith.overlap.runs import Runs, Shared, plain_words
from bardsmith.records import Prompt

CONTAMINATED_WORDS = 13
"""Words in a row that a question and a text never share by chance, as in the reports on language models since GPT-3
(arXiv 2005.14165)."""


class Tested:
    """The held-out prompts and their references."""

    def __init__(self, prompts: Iterable[Prompt] = ()) -> None:
        texts = [
            (prompt.id, text)
            for prompt in prompts
            for text in (*(message.content for message in prompt.messages if message.role == "user"), *prompt.reference)
        ]
        self._long = Runs(CONTAMINATED_WORDS, texts)
        self._short = {
            " ".join(words): name for name, text in texts if 0 < len(words := plain_words(text)) < CONTAMINATED_WORDS
        }
        """Those with fewer words, normalised, each with its prompt's id."""

    def same_as(self, text: str) -> str | None:
        """The id of the prompt whose short question or reference this text is, word for word."""
        return self._short.get(" ".join(plain_words(text)))

    def shared_with(self, text: str) -> Iterator[Shared]:
        """The stretches of a text, of CONTAMINATED_WORDS words and more, that stand in a prompt."""
        return self._long.shared_with(text)
