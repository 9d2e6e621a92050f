"""Reads English verse: rhyme, meter, form, layout, and what is no verse at all. See docs/verse.md."""

from bardsmith.verse.evidence import pair
from bardsmith.verse.forms import form
from bardsmith.verse.layout import verse
from bardsmith.verse.performance import meter, stress
from bardsmith.verse.poem import Poem, analyse
from bardsmith.verse.pronunciation import syllables
from bardsmith.verse.rhyming import rhymes
from bardsmith.verse.scansion import measure
from bardsmith.verse.scheme import rhyme, rhyme_strict
from bardsmith.verse.scoring import VerseScore, score
from bardsmith.verse.soundness import junk
from bardsmith.verse.wrapping import wrapper

__all__ = [
    "Poem",
    "VerseScore",
    "analyse",
    "form",
    "junk",
    "measure",
    "meter",
    "pair",
    "rhyme",
    "rhyme_strict",
    "rhymes",
    "score",
    "stress",
    "syllables",
    "verse",
    "wrapper",
]
