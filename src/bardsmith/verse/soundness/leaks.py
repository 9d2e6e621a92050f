"""Marks of the machinery in a text: the tokens and headings of chat templates, the names of roles, broken encoding."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"<[|\uff5c][^<>\n]{1,40}[|\uff5c]?>"
    r"|</?(?:s|think|thinking|answer|reasoning|response|tool_call|bos|eos|pad|unk|mask|sep|cls|start_of_turn|end_of_turn)>"
    r"|<0x[0-9A-F]{2}>|<</?SYS>>|\[/?(?:INST|BOS|EOS|PAD|UNK|CLS|SEP|MASK|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS)\]"
)
"""Control tokens (<|im_end|>, </s>, [INST] ...) as the tokenizers of the common families of models write them."""
_HEADING = re.compile(
    r"##\s{0,4}(?:response|instruction|input|output|human|assistant|user|system|prompt|answer|question|end)\b\s{0,4}:?",
    re.IGNORECASE,
)
"""Headings of instruction templates (Alpaca, Vicuna and the like)."""
_ROLES = ("User", "USER", "user", "Assistant", "ASSISTANT", "assistant", "Human", "HUMAN", "System", "SYSTEM", "AI")
_SPEECH = re.compile(r"(?:^|[^\w\s]|\n)[ \t*]{0,4}\w+$")
"""A word where a sentence may begin."""
_LONE_ROLES = frozenset(["user", "assistant", "system"])
"""What a template leaves on lines of their own where its tokens are not shown."""
_BYTES = re.compile(r"[\u2581\u0120\u010a]")
"""Letters by which tokenizers show blanks and line ends."""
_MOJIBAKE = re.compile(r"\ufffd|\u00c3[\u0080-\u00bf]|\u00e2\u20ac|\u00c2[\u0080-\u00bf]|\u00ef\u00bb\u00bf")
"""The replacement character, and UTF-8 read as Latin-1."""
MOST_MOJIBAKE = 0.008
"""Share of the characters: a slip or two in an old edition are no junk."""


def leak(text: str) -> str:
    """The first mark of the machinery in a text with what it is, or ''."""
    if ("<" in text or "[" in text) and (found := _TOKEN.search(text)):
        return f"template token {found.group()}"
    if "##" in text and (found := _HEADING.search(text)):
        return f"template heading {found.group()}"
    for part in text.split(":")[:-1]:
        if (before := part.rstrip(" *")).endswith(_ROLES) and (found := _SPEECH.search(before[-30:])):
            return f"the name of a role, {found.group().strip()}:"
    if not _LONE_ROLES.isdisjoint(text.split("\n")):
        return "the name of a role on a line of its own"
    return "" if text.isascii() else _broken_letters(text)


def _broken_letters(text: str) -> str:
    if found := _BYTES.search(text):
        return f"a tokenizer's letter, {found.group()}"
    broken = _MOJIBAKE.findall(text)
    if len(broken) > MOST_MOJIBAKE * len(text):
        return f"broken encoding, {broken[0]!r}"
    return ""
