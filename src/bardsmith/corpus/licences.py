"""What licences allow, as far as their names tell."""

from __future__ import annotations

import re
from typing import Literal

Standing = Literal["commercial", "non-commercial", "no derivatives", "unknown"]
"""`commercial`: may be used by anybody for anything, if only under conditions such as naming the authors."""

_COMMERCIAL = re.compile(
    r"cc0(-1\.0)?|cc-by(-sa)?(-\d\.\d)?|cc-pddc|(cc-)?pdm?(-1\.0)?|public-domain|apache-2\.0|mit(-0)?|isc|unlicense"
    r"|bsd-[23]-clause|odc-by(-1\.0)?|odbl(-1\.0)?|pddl(-1\.0)?|cdla-(permissive|sharing)-\d\.\d"
)
_HUB_NAMES = """
apache-2.0 mit isc unlicense bsd-2-clause bsd-3-clause cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0
cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0
cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 odc-by odbl pddl
"""
_HUB = frozenset(_HUB_NAMES.split())
"""The names that cards on the hub may give (huggingface.co/docs/hub/repositories-licenses)."""


def standing(licence: str | None) -> Standing:
    """Of several, joined by `and`, the strictest. What is not known by name is unknown, never taken for free."""
    found = [_standing(part) for part in re.split(r"\s+and\s+", (licence or "").casefold().strip())]
    order: tuple[Standing, ...] = ("non-commercial", "no derivatives", "unknown")
    return next((each for each in order if each in found), "commercial")


def _standing(licence: str) -> Standing:
    licence = re.sub(r"[ _]+", "-", licence)
    parts = licence.split("-")
    if "nc" in parts or "noncommercial" in licence.replace("-", ""):
        return "non-commercial"
    if parts[0] == "cc" and "nd" in parts:
        return "no derivatives"
    return "commercial" if _COMMERCIAL.fullmatch(licence) else "unknown"


def hub_name(licence: str | None) -> str:
    """As a card on the hub writes it: `other` for what the hub has no name for, `unknown` for what nobody said."""
    if licence is None:
        return "unknown"
    name = re.sub(r"^(odc-by|odbl|pddl)-1\.0$", r"\1", licence.casefold())
    return name if name in _HUB else "other"
