"""Every threshold of the verse room, with where it came from.

"Human verse" below is a development set of 5,447 public-domain poems (1450-1928, 4 to 48 lines) and the poems of this
project's starter corpus; "prose" is 3,967 answers by people to open questions and how-to questions. Figures were
measured on them in November 2026.
"""

from __future__ import annotations

# Layout -------------------------------------------------------------------------------------------------------------
LONGEST_VERSE_LINE = 90
"""Characters. Of the lines of human verse 0.15 % are longer."""
MOST_WORDS_IN_A_VERSE_LINE = 16
"""0.2 % of the lines of human verse have more (the long-lined psalmists)."""
SMALLEST_VERSE_SHARE = 0.5
"""Share of the characters that must stand in verse lines. Below it a poem is an ornament of something else."""
LONGEST_MEAN_LINE = 75.0
"""Characters, mean of the verse lines. The 99.5th percentile of human verse is 73; prose with a newline after each
sentence lies above."""
LONGEST_MEAN_SENTENCE = 62.0
"""The same for texts of two or three lines and for lines with a blank line after each, where nothing but their length
tells verse from sentences of prose on lines of their own."""
FEW_LINES = 3
LONE_LINES = 0.7
"""Share of the blocks that are single lines, from which the text counts as paragraphs."""
MOST_MARKED_LINES = 0.4
"""Share of the lines that may carry list, code, table or label marks."""
MOST_NAME_LINES = 0.6
"""Share of the lines that may be names, with every word but the short ones capitalised: lists without bullets."""
FEWEST_WORDS_A_LINE = 1.5
"""Mean over all lines; below are lists of single words."""
WRAPPED_FITS = 0.93
"""Share of line ends at which the next line's first word would not have fitted; hard-wrapped prose reaches it."""
WRAPPED_CLAUSE_ENDS = 0.45
"""Share of line ends with punctuation, from which a text is not called wrapped. Verse mostly has more, prose less."""
WRAPPED_RHYMES = 0.6
"""Share of lines that rhyme, from which a text is not called wrapped: couplets run on, too."""
WRAPPED_CAPITALS = 0.75
"""Share of lines that begin with a capital, from which a text is not called wrapped (but see the widths)."""
FEW_LINES_TO_WRAP = 6
"""Line ends below which verse reaches WRAPPED_FITS by chance (40 % of all couplets), so that the widths decide."""
WRAPPED_WIDTH = 50
WRAPPED_WIDTH_OF_ALL = 60
"""Characters: texts of a few lines are called wrapped from the first width on if lines begin small, from the second on
always. Finds 60 % of answers of two to four lines wrapped at 40-80 characters, at a cost of 0.1 % of couplets."""

# Repetition ---------------------------------------------------------------------------------------------------------
# Calibrated on human verse, on 84 villanelles, triolets, rondeaux and limericks (spared), on 160 loops made from verse,
# and on raw answers of small models.
LOOPING_GRAMS = 0.45
"""Share of four-word runs that stood in the text before. Human verse: one poem in a thousand has more."""
LOOPING_FRESH_GRAMS = 0.19
"""The same with every line that comes again left out, which spares refrains; 99.9 % of human verse stays below."""
FEWEST_WORDS_TO_LOOP = 20
DEGENERATE_GRAMS = 0.6
"""The same; above it even half a page of good verse before the loop does not save the text."""
DEGENERATE_COMPRESSION = 6.0
"""Characters by characters compressed (zlib), for texts of WORDS_TO_COMPRESS and more; human verse stays below 2.9."""
WORDS_TO_COMPRESS = 40
LOOPING_LINES = 0.5
DEGENERATE_LINES = 0.6
"""Share of lines that stood in the text before, case and punctuation aside. A triolet has 0.375, a villanelle 0.32."""
FEWEST_LINES_TO_LOOP = 4
"""Below, lines that come again are no evidence."""
SAME_LINE_RUN = 3
"""Identical lines one after another that are a loop in any text; in SHORT_TEXT_LINES or fewer, two at the end are."""
SHORT_TEXT_LINES = 6
ECHOED_LINES = 0.25
"""Share of lines that are the line before them; with two of them or more, a loop."""
TANDEM_WORDS = 12
TANDEM_RUNS = 4
LONGEST_TANDEM = 8
"""Words: the same 1 to LONGEST_TANDEM words, TANDEM_RUNS times on end and TANDEM_WORDS long together, are a loop."""
CYCLE_RUNS = 2.5
"""How often a group of two or more lines must come to the end of the text, the last time in part, to be a loop."""
CYCLE_LINES = 4
"""Lines that must be repeats in such a cycle."""
TEMPLATE_LIKENESS = 0.62
"""Share of words that neighbouring lines must have in common, in order, to be one template ('A is B', 'A is C')."""
TEMPLATE_RUNS = ((4, 0.5), (3, 0.7))
"""So many lines of one template at the end of the text are a loop if they are this share of it or more."""

# Gibberish ----------------------------------------------------------------------------------------------------------
# Calibrated on human verse (whole poems and single stanzas) and on word salad, pseudo-words and character noise.
CHARACTERS_TO_COUNT = 60
"""Characters from which the share of letters is looked at: a date is a short answer, not noise."""
FEWEST_LETTERS = 0.6
"""Share of the characters, spaces aside, that must be letters. Human verse: 0.9 and more."""
MOST_ODD_CHARACTERS = 0.08
"""Share of the characters that are neither letters, digits, spaces nor common punctuation; most code has less."""
MOST_FOREIGN_LETTERS = 0.3
"""Share of the letters beyond the Latin alphabet: the room reads English."""
MOST_LONE_LETTERS = 0.3
"""Share of the words that are single letters other than a, i and o, in texts of TRIGRAM_WORDS and more."""
LONGEST_WORD = 30
"""Letters in a row; the longest word of human verse has 21."""
MOST_UNKNOWN_TRIGRAMS = 0.4
"""Share of letter triples, in words of four letters and more, that no word of the starter corpus has. Human verse,
99.9th percentile: 0.18 for poems, 0.32 for stanzas; pseudo-words: 0.59 and more."""
TRIGRAM_WORDS = 6
FEWEST_SMALL_WORDS = 0.1
"""Share of small words (the, of, and ...) among the words that begin in lower case; below is a heap of words. In 99.5 %
of human poems 0.2 and more; in word salad under 0.04."""
SMALL_WORDS_FROM = 25
"""Words a text must have for that: haiku have few small words."""
HALVES_FROM = 40
"""Words from which the second half is read by itself, too: noise often begins after a sound stanza."""

# Rhyme and relevance ------------------------------------------------------------------------------------------------
RHYME_WINDOW = 4
"""Lines: how far apart two line ends may stand and still count as a rhyme."""
COMMON_BEGINNING = 5
"""Letters: stems that begin with the same ones count as one word (photosynthesis, photosynthetic)."""
ECHO = 0.5
"""Share of the question's content words in an answer that has no others, from which it only says the question again."""
FEW_CONTENT_WORDS = 3
"""Content words of a question up to which an answer that shares none with it may still be one (see relevance.py)."""
STEADY_LINES = 4
"""Lines from which a measure can be spoken of (and three for a haiku)."""
