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
    ("y", r"^y(?=[^aeiouy])", "i"),
    ("ie", r"(?<=[aeo])ie(?=s?$)", "y"),
    ("ie", r"(?<=[^aeiouy])ie$", "y"),
    ("e", _IDLE_E, ""),
    ("e", r"(?<=..[aouyw])e(?=s?$)", ""),
    ("sse", r"(?<=[nlrs][eio]ss)e$", ""),
    ("sse", r"(?<=ss)e$", ""),
    ("ome", r"(?<=...d)ome(?=s?$)", "om"),
    ("", r"(?<=.)([^aeiouys])\1e?(?=s?$)", r"\1"),
    ("ick", r"ick(?=e?$)", "ic"),
    ("wr", r"(?<=[aeiou])wre?(?=s?$)", "wer"),
    ("y", r"(?<=[^aeiouy])y(?=[^aeiouy])|(?<=gu)y(?=[^aeiouy])|(?<=[ae])y(?=[^aeiouys])|(?<=o)y(?=[cnls])", "i"),
    ("aid", r"(?<=..)aid$", "ayed"),
    ("ow", r"ow(?=[dnl])", "ou"),
    ("ew", r"(?<=[^aeiou])ew$", "ue"),
    ("au", r"au(?=n[cdg])|(?<=gr)au(?=nt)|(?<=ch)au(?=nt)", "a"),
    ("aign", r"ai(?=gn)", "ei"),
    ("ee", r"ee(?=ld|nd)", "ie"),
    ("ea", r"ea(?=[rkpl]|ch)", "ee"),
    ("ee", r"ee(?=[rv]|ch)", "ea"),
    ("ae", r"ae", "ai"),
    ("vert", r"^vert(?=u)", "virt"),
    ("loud", r"(?<=^[bf]l)ou(?=d)", "oo"),
    ("persw", r"(?<=per)sw", "su"),
    ("ence", r"(?<=en)c(?=e$)", "s"),
    ("z", r"(?<=[aeiouy])z(?=e)", "s"),
    ("ce", r"(?<=[aeiou])c(?=e$)", "s"),
    ("ight", r"ight(?=e?$)", "ite"),
    ("ite", r"ite$", "ight"),
    ("in", r"^in(?=...)", "en"),
    ("im", r"^im(?=...)", "em"),
    ("our", r"(?<=[aeiouy].)our|(?<=[aeiouy]..)our", "or"),
    ("re", r"(?<=[^aeiou])re(?=d?$)", "er"),
    ("oak", r"oak$", "oke"),
    ("oul", r"ou(?=ld|le?$)", "o"),
    ("ast", r"(?<=ast)$", "e"),
    ("l", r"(?<=[aeiou])l$", "ll"),
    ("im", r"rh?i(?=m)", "rhy"),
)
"""Letters that must be there, pattern, and modern spelling, the safest first."""


def modern_letters(word: str) -> str:
    """A word with u and v, i and j, as they are told apart today."""
    if "v" in word:
        word = _V_FOR_U.sub("u", word.replace("vv", "w"))
    if "u" in word:
        word = _U_FOR_V.sub("v", word)
    return _I_FOR_J.sub("j", word) if "i" in word else word


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
            for letters, pattern, modern in _rules():
                if letters in spelling and (changed := pattern.sub(modern, spelling)) not in seen:
                    seen.add(changed)
                    further.append(changed)
                    yield changed
                    if len(seen) > MOST_SPELLINGS:
                        return
        nearest = further


@cache
def _rules() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    return tuple((letters, re.compile(pattern), modern) for letters, pattern, modern in _RULES)
