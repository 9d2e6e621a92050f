"""Which lines rhyme, judged by spelling.

A first version without a pronunciation dictionary: the last syllable of a word is read aloud by rule, with a list of
words whose spelling misleads; words that end in an unstressed syllable must share the one before it, letter by letter.

Measured on the development half of the Chicago rhyming poetry corpus, pairs of lines at most 10 apart, rhymes looked
for within 4: precision 0.964, recall 0.844; from about 1750 on 0.982 and 0.845 (two lines with the same end word count
as a pair there, as the annotators had it; for `rhymes` they are none). Of the lines of blank verse 10 % are said to
rhyme, of free verse 15 %.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bardsmith.verse import thresholds as limit

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


def rhyme_share(lines: Sequence[str]) -> float:
    """Share of the lines, 0 to 1, that rhyme with another at most RHYME_WINDOW lines away; 0 if there are none."""
    ends = [end_word(line) for line in lines]
    rhyming: set[int] = set()
    for i, word in enumerate(ends):
        for j in range(i + 1, min(len(ends), i + limit.RHYME_WINDOW + 1)):
            if rhymes(word, ends[j]):
                rhyming |= {i, j}
    return len(rhyming) / len(lines) if lines else 0.0


def end_word(line: str) -> str:
    """The last word of a line (of a hyphened one the last part) in lower case with straight apostrophes; "" if none."""
    words = _WORD.findall(line)
    return words[-1].lower().replace("\u2019", "'") if words else ""


def rhymes(word: str, other: str) -> bool:
    """Do two words rhyme? No word rhymes with itself."""
    word, other = word.lower(), other.lower()
    return word != other and not _sounds(word).isdisjoint(_sounds(other))


_MISLEADING_WORDS = """
Uv: love above dove glove shove of
OOv: move prove remove improve approve
iv: give forgive outlive
AIv/iv: live
av: have
Ar: are
Art: heart
AIR: there where their they're everywhere nowhere bear wear swear prayer heir ere ne'er e'er where'er
AIR/EER: tear
EER: here sphere
UR: her were fir sir stir
URd: word heard bird third herd
URld: world
URk: work
URth: earth worth dearth
URm: worm
URs: worse
URst: worst
URn: learn earn yearn
OR: door floor poor war four pour your o'er evermore
ORt: court
ORs: course source force horse
ORn: mourn warn
ORm: warm swarm
ORd: sword ward reward toward board
Un: one none done son won someone everyone anyone ton
Uns: once
Um: come some become
OOm: whom tomb womb
OO: do to who two you through too shoe into unto view
OOth: youth truth ruth
uud: good wood stood could would should understood withstood hood
uut: foot put
uul: full pull bull
Ud: blood flood
Uf: rough tough enough
of: off cough
OH: go no so though toe sew ago know
OHl: soul
OHst: most ghost post host
OOz: whose lose shoes
OHz: those
ed: said dead head bread dread thread tread spread instead ahead overhead
EEd/ed: read lead
et: threat sweat debt
ez: says
EIn/en: again
en: men then
elth: health wealth stealth
eth: death breath
est: breast
end: friend
EI: they grey obey prey survey convey weigh
EIt: great weight freight eight straight
EIk: break steak ache
EE: key sea he she be we me thee
AI: eye die lie pie tie buy guy thy my high nigh sigh thigh goodbye bye reply deny supply apply
AIz: eyes
AIt: height
AIm: climb rhyme thyme
AInd/ind: wind
AIl: isle aisle
OU: thou bough plough cow how now brow vow allow avow
OH/OU: bow row sow
OUn: town down crown gown brown
OHn: own known grown flown shown blown thrown unknown mown sown
OUr: hour our flour flower power tower shower bower
AUt: thought brought taught caught sought fought bought wrought nought ought
al: shall
ot: what yacht
Uz/oz: was
iz: is his
Uz: does
on: gone upon swan
Ung: young tongue
Uch: touch much such
ont: want
Unt: front
Unth: month
EEs: peace piece niece
EEz: seize
AIs: paradise
AUz: cause because
EEpul: people steeple
onder: wander ponder yonder
Under: wonder thunder
Uther: other mother brother another smother
ether: weather together feather leather whether
even: heaven seven
Umni: money honey sunny funny
izi: busy dizzy
iti: city pretty pity
isun: listen glisten
eni: many any penny
"""
_MISLEADING = {
    word: frozenset(sounds.split("/"))
    for sounds, words in (line.split(":") for line in _MISLEADING_WORDS.strip().splitlines())
    for word in words.split()
}
"""How words end where the rules below are wrong. Capitals: long vowels and vowels before r; U as in `love`."""

_WEAK = re.compile(
    r"([aeiouy]+[^aeiouy]+)(y|ey|ing|ings|er|ers|or|ors|le|les|en|on|ion|ions|ed|es|eth|(?<=ll|rr)ows?|(?<=d)ows?)$"
)
_LONGEST = 30
_SPLIT = re.compile(r"(.*?)([aeiouy]+)([^aeiouy]*)$")
_SILENT_E = re.compile(r"(.*?)([aeiouy]+)([^aeiouy]+)e$")
_LONG = {"a": "EI", "e": "EE", "i": "AI", "y": "AI", "o": "OH", "u": "OO"}
_SHORT = {"a": "a", "e": "e", "i": "i", "y": "i", "o": "o", "u": "U"}
_PAIRS = {
    "ai": "EI", "ay": "EI", "ei": "EI", "ey": "EE", "ea": "EE", "ee": "EE", "ie": "EE", "eo": "EE", "oa": "OH",
    "oe": "OH", "oo": "OO", "ou": "OU", "au": "AU", "eu": "OO", "ue": "OO", "ui": "OO", "oi": "OI", "oy": "OI",
    "ye": "AI", "eau": "OH", "io": "U", "ia": "U", "iou": "U", "eou": "U", "ua": "a", "uee": "EE",
}  # fmt: skip
_BEFORE_R = {
    "a": "Ar", "e": "UR", "i": "UR", "y": "UR", "u": "UR", "o": "OR", "ea": "EER", "ee": "EER", "ie": "EER",
    "ei": "AIR", "ai": "AIR", "oa": "OR", "oo": "OR", "ou": "OUr", "ue": "OOr",
}  # fmt: skip
_BEFORE_RE = {"a": "AIR", "e": "EER", "i": "AIr", "y": "AIr", "o": "OR", "u": "OOr"}
_CONSONANT_RULES = (
    "tch>ch dg>j ck>k qu>k ph>f ght>t gh> bt>t mb>m mn>m gn>n kn>n ff>f ll>l ss>s tt>t nn>n rr>r dd>d gg>g zz>z x>ks"
    " lm>m lk>k"
)
_CONSONANTS = [pair.split(">") for pair in _CONSONANT_RULES.split()]
_VOICELESS = ("p", "t", "k", "f", "s", "sh", "ch", "th")


@lru_cache(maxsize=50_000)
def _sounds(word: str) -> frozenset[str]:
    """The sounds that a word may end in; none if it has no vowel."""
    if word in _MISLEADING:
        return _MISLEADING[word]
    plain = _base(word)
    inflected = _inflected(plain)
    if inflected:
        return inflected
    syllables = len(re.findall(r"[aeiouy]+", plain.removesuffix("e")))
    weak = _WEAK.search(plain) if syllables > 1 else None
    if not weak:
        return _last_syllable(plain)
    tail = "~" + re.sub(r"([^aeiouy])\1", r"\1", weak.group(0))
    promoted = {"EE", "AI"} if weak.group(2) in ("y", "ey") and syllables > 2 else set()
    return frozenset({tail, *promoted})


def _base(word: str) -> str:
    """The last letters without marks; old spellings of -ed with an apostrophe (mov'd) in full."""
    return re.sub(r"[^a-z]", "", re.sub(r"'d$", "ed", word[-_LONGEST:]))


def _inflected(word: str) -> frozenset[str]:
    """Plurals, third persons and pasts that add no syllable: the sound of the stem and a consonant."""
    stem, ending = word, ""
    if word.endswith("ies") and len(word) > 4:
        return frozenset(sound + "z" for sound in _sounds(word[:-3] + "y"))
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "as", "os")) and len(word) > 3:
        if not word.endswith(("ces", "ges", "ses", "zes", "xes", "ches", "shes")):
            stem, ending = word[:-1], "s"
    elif word.endswith("ed") and len(word) > 3 and not word.endswith(("ted", "ded", "eed")):
        stem, ending = word[:-1] if re.search(r"[aeiouy][^aeiouywxs]ed$|[vcgzsu]ed$", word) else word[:-2], "d"
    if not ending or not re.search(r"[aeiouy]", stem):
        return frozenset()
    voiceless = {"s": "s", "d": "t"}[ending]
    voiced = {"s": "z", "d": "d"}[ending]
    return frozenset(sound + (voiceless if sound.endswith(_VOICELESS) else voiced) for sound in _sounds(stem))


