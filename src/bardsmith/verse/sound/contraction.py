"""Words that verse shortens: `o'er`, `heav'n`, `wand'ring` or `wandring`, `th'immortal`, `'scape`.

An apostrophe inside a word stands for a vowel that is not said, with the consonant between in `o'er` and its kin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bardsmith.verse.sound.derivation import Reader
from bardsmith.verse.sound.elision import shortened

FORMS = {
    "o'er": "O1r", "o're": "O1r", "o'r": "O1r", "e'er": "E1r", "e're": "E1r", "e'r": "E1r", "ne'er": "nE1r",
    "ne'r": "nE1r", "e'en": "i1n", "e'ning": "i1vnI0N", "ev'n": "i1vn", "ta'en": "te1n", "ta'n": "te1n", "th'": "D",
    "th": "D", "t'": "t", "i'": "I0", "o'": "V0", "wi'": "wI0", "ha'": "ha1", "an'": "a0n", "a'": "O1",
    "de'il": "di1l", "i'th": "I0T", "i'th'": "I0T", "o'th": "V0T", "o'th'": "V0T", "oth'": "V0T", "ith'": "I0T",
    "i'le": "Y1l", "ile": "Y1l", "'twixt": "twI1kst", "'gainst": "gE1nst", "'mongst": "mV1Nst", "'midst": "mI1dst",
    "'neath": "ni1T", "'twould": "twU0d", "'twill": "twI0l", "'twere": "twR0", "'tween": "twi1n", "'ll": "V0l",
    "thro": "Tru1", "thro'": "Tru1", "altho'": "O0lDo1", "tho'": "Do1", "tho": "Do1", "sev'n": "sE1vn",
    "cou'd": "kU1d", "wou'd": "wU1d", "shou'd": "SU1d", "do'st": "dV1st", "doest": "dV1st", "wast": "wA1st",
    "thou'rt": "DW1rt", "thou'lt": "DW1lt", "tow'rd": "tO1rd", "tow'rds": "tO1rdz", "spir'it": "spI1rt", "ope": "o1p",
    "withal": "wI0DO1l", "nought": "nO1t", "eyne": "Y1n", "methinks": "mi0TI1Nks", "methought": "mi0TO1t",
    "vouchsafe": "vW0Cse1f", "whereof": "wE0rV1v", "thereof": "DE0rV1v", "whereto": "wE0rtu1", "hearken": "hA1rkV0n",
    "strown": "stro1n", "mown": "mo1n", "phial": "fY1V0l", "raiment": "re1mI0nt", "naiad": "nY1a0d", "gyve": "JY1v",
    "jove": "Jo1v", "wreathe": "ri1D", "wreathed": "ri1Dd", "clime": "klY1m", "swound": "swW1nd", "agen": "V0gE1n",
    "espy": "I0spY1", "prophesy": "prA1fV0sY2", "sieze": "si1z", "dispread": "dI0sprE1d", "espied": "I0spY1d",
    "ayr": "E1r", "eie": "Y1", "we'l": "wi1l", "i'l": "Y1l", "you'l": "yu1l", "he'l": "hi1l", "hee'l": "hi1l",
    "whereat": "wE0ra1t", "thereat": "DE0ra1t", "whereon": "wE0rO1n", "thereon": "DE0rO1n", "whil'st": "wY1lst",
    "twixt": "twI1kst", "smote": "smo1t",
}  # fmt: skip
"""Shortened and archaic words that no rule reads, or reads wrongly."""

ALSO = {
    "been": "bi1n", "were": "wE1r", "wert": "wE1rt", "aye": "e1", "poor": "pO1r", "moor": "mO1r", "shone": "SA1n",
    "bade": "ba1d", "hearth": "hR1T", "sate": "sa1t", "wrath": "rA1T", "says": "se1z", "assay": "V0se1",
    "presage": "prI0se1J", "wounds": "wW1ndz", "passe": "pa1s", "shew": "So1", "shewn": "So1n", "leisure": "le1ZR0",
    "clothes": "klo1z", "blessed": "blE1sI0d", "cursed": "kR1sI0d", "accursed": "V0kR1sI0d", "winged": "wI1NI0d",
    "beloved": "bI0lV1vI0d",
}  # fmt: skip
"""British or older pronunciations that poets rhyme on beside the American one."""

_FIRST_SYLLABLES = ("a", "be", "e", "re", "de", "dis", "en", "ex", "un", "com")
_NOT_SAID = "eioau"
_ENDING = re.compile(r"'(?:d|s|t|st|th|ll|ve|re|m)$|'$")
_SQUEEZED = re.compile(r"(?<=[aeiouy][bdfgptv])[rn](?=ing|ed|eth)|(?<=[aeiouy][lmnrst][bdfgptv])[rn](?=ing|ed|eth)")


def contracted(word: str, read: Reader) -> tuple[str, ...]:
    """The sounds of a word that leaves a vowel out, if the full word is known."""
    if "'" not in word:
        full = _SQUEEZED.sub(r"e\g<0>", word, count=1)
        return _shortened(read(full)) if full != word else ()
    if word.endswith("e'er"):
        return tuple(phones.replace("1", "0") + "E1r" for phones in (read(word[:-4]) or read(word[:-3]))[:1])
    if word.startswith("'"):
        return tuple(_without_first_syllable(word[1:], read))
    if found := _with_article(word, read):
        return found
    if _ENDING.search(word) and word.count("'") == 1:
        return _without_e(word, read)
    at = word.index("'")
    full_words = (f"{word[:at]}{vowel}{word[at + 1 :]}" for vowel in _NOT_SAID)
    return next(filter(None, (_shortened(read(full)) for full in full_words)), ())


def _shortened(full: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(shortened, full)))


def _without_e(word: str, read: Reader) -> tuple[str, ...]:
    """`lov'd` of loved, its e not being said; nothing for what has none."""
    if not word.endswith("'d"):
        return ()
    full = read(f"{word[:-2]}ed")
    return tuple(phones for phones in full if not phones.endswith("0d") or phones[-4:-3] in ("t", "d"))


def _with_article(word: str, read: Reader) -> tuple[str, ...]:
    """`th'immortal`, `t'endure`: a small word run together with the next."""
    for article, phone in (("th'", "D"), ("t'", "t")):
        if word.startswith(article) and len(word) > len(article):
            return tuple(phone + phones for phones in read(word[len(article) :]))
    return ()


def _without_first_syllable(rest: str, read: Reader) -> Iterator[str]:
    """`'scape` of escape, `'bove` of above."""
    for first in _FIRST_SYLLABLES:
        for phones in read(first + rest):
            if cut := re.match(r"\D*\D0", phones):
                yield phones[cut.end() :]
