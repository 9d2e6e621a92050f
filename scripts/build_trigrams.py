"""Makes the verse room's table of letter triples from the words of the starter corpus.

    python scripts/build_trigrams.py

One line for each pair of letters that occurs: the pair, then every letter that follows it in some word; `^` stands
before a word and `$` after it. Run it again when the starter corpus has grown; the table changes little.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from bardsmith.outputs import read_records, write_text
from bardsmith.records import Conversation

PACKAGE = Path(__file__).parents[1] / "src" / "bardsmith"


def trigrams(texts: Iterable[str]) -> list[str]:
    """The table's lines, sorted."""
    following: dict[str, set[str]] = defaultdict(set)
    for text in texts:
        for word in re.findall(r"[a-z]+", text.lower()):
            marked = f"^{word}$"
            for i in range(len(marked) - 2):
                following[marked[i : i + 2]].add(marked[i + 2])
    return [f"{pair} {''.join(sorted(letters))}" for pair, letters in sorted(following.items())]


def main() -> None:
    texts = [
        message.content
        for path in sorted((PACKAGE / "corpus" / "starter").glob("*.jsonl"))
        for conversation in read_records(path, Conversation)
        for message in conversation.messages
    ]
    write_text(PACKAGE / "verse" / "trigrams.txt", "\n".join(trigrams(texts)) + "\n")


if __name__ == "__main__":
    main()
