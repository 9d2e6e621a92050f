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
an' i'd i'll i'm i've o' th' 'tis 'twas 'twill
"""

SMALL_WORDS = frozenset(_TEXT.split())
"""Words that hold sentences together and say little by themselves."""

_FOREIGN = """
au ce dans de des du elle en est et il je la le les lui mais ne nous ou par pas qu que qui sa se si sous sur
te tu un une vous
aber als auf aus das dem der des dich die doch du ein eine er es hat ich ihr im ist mein mich mir mit nicht
noch nur sich sie sind und uns von vor wenn wie wir zu zum zur
al alma como con del el ella entre era es esta la las lo los mas mi mis muy para pero por que se si sin su sus todo
tu un una ya yo
che chi ci da della di ed gli ho il io ma mi ne nel non per piu si sono ti
ac ad atque aut autem cum deus ego ergo erat est et ex fuit hac haec hanc hic hoc huc iam ille ipse ita mihi
nam nec neque non nos nunc per quae quam quem qui quid quis quo quod quoque sed si sic sit sunt suo tamen te tibi tum
tuo ubi ut vel vos
ao com da dos em foi meu minha na nas nos os ou sem seu sua um uma
aan dat de een en het hij ik je met niet op te voor wat ze zijn
"""

FOREIGN_SMALL_WORDS = frozenset(_FOREIGN.split())
"""The same in French, German, Spanish, Italian, Latin, Portuguese and Dutch, without those that are English words, too:
enough to tell a language from noise."""
