"""Which form each new poem has, so that every form has its share, and how long it is."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import count

from bardsmith.corpus.config import FIXED_LINES, STANZA_LINES, Lines, lengths_of
from bardsmith.records import Form, seed_of

PARTS = 1_000_000
"""Shares are counted in these."""


def by_quota(shares: Mapping[Form, float], seed: int) -> Iterator[Form]:
    """Forms without end: after any number of poems each form has had its share of them, rounded up or down.

    The quota method of Balinski and Young (American Mathematical Monthly 82, 1975). Unlike largest remainders it is
    house monotone: one poem more changes the form of none before it, so that a row added at the end re-buys nothing.
    The seed decides between equals.
    """
    parts = {form: round(share * PARTS) for form, share in shares.items() if round(share * PARTS)}
    forms = random.Random(seed).sample(sorted(parts), len(parts))
    total = sum(parts.values())
    given = dict.fromkeys(forms, 0)
    for number in count(1):
        due = (form for form in forms if given[form] * total < parts[form] * number)
        form = max(due, key=lambda form: parts[form] / (given[form] + 1))
        given[form] += 1
        yield form


def drawn_length(form: Form, lines: Lines, *seed: object) -> int:
    """A number of lines within the bounds that the form can have, each as likely."""
    return random.Random(seed_of("length", *seed)).choice(lengths_of(form, lines))


def in_words(form: Form, lines: int) -> str:
    """A length as a writer is told it."""
    stanza = STANZA_LINES.get(form, 1)
    if form == "couplet":
        return f"{lines} lines, {_counted(lines // 2, 'couplet')}"
    if form in FIXED_LINES or stanza == 1:
        return f"{lines} lines"
    parted = ", with a blank line between them" if lines > stanza else ""
    return f"{lines} lines, {_counted(lines // stanza, 'stanza')} of {stanza}{parted}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
