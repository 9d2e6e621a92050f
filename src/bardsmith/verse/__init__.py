"""Reads English verse: rhyme, meter, form, layout, and what is no verse at all. See docs/verse.md."""

from bardsmith.verse.forms.verdicts import form
from bardsmith.verse.page.layout import verse
from bardsmith.verse.page.wrapping import wrapper
from bardsmith.verse.poem import Poem, analyse
from bardsmith.verse.rhyming.endings import rhymes
from bardsmith.verse.rhyming.evidence import pair
from bardsmith.verse.rhyming.scheme import rhyme, rhyme_strict
from bardsmith.verse.rhythm.performance import meter, stress
from bardsmith.verse.rhythm.scansion import measure
from bardsmith.verse.scoring import VerseScore, score
from bardsmith.verse.sound.pronunciation import syllables
from bardsmith.verse.soundness.verdict import junk

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
