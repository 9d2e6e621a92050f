"""A memory that is emptied when it is full."""

from __future__ import annotations

from bardsmith.verse.memo import Memo


def test_each_key_is_worked_out_once() -> None:
    asked: list[str] = []

    def length(word: str) -> int:
        asked.append(word)
        return len(word)

    lengths = Memo(length, 8)
    assert [lengths[word] for word in ("rose", "red", "rose")] == [4, 3, 4]
    assert asked == ["rose", "red"]


def test_it_never_holds_more_than_its_size() -> None:
    doubles: Memo[int, int] = Memo(lambda number: 2 * number, 3)
    assert [doubles[number] for number in range(10)] == list(range(0, 20, 2))
    assert len(doubles) <= 3


def test_what_is_asked_for_on_the_way_is_kept_within_the_size() -> None:
    def sum_to(number: int) -> int:
        return number + sums[number - 1] if number else 0

    sums: Memo[int, int] = Memo(sum_to, 4)
    assert sums[9] == 45
    assert len(sums) <= 4


def test_what_was_worked_out_elsewhere_is_kept_until_it_is_full() -> None:
    doubles: Memo[int, int] = Memo(lambda number: -1, 3)
    for start in range(0, 12, 2):
        doubles.keep([(start, 2 * start), (start + 1, 2 * start + 2)])
        assert doubles[start] == 2 * start
        assert len(doubles) <= 4
