"""Learns from the table of pronunciations how English spelling sounds, for words that the table lacks.

    python scripts/build_spelling.py

It needs no other data: the input is src/bardsmith/verse/tables/pronunciations.txt (scripts/build_pronunciations.py).
Each letter of a word is aligned with none, one or two of its phones (expectation-maximisation in its hard form, with
Viterbi alignments). Reading from the right, every letter is then a case: its context, as `spelling.context` writes
it, and its phones. The cases become a decision trie in the order of the context's characters, most telling first
(IGTree: Daelemans, van den Bosch & Weijters 1997), stored as one line for each context whose phones differ from
those of the nearest shorter one. Costs and counts are integers and every tie is broken by the alphabet, so the table
comes out the same everywhere.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby

from bardsmith.verse.sound.dictionary import TABLE as PRONUNCIATIONS
from bardsmith.verse.sound.spelling import NOTHING_SAID, TABLE, Said, context

Entry = tuple[str, list[str]]
"""A word and its phones, vowels with their stress digit."""
Cost = Callable[[str, str], int]
"""What it costs that a letter sounds as these phones, without digits."""

ROUNDS = 4
"""Rounds of alignment; the fifth changes next to nothing."""
WORST_ALIGNMENT = 180
"""Words whose alignment costs more a letter are left out: abbreviations and foreign names, about 3 %."""
FAMILY_WEIGHT = 3
"""How often a word counts that has `-ed`, `-ing`, `-ly`, `-ness`, `-ful` or `-less` forms, or is one: most other words
of the table are names. On held-out words of verse 3 gains 2.4 points of rhyme parts over 1."""
FEWEST_CASES = 2
"""A context is split off from this many cases on."""


def main() -> None:
    entries = list(_entries())
    aligned = _aligned(entries)
    family = _family({word for word, _ in entries})
    cases = sorted(
        case
        for word, parts in aligned
        for case in _cases(word, parts)
        for _ in range(FAMILY_WEIGHT if word in family else 1)
    )
    lines = [f"{key}\t{phones}" for key, phones in _trie(cases, 1, "?")]
    TABLE.write_bytes(("\n".join(sorted(lines)) + "\n").encode("ascii"))


def _entries() -> Iterator[Entry]:
    """Words of two letters and more with their first pronunciation."""
    for line in PRONUNCIATIONS.read_text(encoding="ascii").splitlines():
        word, phones = line.split("\t")
        if word.isalpha() and len(word) > 1:
            yield word, re.findall(r"[A-Za-z][012]?", phones.split(" ")[0])


def _family(words: set[str]) -> set[str]:
    """The words that have inflected or derived forms, and these."""
    found = set()
    for word in words:
        for ending in ("ed", "ing", "ly", "ness", "ful", "less"):
            stem = word.removesuffix(ending)
            found |= {each for each in (stem, stem + "e") if stem != word and each in words for each in (each, word)}
    return found


def _aligned(entries: list[Entry]) -> list[tuple[str, list[str]]]:
    """Each word with the phones of each of its letters, without the words that align badly."""
    cost = _first_cost(entries)
    for _ in range(ROUNDS - 1):
        cost = _next_cost(
            [
                (word, _cut(phones, sizes))
                for word, phones in entries
                for _, sizes in [_alignment(word, phones, cost)]
                if sizes
            ]
        )
    found = []
    for word, phones in entries:
        total, sizes = _alignment(word, phones, cost)
        if sizes and total < WORST_ALIGNMENT * len(word):
            found.append((word, _cut(phones, sizes)))
    return found


def _first_cost(entries: list[Entry]) -> Cost:
    """Costs by how often letter and phone occur in the same word, against chance."""
    letters: Counter[str] = Counter()
    phones: Counter[str] = Counter()
    both: Counter[str] = Counter()
    for word, sounds in entries:
        said = {phone[0] for phone in sounds}
        letters.update(set(word))
        phones.update(said)
        both.update(letter + phone for letter in set(word) for phone in said)
    single = {
        pair: round(-100 * math.log(0.05 * count * len(entries) / (letters[pair[0]] * phones[pair[1]])))
        for pair, count in both.items()
    }

    def cost(letter: str, said: str) -> int:
        silent, second = 250, 300
        return sum(single.get(letter + phone, 900) for phone in said) + (silent, 0, second)[len(said)]

    return cost


def _next_cost(aligned: list[tuple[str, list[str]]]) -> Cost:
    """Costs by how often a letter was aligned with these phones; what is rarer than 3 in 10,000 is all but barred."""
    counts = Counter(
        (letter, re.sub(r"\d", "", part)) for word, parts in aligned for letter, part in zip(word, parts, strict=True)
    )
    totals: Counter[str] = Counter()
    for (letter, _), count in counts.items():
        totals[letter] += count
    costs = {
        pair: round(-100 * math.log(count / totals[pair[0]]))
        for pair, count in counts.items()
        if count >= 2 and 10_000 * count >= 3 * totals[pair[0]]
    }
    return lambda letter, said: costs.get((letter, said), 1200)


def _alignment(word: str, phones: list[str], cost: Cost) -> tuple[int, list[int]]:
    """The cheapest alignment: its cost and how many phones each letter has; no letters if there is none."""
    said = "".join(phone[0] for phone in phones)
    paths: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
    for letter in word:
        longer: dict[int, tuple[int, tuple[int, ...]]] = {}
        for end, (total, sizes) in paths.items():
            for size in range(min(2, len(said) - end) + 1):
                price = total + cost(letter, said[end : end + size])
                if end + size not in longer or price < longer[end + size][0]:
                    longer[end + size] = price, (*sizes, size)
        paths = longer
    total, sizes = paths.get(len(said), (0, ()))
    return total, list(sizes)


def _cut(phones: list[str], sizes: list[int]) -> list[str]:
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return ["".join(phones[end - size : end]) for size, end in zip(sizes, ends, strict=True)]


def _cases(word: str, parts: list[str]) -> Iterator[tuple[str, str]]:
    """The context and the phones of each letter, from the last."""
    said: Said = NOTHING_SAID
    for i in range(len(word) - 1, -1, -1):
        yield context(word, i, said), parts[i]
        said = said.after(parts[i])


def _trie(cases: list[tuple[str, str]], depth: int, default: str) -> Iterator[tuple[str, str]]:
    """The contexts of this length and more, from sorted cases, that change what a shorter one says."""
    for key, run in groupby(cases, key=lambda case: case[0][:depth]):
        group = list(run)
        counts = Counter(phones for _, phones in group)
        if len(group) < FEWEST_CASES:
            continue
        best = min(counts, key=lambda phones: (-counts[phones], phones))
        if best != default:
            yield key, best
        if len(counts) > 1 and depth < len(group[0][0]):
            yield from _trie(group, depth + 1, best)


if __name__ == "__main__":
    main()
