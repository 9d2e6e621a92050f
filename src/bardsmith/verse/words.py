"""The small words, which several files of this room leave out or count."""

from __future__ import annotations

_TEXT = """
a about above after again against ah all along am among an and any are art as at away be because been before being
below between both but by can cannot could did do does doing done down each either else ere even ever every few for
from get go had has have having he hence her here hers him his how i if in into is it its just like may me might
mine more most much must my near neither never no nor not now o of off oft oh on once one only or other our ours
out over own round shall she should since so some still such than that the thee their theirs them then there these
they thine this those thou though through thus thy till to together too under until unto up upon us very was we
well were what when where whether which while who whom whose why will with within without would yet you your yours
"""

SMALL_WORDS = frozenset(_TEXT.split())
"""Words that hold sentences together and say little by themselves."""
