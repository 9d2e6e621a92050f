"""Is a text sound, or junk: a loop, gibberish, cut off in a word, or with the machinery showing?"""

from __future__ import annotations

from collections.abc import Callable

from bardsmith.verse.lineation import stanzas
from bardsmith.verse.soundness.completeness import cut_off
from bardsmith.verse.soundness.gibberish import noise
from bardsmith.verse.soundness.leaks import leak
from bardsmith.verse.soundness.loops import loop
from bardsmith.verse.soundness.wording import wording


def junk(text: str) -> str:
    """Why a text is junk, in a few words; '' if it is sound.

    Refrains, old spelling, other languages in Latin letters and ends without a stop are sound.
    """
    return first_fault(text, lambda: loop(wording(text)), lambda: noise(text, wording(text)))


def first_fault(text: str, circle: Callable[[], str], nonsense: Callable[[], str]) -> str:
    """The first that is wrong with a text, told by how it goes round in circles and how it is no language."""
    if not text.strip():
        return "there is no text"
    if reason := leak(text):
        return reason
    if reason := circle():
        return f"it loops: {reason}"
    if reason := nonsense():
        return f"gibberish: {reason}"
    return cut_off([line for stanza in stanzas(text) for line in stanza])
