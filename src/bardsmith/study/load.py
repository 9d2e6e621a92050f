"""Finds a study, reads it with all its faults told at once, writes it complete, and tells two apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bardsmith.corpus.config import SHIPPED_PROMPTS
from bardsmith.errors import Fault, InputError
from bardsmith.study.document import Document, Location, read_document, refusal
from bardsmith.study.spec import Study
from bardsmith.study.wording import faults_of, names_twice, nearest

STUDY_FILE = "study.yaml"
SHIPPED_CORPUS = "starter"
"""The value of `corpus.sources` that is no path; corpus.config.SHIPPED_PROMPTS has those of the sets of prompts."""
PROMPTS = ("held_out", "dev_prompts")
DOWNLOADED = "no_robots"
"""The reader whose path may be a folder, or a name on the hub."""
HUB_NAME = re.compile(r"[\w.-]+/[\w-]+")
"""Owner and name; a name with a dot is taken for a file's."""


def find_study(name_or_path: str) -> Path:
    """The study file meant: a file, a folder that holds study.yaml, or a name.

    A name is looked up in `studies/` below the current folder, then among the shipped studies.
    Raises InputError that names the studies there are, and the nearest.
    """
    given = Path(name_or_path)
    for path in (given, given / STUDY_FILE, *(folder / name_or_path / STUDY_FILE for folder in _study_folders())):
        if path.is_file():
            return path
    names = sorted({file.parent.name for folder in _study_folders() for file in folder.glob(f"*/{STUDY_FILE}")})
    close = nearest(given.name, names)
    what = f"the folder {given} holds no {STUDY_FILE}" if given.is_dir() else f"there is no study {name_or_path}"
    raise InputError(
        what,
        (f"Did you mean {close}? " if close else "")
        + f"There are: {', '.join(names) or 'none'}. The path of a {STUDY_FILE} works, too.",
    )


def load_study(path: Path) -> Study:
    """Reads and checks a study file. Raises InputError with every fault of it, each with its line.

    Relative paths in it start at its own folder and come back absolute.
    """
    document = read_document(path)
    data, missing = _with_paths(document)
    faults = [*document.faults, *names_twice(document), *missing]
    try:
        study = Study.model_validate(data)
    except ValidationError as error:
        raise refusal(path, [*faults, *faults_of(error, document)]) from None
    if faults:
        raise refusal(path, faults)
    return study


def renamed(study: Study, name: str | None) -> Study:
    """The study under another name (None: its own). Raises InputError for a name that cannot be a folder's."""
    try:
        return study if name is None else Study.model_validate({**study.model_dump(mode="json"), "name": name})
    except ValidationError:
        raise InputError(
            f"{name!r} cannot be a study's name", "Lower-case letters, digits, '.', '_' and '-', 64 at most."
        ) from None


def changed(study: Study, **settings: Any) -> Study:
    """The study with some settings changed for all its runs. Raises InputError if a run cannot have them."""
    data = study.model_dump(mode="json")
    data["training"]["defaults"] |= settings
    data["training"]["runs"] = [{**run, **settings} for run in data["training"]["runs"]]
    try:
        return Study.model_validate(data)
    except ValidationError as error:
        said = ", ".join(f"{key} {value}" for key, value in settings.items())
        raise InputError(f"not every run can have {said}: {error.errors()[0]['msg']}", "Change the study.") from None


def runs_named(study: Study, names: Sequence[str]) -> list[str]:
    """The study's runs of these names, in its order; all of them if none is named. Raises InputError for others."""
    there = [run.name for run in study.training.runs]
    for name in names:
        if name not in there:
            close = nearest(name, there)
            raise InputError(
                f"the study {study.name} has no run {name}",
                (f"Did you mean {close}? " if close else "") + f"There are: {', '.join(there)}.",
            )
    return [name for name in there if not names or name in names]


def study_of_folder(name_or_path: str, outputs: Path) -> tuple[Study, Path]:
    """The study that was begun in `outputs/<name>` (or in a folder given by its path), and that folder."""
    for folder in (outputs / name_or_path, Path(name_or_path)):
        if (folder / STUDY_FILE).is_file() and (folder / "corpus").is_dir():
            return load_study(folder / STUDY_FILE), folder
    begun = sorted(file.parent.name for file in outputs.glob(f"*/{STUDY_FILE}"))
    raise InputError(
        f"no study {name_or_path} was begun in {outputs}",
        f"There are: {', '.join(begun)}." if begun else "Begin one with: bardsmith run",
    )


def complete_yaml(study: Study) -> str:
    """The study with every default written out; it loads back to the same study."""
    text = _dumped(study, allow_unicode=True)
    return _dumped(study, allow_unicode=False) if "\x85" in text else text  # PyYAML writes U+0085 and does not read it


def _dumped(study: Study, *, allow_unicode: bool) -> str:
    text: str = yaml.safe_dump(study.model_dump(mode="json"), sort_keys=False, allow_unicode=allow_unicode, width=120)
    return text


def differences(old: Study, new: Study) -> list[str]:
    """What changed, a line each, such as `training.runs.lora.rank: 32 -> 16`; none if the studies are equal.

    Runs are matched by name. What a run inherits is told at `training.defaults` only.
    """
    before, after = _by_run_name(old), _by_run_name(new)
    changes = dict(_changes(before, after, ()))
    defaults = {place[-1]: change for place, change in changes.items() if place[:2] == ("training", "defaults")}
    lines = [
        f"{'.'.join(place)}: {change}"
        for place, change in changes.items()
        if not (place[:2] == ("training", "runs") and len(place) == 4 and defaults.get(place[3]) == change)
    ]
    old_order = [run.name for run in old.training.runs if run.name in after["training"]["runs"]]
    new_order = [run.name for run in new.training.runs if run.name in before["training"]["runs"]]
    if old_order != new_order:
        lines.append(f"training.runs: order {', '.join(old_order)} -> {', '.join(new_order)}")
    return lines


