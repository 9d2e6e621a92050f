"""Noise, made-up words and heaps of words are told from verse."""

from __future__ import annotations

import random

import pytest
from gold import gold_rows

from bardsmith.verse.soundness.gibberish import gibberish

WORDS = {
    "verse": "First out is rye, at six, when few have stirred;\nthe white is second, and the seeded third.",
    "haiku": "Hold your breath. Count ten.\nSip cold water steadily.\nRepeat if needed.",
    "a date": "1884",
    "old spelling": "I' th' autumn of a summer's day, when all the winds got leave to play, that fair ship is lanch'd.",
    "marks": "*What was locked?* \u201cThe past\u201d \u2014 perhaps\u2026 a wound too raw to show, a love "
    "that burned too fierce.",
    "empty": "",
    "dialect": "Wee, sleekit, cow'rin, tim'rous beastie,\nO, what a panic's in thy breastie!\n"
    "Thou need na start awa sae hasty,\nWi' bickering brattle!",
    "nonsense": "'Twas brillig, and the slithy toves\nDid gyre and gimble in the wabe:\n"
    "All mimsy were the borogoves,\nAnd the mome raths outgrabe.",
    "German": "Wer reitet so sp\u00e4t durch Nacht und Wind?\nEs ist der Vater mit seinem Kind;\n"
    "Er hat den Knaben wohl in dem Arm,\nEr fa\u00dft ihn sicher, er h\u00e4lt ihn warm.",
    "French": "Sous le pont Mirabeau coule la Seine\nEt nos amours\nFaut-il qu'il m'en souvienne\n"
    "La joie venait toujours apr\u00e8s la peine\nVienne la nuit sonne l'heure\nLes jours s'en vont je demeure",
    "Latin": "Arma virumque cano, Troiae qui primus ab oris\nItaliam fato profugus Laviniaque venit\n"
    "litora, multum ille et terris iactatus et alto\nvi superum, saevae memorem Iunonis ob iram",
    "emoji": "\U0001f31f The stars are bright \U0001f31f\n\u2728 the moon is near \u2728\n\U0001f30a the sea tonight"
    " \U0001f30a\n\u2764\ufe0f is all I hear \u2764\ufe0f",
    "a list": "1. Rolled oats\n2. Golden syrup\n3. Brown sugar\n4. Salted butter\n5. Dried apricots\n6. Sultanas\n"
    "7. Desiccated coconut\n8. Flaked almonds\n9. Ground cinnamon\n10. Baking powder\n11. Vanilla extract",
}
NOISE = {
    "made-up": "Uoayqusei gzole xekce tkioo evcez,\nEgudoipe jbiveyuth muaaou qwaej uou",
    "symbols": "]r>66ah$\\n&f\\{{~z}oycvrh56>b<sh|x 4thq/)nf[w v[[uj}7if}908bk4f9 u#c8w>$gz*criz{zhs|#$ei|)>ri1kcp",
    "one token": "prompts/" + "0" * 400,
    "letters": "v v v v v v v v s a v a v a v v v v v v v v v v v v v",
    "numbers": "\n".join(f"{i}." for i in range(1, 60)),
    "long word": "The answer is " + "abcdefgh" * 8,
    "script": "\u043d\u0435\u0431\u043e \u0441\u0438\u043d\u0435\u0435 \u043f\u043e\u0442\u043e\u043c\u0443 "
    "\u0447\u0442\u043e",
    "shuffled": "the of was to a from she in the and my to it the is of a with by the their at and I her to of in a "
    "the was sea by wind the to",
    "heap": "doleful calves tap minute hour algorithmic rhyme firewalls showcases robes cage jokes pouring "
    "sciences ascending"
    " discord owning accessed understood bean rifle emphasis outcomes nobles experts remembered "
    "junctions confidential simile",
}


@pytest.mark.parametrize("name", WORDS)
def test_words_are_words(name: str) -> None:
    assert gibberish(WORDS[name]).reason is None


@pytest.mark.parametrize("name", NOISE)
def test_noise_is_told_with_its_reason(name: str) -> None:
    assert gibberish(NOISE[name]).gibberish
    assert gibberish(NOISE[name]).reason


def test_noise_after_a_sound_stanza_is_found() -> None:
    rng = random.Random(0)
    noise = " ".join("".join(rng.choices("bcdfghjklmnpqrstvwxz", k=6)) for _ in range(50))
    assert gibberish(" ".join([WORDS["verse"]] * 3) + " " + noise).gibberish


def test_shuffling_the_words_of_a_poem_makes_gibberish_of_it() -> None:
    poems = [row["text"] for row in gold_rows("poems_pd/poems.jsonl", every=40)]
    rng = random.Random(1)
    shuffled = [" ".join(rng.sample(words, len(words))) for words in map(str.split, poems) if len(words) > 60]
    assert sum(gibberish(text).gibberish for text in shuffled) >= 0.85 * len(shuffled)


def test_human_verse_is_no_gibberish_and_gold_noise_is() -> None:
    poems = [row["text"] for row in gold_rows("poems_pd/poems.jsonl", every=8)]
    assert sum(gibberish(poem).gibberish for poem in poems) <= 0.003 * len(poems)
    junk = [row for row in gold_rows("prosody/junk/junk.jsonl") if row["label"].startswith("gibberish")]
    assert sum(gibberish(row["text"]).gibberish for row in junk) >= 0.98 * len(junk)
