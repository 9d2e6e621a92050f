"""A YAML file as a tree that remembers its lines.

Scalars stay text, whatever YAML would make of their spelling: the study's shapes decide what a value is. So `2e-4` can
be a number, `no` a name, `2026-01-01` a title and `1234567` a commit, each where that is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bardsmith.errors import Fault, InputError

Location = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""

_NULL, _MERGE = "tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"
_KNOWN_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in ("null", "bool", "int", "float", "str", "timestamp", "value", "merge", "map", "seq")
}
_REMEDIES = {
    "expected a single document": "Keep one study in a file: take out the line `---`.",
    "scanning a quoted scalar": "Close the quotes.",
    "parsing a flow": "Close the bracket or the brace.",
    "mapping values are not allowed": "Put a text that holds ': ' in quotes; else mend the indentation.",
    "could not find expected ':'": "Write each entry as `key: value`.",
    "did not find expected": "Give the keys of one group the same indentation.",
    "but found": "Give the keys of one group the same indentation.",
    "cannot start any token": "Put a text that begins with @, `, % or another special sign in quotes.",
    "undefined alias": "A text that begins with * must stand in quotes.",
}


@dataclass(frozen=True)
class Document:
    path: Path
    root: MappingNode
    faults: tuple[Fault, ...]
    """What is wrong with the file itself: keys given twice, tags."""

    def value(self) -> dict[str, Any]:
        """The whole as dicts, lists, texts and None."""
        value: dict[str, Any] = _value(self.root)
        return value

    def follow(self, steps: Location) -> Location:
        """The steps that lead somewhere; others (a union's labels in an error's location) are left out."""
        found: Location = ()
        for step in steps:
            if _child(self.node(found), step) is not None:
                found = (*found, step)
        return found

    def node(self, location: Location) -> Node | None:
        node: Node | None = self.root
        for step in location:
            node = _child(node, step)
        return node

    def keys(self, location: Location) -> frozenset[str]:
        """The keys that stand there, none if it is no group."""
        node = self.node(location)
        return frozenset(_entries(node)) if isinstance(node, MappingNode) else frozenset()

    def where(self, location: Location) -> str:
        """`file:line` of the key or the list entry."""
        node, parent = self.node(location), self.node(location[:-1])
        if location and isinstance(parent, MappingNode):
            node = _entries(parent)[str(location[-1])][0]
        return _where(self.path, node or self.root)

    def label(self, location: Location) -> str:
        """The location as a person would write it, a run by its name: `training.runs.lora.rank`."""
        text = ""
        for end, step in enumerate(location, start=1):
            name = _child(self.node(location[:end]), "name") if isinstance(step, int) else None
            if isinstance(step, str):
                text += f".{step}"
            elif isinstance(name, ScalarNode) and name.value and name.tag != _NULL:
                text += f".{name.value}"
            else:
                text += f"[{step}]"
        return text.removeprefix(".")


def read_document(path: Path) -> Document:
    """Raises InputError if the file cannot be read, is not UTF-8 or YAML, or is not made of keys and values."""
    text = _text(path)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise refusal(path, _syntax_faults(path, text, error)) from None
    except yaml.reader.ReaderError as error:
        where = f"{path}:{text.count(chr(10), 0, error.position) + 1}"
        raise refusal(path, [Fault(f"the character U+{ord(text[error.position]):04X} is not allowed", where)]) from None
    except RecursionError:
        raise refusal(path, [Fault("lists or groups are nested too deeply", f"{path}:1")]) from None
    if root is None:
        raise refusal(path, [Fault("the file is empty", f"{path}:1", "Begin with `name:`, as the shipped studies do.")])
    if not isinstance(root, MappingNode):
        what = f"a study must be a group of keys; found {'a list' if isinstance(root, SequenceNode) else 'a text'}"
        raise refusal(path, [Fault(what, _where(path, root), "Begin with `name:`, as the shipped studies do.")])
    return Document(path, root, tuple(_faults_of_tree(path, root, set(), set())))


def refusal(path: Path, faults: list[Fault]) -> InputError:
    """The one error that tells all faults of a file, in the order of its lines."""
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    ordered = sorted(faults, key=_line)
    return InputError(f"{path} has {count}", "Mend the file and run the same command again.", ordered)


def _line(fault: Fault) -> int:
    line = (fault.where or "").rpartition(":")[2]
    return int(line) if line.isdigit() else 0


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", "Check the path and its permissions.") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        utf_16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        what = "the file is UTF-16, not UTF-8" if utf_16 else f"byte 0x{data[error.start]:02X} is not UTF-8"
        where = f"{path}:{data.count(10, 0, error.start) + 1}"
        raise refusal(path, [Fault(what, where, "Save the file as UTF-8.")]) from None


def _syntax_faults(path: Path, text: str, error: yaml.MarkedYAMLError) -> list[Fault]:
    """What YAML says, in words that help; indentation by tabs is the usual cause of a strange message."""
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    lines = enumerate(text.splitlines()[:line], start=1)
    tabs = [number for number, content in lines if "\t" in content[: len(content) - len(content.lstrip())]]
    if tabs:
        return [Fault("the line begins with a tab", f"{path}:{tab}", "YAML indents with spaces only.") for tab in tabs]
    said = " ".join(part for part in (error.context, error.problem) if part)
    if error.context_mark and error.context_mark.line + 1 != line:
        said += f" (it begins on line {error.context_mark.line + 1})"
    remedy = next((remedy for sign, remedy in _REMEDIES.items() if sign in said), None)
    return [Fault(f"not YAML: {said}", f"{path}:{line}", remedy)]


def _faults_of_tree(path: Path, node: Node, seen: set[int], open_nodes: set[int]) -> Iterator[Fault]:
    if id(node) in open_nodes:
        raise refusal(path, [Fault("an anchor holds itself", _where(path, node), "Take out the alias (*) within it.")])
    if id(node) in seen:
        return
    seen.add(id(node))
    if node.tag not in _KNOWN_TAGS:
        tag = node.tag.replace("tag:yaml.org,2002:", "!!")
        yield Fault(f"the tag {tag} is not known here", _where(path, node), "Take it out.")
    if isinstance(node, MappingNode):
        yield from _faults_of_keys(path, node)
    for child in _children(node):
        yield from _faults_of_tree(path, child, seen, open_nodes | {id(node)})


def _faults_of_keys(path: Path, mapping: MappingNode) -> Iterator[Fault]:
    first: dict[str, Node] = {}
    for key, value in mapping.value:
        if not isinstance(key, ScalarNode):
            yield Fault("a key must be a text; found a list or a group", _where(path, key))
        elif key.tag == _MERGE:
            if not all(isinstance(group, MappingNode) for group in _groups(value)):
                yield Fault("<< must name a group of keys or a list of groups", _where(path, key))
        elif key.value in first:
            what = f"the key {key.value} is given twice, first on line {first[key.value].start_mark.line + 1}"
            yield Fault(what, _where(path, key), "Keep one of the two.")
        else:
            first[key.value] = key


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _groups(merged: Node) -> list[Node]:
    return list(merged.value) if isinstance(merged, SequenceNode) else [merged]


def _entries(mapping: MappingNode) -> dict[str, tuple[Node, Node]]:
    """Key to its own node and its value's; `<<` brings in the keys of other groups, the mapping's own come first."""
    own: dict[str, tuple[Node, Node]] = {}
    merged: dict[str, tuple[Node, Node]] = {}
    for key, value in mapping.value:
        if key.tag == _MERGE:
            for group in _groups(value):
                if isinstance(group, MappingNode):
                    merged = {**_entries(group), **merged}
        elif isinstance(key, ScalarNode):
            own.setdefault(key.value, (key, value))
    return {**merged, **own}


def _child(node: Node | None, step: str | int) -> Node | None:
    if isinstance(node, MappingNode) and isinstance(step, str):
        pair = _entries(node).get(step)
        return pair[1] if pair else None
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        item: Node = node.value[step]
        return item
    return None


def _value(node: Node) -> Any:
    if isinstance(node, MappingNode):
        return {key: _value(value) for key, (_, value) in _entries(node).items()}
    if isinstance(node, SequenceNode):
        return [_value(item) for item in node.value]
    return None if node.tag == _NULL else node.value


def _where(path: Path, node: Node) -> str:
    return f"{path}:{node.start_mark.line + 1}"