def _study_folders() -> list[Path]:
    """Where studies are looked up by name: here, in the installed package, in the checkout."""
    package = Path(__file__).parents[1]
    return [Path("studies"), package / "studies", package.parents[1] / "studies"]


def _with_paths(document: Document) -> tuple[dict[str, Any], list[Fault]]:
    """The document's value with its paths made absolute, and a fault for each file that is missing."""
    data, faults = document.value(), []
    folder = document.path.parent.resolve()
    for *groups, last in _path_locations(data):
        group: Any = data
        for step in groups:
            group = group[step]
        text = group[last]
        if not isinstance(text, str) or not text:
            continue
        path = _beside(folder, text)
        is_base, is_download = last == "base", isinstance(group, dict) and group.get("reader") == DOWNLOADED
        if path.is_dir() if is_base else path.is_file() or (is_download and path.is_dir()):
            group[last] = str(path)
        elif not (is_base or (is_download and HUB_NAME.fullmatch(text))) or _looks_like_a_path(text):
            faults.append(_missing(document, (*groups, last), path))
    return data, faults


def _path_locations(data: dict[str, Any]) -> Iterator[Location]:
    """Where a study may name files, as far as this one does; nothing is checked yet, so any shape may stand there."""
    corpus, model = data.get("corpus"), data.get("model")
    if isinstance(corpus, dict):
        sources = corpus.get("sources")
        for number, source in enumerate(sources if isinstance(sources, list) else []):
            if source != SHIPPED_CORPUS:
                yield ("corpus", "sources", number)
        for key in PROMPTS:
            if corpus.get(key) and corpus[key] not in SHIPPED_PROMPTS:
                yield ("corpus", key)
        yield from _verse_locations(corpus)
    for group, key in (("arena", "human"), ("evaluation", "labels")):
        if _is_group(data, group) and data[group].get(key):
            yield (group, key)
    if isinstance(model, dict):
        yield from (("model", key) for key in ("base", "chat_template") if key in model)


def _verse_locations(corpus: dict[str, Any]) -> Iterator[Location]:
    """Of the sources that verse is made from or compared with."""
    makings = [making for making in ("generate", "conversations", "replay") if _is_group(corpus, making)]
    groups: dict[Location, Any] = {(making, "sources"): corpus[making].get("sources") for making in makings}
    for place, sources in {**groups, ("known_verse",): corpus.get("known_verse")}.items():
        for number, source in enumerate(sources if isinstance(sources, list) else []):
            if isinstance(source, dict) and "path" in source:
                yield ("corpus", *place, number, "path")
    if _is_group(corpus, "human_verse") and "path" in corpus["human_verse"]:
        yield ("corpus", "human_verse", "path")


def _is_group(data: dict[str, Any], key: str) -> bool:
    return isinstance(data.get(key), dict)


def _beside(folder: Path, text: str) -> Path:
    try:
        return (folder / Path(text).expanduser()).resolve()
    except (OSError, RuntimeError, ValueError):
        return folder / text


def _looks_like_a_path(base: str) -> bool:
    return base.startswith((".", "~", "/", "\\")) or Path(base).is_absolute()


def _missing(document: Document, location: Location, path: Path) -> Fault:
    label, where = document.label(location), document.where(location)
    if path.is_dir():
        return Fault(f"{label}: {path} is a folder, not a file", where, "Name a file in it.")
    names = [SHIPPED_CORPUS] if location[:2] == ("corpus", "sources") else []
    names += [*SHIPPED_PROMPTS] if location[-1] in PROMPTS else []
    with suppress(OSError):
        names += sorted(entry.name for entry in path.parent.iterdir())
    close = nearest(path.name, names)
    remedy = f"did you mean {close}?" if close else f"Relative paths start at {document.path.parent.resolve()}."
    return Fault(f"{label}: there is no {path}", where, remedy)


def _by_run_name(study: Study) -> dict[str, Any]:
    data = study.model_dump(mode="json")
    data["training"]["runs"] = {run.pop("name"): run for run in data["training"]["runs"]}
    return data


def _changes(old: dict[str, Any], new: dict[str, Any], place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for key in {**old, **new}:
        here = (*place, key)
        if key not in old:
            yield here, "added"
        elif key not in new:
            yield here, "removed"
        elif isinstance(old[key], dict) and isinstance(new[key], dict):
            yield from _changes(old[key], new[key], here)
        elif old[key] != new[key]:
            yield here, " -> ".join(_shown(old[key], new[key]))


def _shown(old: object, new: object) -> tuple[str, str]:
    """Both values on one line, long ones from shortly before the point where they part."""
    before, after = _plain(old), _plain(new)
    if max(len(before), len(after)) <= 80:
        return before, after
    same = takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    start = max(0, len(list(same)) - 20)
    return _cut(before, start), _cut(after, start)


def _cut(text: str, start: int) -> str:
    return ("..." if start else "") + text[start : start + 60] + ("..." if start + 60 < len(text) else "")


def _plain(value: object) -> str:
    is_word = isinstance(value, str) and value != "null" and re.fullmatch(r"[A-Za-z0-9_./:@ -]+", value)
    return str(value) if is_word else json.dumps(value, ensure_ascii=False)