def _last_syllable(word: str) -> frozenset[str]:
    silent = _SILENT_E.match(word)
    match = silent or _SPLIT.match(word)
    if not match:
        return frozenset()
    onset, vowels, coda = match.groups()
    if len(vowels) > 1 and (vowels[0] == "y" or (vowels[0] == "u" and onset.endswith(("q", "g")))):
        onset, vowels = onset + vowels[0], vowels[1:]  # no vowels: the y of `year`, the u of `quite` and `guide`
    return frozenset(_join(onset, vowels, coda, silent is not None))


def _join(onset: str, vowels: str, coda: str, silent_e: bool) -> set[str]:
    if coda.startswith("r"):
        coda = coda.replace("rr", "r", 1)
        return {_before_r(onset, vowels, coda, silent_e) + _spoken(coda[1:], silent_e)}
    if coda.startswith("w") and vowels in ("a", "e", "o"):
        rest = _spoken(coda[1:], silent_e)
        return {sound + rest for sound in {"a": {"AU"}, "e": {"OO"}, "o": {"OH", "OU"}}[vowels]}
    vowel = _vowel(vowels, coda, silent_e)
    closing = _spoken(coda, silent_e)
    if silent_e and coda == "s":
        return {vowel + "z", vowel + "s"}
    if vowels == "o" and coda == "st":
        return {"ost", "OHst"}
    return {vowel + closing}


