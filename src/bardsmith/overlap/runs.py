"""Runs of words in a row, by which texts are compared: case, accents, punctuation and line breaks do not count."""

from __future__ import annotations

import unicodedata
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import groupby
from typing import NamedTuple

_LETTERS = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)} | {ord("'"): None}
"""What an ASCII character is to a word: `o'er` is `oer`, and a hyphen parts words."""
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u00ad\u200b\u200d\u2060\ufeff"))


def plain_words(text: str) -> list[str]:
    """The words of a text in small letters and digits, without accents and apostrophes."""
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
        text = "".join(c if c.isalnum() else " " for c in apart.replace("'", "") if not unicodedata.combining(c))
    return text.translate(_LETTERS).split()


def run_hashes(words: Sequence[str], length: int) -> list[int]:
    """A number of 64 bits for every run of `length` words, the same on every machine; none in a shorter text."""
    runs = zip(*(words[start:] for start in range(length)), strict=False)
    return [int.from_bytes(blake2b(" ".join(run).encode(), digest_size=8).digest(), "big") for run in runs]


class Shared(NamedTuple):
    """A stretch of a text whose words stand in a row in another one, too."""

    source: str
    """The other text's id."""
    words: str


class Runs:
    """The runs of `length` words of many texts, 12 bytes each, and whose they are."""

    def __init__(self, length: int, texts: Iterable[tuple[str, str]]) -> None:
        """From the id and the text of each."""
        self.length = length
        self._ids: list[str] = []
        hashes, owners = array("Q"), array("I")
        for name, text in texts:
            found = dict.fromkeys(run_hashes(plain_words(text), length))
            hashes.extend(found)
            owners.extend([len(self._ids)] * len(found))
            self._ids.append(name)
        order = sorted(range(len(hashes)), key=hashes.__getitem__)
        self._hashes = array("Q", map(hashes.__getitem__, order))
        self._owners = array("I", map(owners.__getitem__, order))

    def __len__(self) -> int:
        return len(self._hashes)

    def shared_with(self, text: str, left_out: Container[str] = ()) -> Iterator[Shared]:
        """The stretches of a text, as long as they are, that stand in others than those left out."""
        if not self._hashes:
            return
        words = plain_words(text)
        owners = [
            next((name for name in self._owners_of(run) if name not in left_out), None)
            for run in run_hashes(words, self.length)
        ]
        for source, stretch in groupby(range(len(owners)), key=owners.__getitem__):
            if source is not None:
                places = list(stretch)
                yield Shared(source, " ".join(words[places[0] : places[-1] + self.length]))

    def shares_of(self, text: str) -> dict[str, float]:
        """Of the texts that share a run with this one, the share of its runs that stand in each."""
        runs = run_hashes(plain_words(text), self.length)
        counts = Counter(name for run in runs for name in self._owners_of(run))
        return {name: count / len(runs) for name, count in counts.items()}

    def _owners_of(self, run: int) -> Iterator[str]:
        place = bisect_left(self._hashes, run)
        while place < len(self._hashes) and self._hashes[place] == run:
            yield self._ids[self._owners[place]]
            place += 1
