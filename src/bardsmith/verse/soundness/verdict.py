"""Is a text sound, or junk: a loop, gibberish, cut off in a word, or with the machinery showing?"""

from __future__ import annotations

from bardsmith.verse.lineation import stanzas, words
from bardsmith.verse.soundness.completeness import cut_off
from bardsmith.verse.soundness.gibberish import noise
from bardsmith.verse.soundness.leaks import leak
from bardsmith.verse.soundness.loops import loop


def junk(text: str) -> str:
    """Why a text is junk, in a few words; '' if it is sound.

    Refrains, old spelling, other languages in Latin letters and ends without a stop are sound.
    """
    if not text.strip():
        return "there is no text"
    if reason := leak(text):
        return reason
    lines = [line for stanza in stanzas(text) for line in stanza]
    spoken = [found for line in lines if (found := words(line))]
    if reason := loop(spoken):
        return f"it loops: {reason}"
    if reason := noise(text, [word for line in spoken for word in line]):
        return f"gibberish: {reason}"
    return cut_off(lines)