def _before_r(onset: str, vowels: str, coda: str, silent_e: bool) -> str:
    if onset.endswith("w") and vowels == "a":
        return "OR"
    if silent_e and coda == "r":
        return _BEFORE_RE.get(vowels, _BEFORE_R.get(vowels, "OR"))
    return _BEFORE_R.get(vowels, "UR")


def _vowel(vowels: str, coda: str, silent_e: bool) -> str:
    if len(vowels) > 1:
        if vowels == "oo" and coda == "k":
            return "uu"
        if coda.startswith("ght"):
            return {"ei": "EI", "ou": "AU", "au": "AU"}.get(vowels, "AI")
        return _PAIRS.get(vowels) or _PAIRS.get(vowels[-2:]) or _SHORT[vowels[-1]]
    if not coda:
        return "AI" if vowels == "y" else _LONG[vowels]
    if vowels == "i" and coda in ("gh", "ght", "gn", "ld", "nd"):
        return "AI"
    if vowels == "o" and coda in ("ld", "lt", "ll", "lk"):
        return "OH"
    if vowels == "a" and coda in ("ll", "lk", "lt"):
        return "AU"
    if silent_e and (len(coda) == 1 or (coda in ("st", "th", "ng") and vowels == "a")):
        return _LONG[vowels]
    return _SHORT[vowels]


def _spoken(coda: str, silent_e: bool) -> str:
    if silent_e and coda:
        coda = {"c": "s", "g": "j", "th": "dh"}.get(coda, coda)
        coda = re.sub(r"(?<=.)c$", "s", re.sub(r"(?<=[nrld])g$", "j", coda))
    for written, heard in _CONSONANTS:
        coda = coda.replace(written, heard)
    return re.sub(r"c(?!h)", "k", coda)
