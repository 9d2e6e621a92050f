"""How a check tells what it found."""

from __future__ import annotations

from collections.abc import Sequence

from bardsmith.records import CheckName, Finding

SHOWN = 5
"""Rows that are named."""


def refusal(check: CheckName, what: str, remedy: str, rows: Sequence[str] = ()) -> Finding:
    """A fault that training must not begin with."""
    return Finding(check=check, refuses=True, what=what, remedy=remedy, rows=tuple(rows[:SHOWN]))


def warning(check: CheckName, what: str, remedy: str, rows: Sequence[str] = ()) -> Finding:
    """A fault that may be meant."""
    return Finding(check=check, refuses=False, what=what, remedy=remedy, rows=tuple(rows[:SHOWN]))


def share(part: int, whole: int) -> str:
    """`12 of 40 rows (30 %)`."""
    return f"{part} of {whole} rows ({part / whole:.1%})" if whole else "no row"
