"""A memory for what is looked up for every word or syllable of every text."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memo(dict[Key, Value]):
    """What a function gives for each key, worked out once.

    Looking up costs what it does in a dict, less than in an lru_cache, which has to note what was used last. For that
    it is emptied when it is full.
    """

    def __init__(self, function: Callable[[Key], Value], size: int) -> None:
        super().__init__()
        self.function, self.size = function, size

    def __missing__(self, key: Key) -> Value:
        value = self.function(key)
        if len(self) >= self.size:
            self.clear()
        self[key] = value
        return value

    def keep(self, known: Iterable[tuple[Key, Value]]) -> None:
        """Puts down what was worked out, here or elsewhere; many at once may go beyond the size, till the next come."""
        if len(self) >= self.size:
            self.clear()
        self.update(known)
