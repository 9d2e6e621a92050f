"""Numbers as words and words as numbers: a poem that says `three hundred and eight` has kept the 308."""

from __future__ import annotations

import re

_UNIT_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_TEN_WORDS = "- ten twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = _UNIT_WORDS.split()
_TENS = _TEN_WORDS.split()
_SCALES = {10**9: "billion", 10**6: "million", 1000: "thousand"}
_SIGNS = {"$": "dollars", "\u00a3": "pounds", "\u20ac": "euros", "%": "percent"}
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip

_SMALL = {word: n for n, word in enumerate(_UNITS)} | {word: 10 * n for n, word in enumerate(_TENS) if n}


def _any_of(words: list[str]) -> str:
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


_GAP = r"[\s-]+"
_TWO_DIGITS = rf"(?:{_any_of(_TENS[2:])}(?:{_GAP}{_any_of(_UNITS[1:10])})?|{_any_of(_UNITS[10:])})"
_BELOW_HUNDRED = rf"(?:{_TWO_DIGITS}|{_any_of(_UNITS[:10])})"
_YEAR = rf"{_TWO_DIGITS}{_GAP}(?:{_TWO_DIGITS}|oh{_GAP}{_any_of(_UNITS[1:10])})"
_BELOW_THOUSAND = (
    rf"(?:{_YEAR}|{_BELOW_HUNDRED}(?:\s+hundred(?:\s+(?:and\s+)?{_BELOW_HUNDRED})?)?"
    rf"|(?:a\s+)?hundred(?:\s+(?:and\s+)?{_BELOW_HUNDRED})?)"
)
_SCALED = rf"{_any_of([*_SCALES.values()])}(?:\s+(?:and\s+)?{_BELOW_THOUSAND})?"
_IN_WORDS = re.compile(rf"\b(?:{_BELOW_THOUSAND}|(?:a\s+)?{_SCALED})(?:\s+{_SCALED})*\b", re.IGNORECASE)
_IN_DIGITS = re.compile(
    r"(?<![\w.,])([$\u00a3\u20ac]?)(\d{1,3}(?:,\d{3}){1,3}|\d{1,12})(?:(st|nd|rd|th)|\.(\d+))?(?![\w]|[.,]\d)(%?)"
)


def number_words(n: int, *, with_and: bool = False) -> str:
    """A whole number below 10^12 as words: 308 is `three hundred eight`, or `three hundred and eight`."""
    if not abs(n) < 10**12:
        raise ValueError(f"{n} is too large to be put into words")
    if n < 0:
        return f"minus {number_words(-n, with_and=with_and)}"
    if n < 100:
        return _below_hundred(n)
    scale = next((value for value in _SCALES if n >= value), 100)
    head, rest = divmod(n, scale)
    words = f"{number_words(head, with_and=with_and)} {_SCALES.get(scale, 'hundred')}"
    if not rest:
        return words
    link = " and " if with_and and rest < 100 else " "
    return words + link + number_words(rest, with_and=with_and)


def year_words(n: int) -> str | None:
    """A year as it is said: 1934 is `nineteen thirty-four`; None for what is not said in two halves."""
    century, rest = divmod(n, 100)
    if not 10 <= century <= 20 or 2000 <= n < 2010:
        return None
    if rest == 0:
        return f"{_below_hundred(century)} hundred"
    return f"{_below_hundred(century)} {'oh-' if rest < 10 else ''}{_below_hundred(rest)}"


def ordinal_words(n: int) -> str:
    """21 is `twenty-first`."""
    *head, part, last = re.split(r"([ -])", " " + number_words(n))
    ending = _ORDINALS.get(last, f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return "".join([*head, part, ending]).strip()


def spellings(text: str) -> tuple[str, ...]:
    """The text, and the same with its numbers the other way: digits as words, words as digits; none twice."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    variants = [
        text,
        plain,
        _IN_DIGITS.sub(lambda found: _spoken(found, with_and=False), text),
        _IN_DIGITS.sub(lambda found: _spoken(found, with_and=True), text),
        _IN_DIGITS.sub(_as_year, text),
        in_digits(text),
    ]
    return tuple(dict.fromkeys(variants))


def in_digits(text: str) -> str:
    """The text with the numbers in it as digits: `a hundred and eight` is 108, `nineteen sixty-one` 1961."""
    return _IN_WORDS.sub(lambda found: str(_value(found.group())), text)


def _below_hundred(n: int) -> str:
    if n < 20:
        return _UNITS[n]
    tens, unit = divmod(n, 10)
    return f"{_TENS[tens]}-{_UNITS[unit]}" if unit else _TENS[tens]


def _spoken(found: re.Match[str], *, with_and: bool) -> str:
    currency, digits, ordinal, fraction, percent = found.groups()
    n = int(digits.replace(",", ""))
    if ordinal:
        return ordinal_words(n)
    words = number_words(n, with_and=with_and)
    if fraction:
        words += f" point {' '.join(_UNITS[int(digit)] for digit in fraction)}"
    return f"{words} {_SIGNS.get(currency or percent, '')}".rstrip()


def _as_year(found: re.Match[str]) -> str:
    is_plain = found.group().isdigit()
    return (year_words(int(found.group())) if is_plain else None) or found.group()


def _value(words: str) -> int:
    """`three hundred and eight` is 308, `nineteen thirty-four` is 1934."""
    values = {name: value for value, name in _SCALES.items()}
    total = current = 0
    for word in re.split(r"[\s-]+", words.casefold()):
        if word in ("a", "and"):
            continue
        if word in ("hundred", "oh"):
            current = 100 * (current or 1)
        elif word in values:
            total, current = total + (current or 1) * values[word], 0
        elif 10 <= current < 100 and _SMALL[word] >= 10:  # a year in two halves
            current = 100 * current + _SMALL[word]
        else:
            current += _SMALL[word]
    return total + current
