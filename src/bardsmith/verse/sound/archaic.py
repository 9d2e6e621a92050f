"""Old spellings of words: what a modern dictionary has them under.

The habits of printers until about 1650 (Barber, Early Modern English, 2nd edition 1997):
u and v by place (`vpon`, `loue`), i for j (`ioy`), final e, -ie for -y, y for i, doubled letters, -ick, au before n.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

MOST_RULES = 3
"""Rules applied to one word at most; `vertues` needs one, `maiestie` two."""
MOST_SPELLINGS = 24
"""Spellings tried for one word at most, so that the time for any word is bounded."""

_U_FOR_V = re.compile(
    r"(?<=[aeiou])u(?=[aeiouy])|(?<=[aeiou][lr])u(?=[ei])|(?<=[aei])u(?=')|(?<=[lmpr]o)u(?=')"
    r"|(?<=^[ie]n)u(?=[aeioy])|(?<=^ad)u(?=[aeio]..)|(?<=^sub)u(?=e)|(?<=^con)u(?=[eiy])"
)
_V_FOR_U = re.compile(r"^v(?=[^aeiouy])|(?<=^vn)v(?=[^aeiouy])")
_I_FOR_J = re.compile(r"^i(?=e|u|o[hlruvy])|(?<=^[aeo][nbd])i(?=[eo])|(?<=^re)i(?=o)|(?<=^sub)i(?=e)|(?<=^ma)i(?=e)")

_IDLE_E = r"(?<=[aeiouyw][aeiouyw][bdfklmnprt])(?<![gq]u[aeio].)e(?=s?$)|(?<=[^aeiouycgv][bdfkmnpt])e(?=s?$)"
"""A final e that makes no vowel long: after two vowels (`deepe`) or two consonants (`selfe`)."""

_RULES = (
    (r"^y(?=[^aeiouy])", "i"),
    (r"(?<=[aeo])ie(?=s?$)", "y"),
    (r"(?<=[^aeiouy])ie$", "y"),
    (_IDLE_E, ""),
    (r"(?<=..[aouyw])e(?=s?$)", ""),
    (r"(?<=[nlrs][eio]ss)e$", ""),
    (r"(?<=ss)e$", ""),
    (r"(?<=...d)ome(?=s?$)", "om"),
    (r"(?<=.)([^aeiouys])\1e?(?=s?$)", r"\1"),
    (r"ick(?=e?$)", "ic"),
    (r"(?<=[aeiou])wre?(?=s?$)", "wer"),
    (r"(?<=[^aeiouy])y(?=[^aeiouy])|(?<=gu)y(?=[^aeiouy])|(?<=[ae])y(?=[^aeiouys])|(?<=o)y(?=[cnls])", "i"),
    (r"(?<=..)aid$", "ayed"),
    (r"ow(?=[dnl])", "ou"),
    (r"(?<=[^aeiou])ew$", "ue"),
    (r"au(?=n[cdg])|(?<=gr)au(?=nt)|(?<=ch)au(?=nt)", "a"),
    (r"ai(?=gn)", "ei"),
    (r"ee(?=ld|nd)", "ie"),
    (r"ea(?=[rkpl]|ch)", "ee"),
    (r"ee(?=[rv]|ch)", "ea"),
    (r"ae", "ai"),
    (r"^vert(?=u)", "virt"),
    (r"(?<=^[bf]l)ou(?=d)", "oo"),
    (r"(?<=per)sw", "su"),
    (r"(?<=en)c(?=e$)", "s"),
    (r"(?<=[aeiouy])z(?=e)", "s"),
    (r"(?<=[aeiou])c(?=e$)", "s"),
    (r"ight(?=e?$)", "ite"),
    (r"ite$", "ight"),
    (r"^in(?=...)", "en"),
    (r"^im(?=...)", "em"),
    (r"(?<=[aeiouy].)our|(?<=[aeiouy]..)our", "or"),
    (r"(?<=[^aeiou])re(?=d?$)", "er"),
    (r"oak$", "oke"),
    (r"ou(?=ld|le?$)", "o"),
    (r"(?<=ast)$", "e"),
    (r"(?<=[aeiou])l$", "ll"),
    (r"rh?i(?=m)", "rhy"),
)
"""Pattern and modern spelling, the safest first."""


def modern_letters(word: str) -> str:
    """A word with u and v, i and j, as they are told apart today."""
    word = _V_FOR_U.sub("u", word.replace("vv", "w"))
    return _I_FOR_J.sub("j", _U_FOR_V.sub("v", word))


def without_idle_e(word: str) -> str:
    """A word without a final e that tells nothing of its sound."""
    return re.sub(_IDLE_E, "", word)


def respellings(word: str) -> Iterator[str]:
    """Spellings that an old one may stand for, nearest first."""
    seen = {word}
    nearest = [word]
    for _ in range(MOST_RULES):
        further = []
        for spelling in nearest:
            for pattern, modern in _rules():
                changed = pattern.sub(modern, spelling)
                if changed not in seen and len(seen) <= MOST_SPELLINGS:
                    seen.add(changed)
                    further.append(changed)
                    yield changed
        nearest = further


@cache
def _rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), modern) for pattern, modern in _RULES)
