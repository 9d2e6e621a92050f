"""Poems of the public domain that tests of the verse room read."""

from __future__ import annotations

SONNET = """\
Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date;
Sometime too hot the eye of heaven shines,
And often is his gold complexion dimm'd;
And every fair from fair sometime declines,
By chance or nature's changing course untrimm'd;
But thy eternal summer shall not fade,
Nor lose possession of that fair thou ow'st;
Nor shall death brag thou wander'st in his shade,
When in eternal lines to time thou grow'st:
So long as men can breathe or eyes can see,
So long lives this, and this gives life to thee."""
"""Shakespeare, Sonnet 18 (1609)."""

COUPLETS = """\
The time you won your town the race
We chaired you through the market-place;
Man and boy stood cheering by,
And home we brought you shoulder-high.

Today, the road all runners come,
Shoulder-high we bring you home,
And set you at your threshold down,
Townsman of a stiller town."""
"""Housman, To an Athlete Dying Young (1896)."""

COMMON_MEASURE = """\
Amazing grace! How sweet the sound
That saved a wretch like me!
I once was lost, but now am found;
Was blind, but now I see.

'Twas grace that taught my heart to fear,
And grace my fears relieved;
How precious did that grace appear
The hour I first believed."""
"""Newton, Faith's Review and Expectation (1779)."""

LIMERICK = """\
There was an Old Man with a beard,
Who said, 'It is just as I feared!
Two Owls and a Hen,
Four Larks and a Wren,
Have all built their nests in my beard!'"""
"""Lear, A Book of Nonsense (1846)."""

TROCHEES = """\
Tyger Tyger, burning bright,
In the forests of the night;
What immortal hand or eye,
Could frame thy fearful symmetry?

In what distant deeps or skies,
Burnt the fire of thine eyes?
On what wings dare he aspire?
What the hand, dare seize the fire?"""
"""Blake, The Tyger (1794)."""

ANAPESTS = """\
The Assyrian came down like the wolf on the fold,
And his cohorts were gleaming in purple and gold;
And the sheen of their spears was like stars on the sea,
When the blue wave rolls nightly on deep Galilee.

Like the leaves of the forest when Summer is green,
That host with their banners at sunset were seen:
Like the leaves of the forest when Autumn hath blown,
That host on the morrow lay withered and strown."""
"""Byron, The Destruction of Sennacherib (1815)."""

BLANK_VERSE = """\
It little profits that an idle king,
By this still hearth, among these barren crags,
Match'd with an aged wife, I mete and dole
Unequal laws unto a savage race,
That hoard, and sleep, and feed, and know not me.
I cannot rest from travel: I will drink
Life to the lees: All times I have enjoy'd
Greatly, have suffer'd greatly, both with those
That loved me, and alone, on shore, and when
Thro' scudding drifts the rainy Hyades
Vext the dim sea: I am become a name."""
"""Tennyson, Ulysses (1842)."""

FREE_VERSE = """\
When I heard the learn'd astronomer,
When the proofs, the figures, were ranged in columns before me,
When I was shown the charts and diagrams, to add, divide, and measure them,
When I sitting heard the astronomer where he lectured with much applause in the lecture-room,
How soon unaccountable I became tired and sick,
Till rising and gliding out I wander'd off by myself,
In the mystical moist night-air, and from time to time,
Look'd up in perfect silence at the stars."""
"""Whitman, When I Heard the Learn'd Astronomer (1865)."""

TRIOLET = """\
How great my grief, my joys how few,
Since first it was my fate to know thee!
Have the slow years not brought to view
How great my grief, my joys how few,
Nor memory shaped old times anew,
Nor loving-kindness helped to show thee
How great my grief, my joys how few,
Since first it was my fate to know thee?"""
"""Hardy, How Great My Grief (1901)."""

WEST_WIND = """\
O wild West Wind, thou breath of Autumn's being,
Thou, from whose unseen presence the leaves dead
Are driven, like ghosts from an enchanter fleeing,

Yellow, and black, and pale, and hectic red,
Pestilence-stricken multitudes: O thou,
Who chariotest to their dark wintry bed

The winged seeds, where they lie cold and low,
Each like a corpse within its grave, until
Thine azure sister of the Spring shall blow

Her clarion o'er the dreaming earth, and fill
(Driving sweet buds like flocks to feed in air)
With living hues and odours plain and hill:

Wild Spirit, which art moving everywhere;
Destroyer and preserver; hear, oh hear!"""
"""Shelley, Ode to the West Wind, I (1820)."""

ALL = {
    "sonnet": SONNET,
    "couplets": COUPLETS,
    "common measure": COMMON_MEASURE,
    "limerick": LIMERICK,
    "trochees": TROCHEES,
    "anapests": ANAPESTS,
    "blank verse": BLANK_VERSE,
    "free verse": FREE_VERSE,
    "triolet": TRIOLET,
}
