"""Anybody's answers as CSV files, judged and compared like a study's own.

A folder with one file a configuration: `judge_arena_<configuration>.csv` with the columns prompt and text, or
`eval_judge_arena_<configuration>.csv` with a judge's verdicts, too. These are the reference study's names; any other
CSV file counts as a configuration of its own name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import yaml

from bardsmith.errors import Fault, InputError
from bardsmith.evaluation.card import judge_card
from bardsmith.evaluation.config import EvaluationConfig
from bardsmith.evaluation.main import judged
from bardsmith.evaluation.runs import Trained
from bardsmith.evaluation.summary import summarise
from bardsmith.outputs import (
    MANIFEST,
    Manifest,
    StudyFolder,
    digests,
    faulty_file,
    origin,
    write_json,
    write_manifest,
    write_records,
    write_text,
)
from bardsmith.progress import Progress
from bardsmith.records import Completion, Message, Prompt, is_untrained
from bardsmith.results import Score

ARENA, JUDGED = "judge_arena_", "eval_judge_arena_"
TEXTS = ("prompt", "text")
VERDICTS = ("quality_score", "format_adherence", "failure")
NOT_ANSWERS = ("eval_summary.csv",)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_WORDS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True)
class Given:
    """A verdict that came with the answer."""

    quality: float
    verse: bool
    failure: bool
    notes: str


@dataclass(frozen=True)
class Row:
    prompt: str
    sample: int
    text: str
    given: Given | None


def import_answers(
    config: EvaluationConfig, source: Path, folder: StudyFolder, keep_verdicts: bool, seed: int, progress: Progress
) -> None:
    """Writes the folder of a study that has answers, scores and a summary, and no corpus or training.

    `keep_verdicts` takes quality, verse and failure from the files; all else is measured as for any answer.
    Raises InputError that tells every fault of a file at once.
    """
    files = find_files(source, keep_verdicts)
    answers = {name: read_rows(path, keep_verdicts) for name, path in files.items()}
    prompts = _prompts(answers)
    completions = list(_completions(answers, prompts))
    given = {
        (name, prompts[row.prompt].id, row.sample): row.given
        for name, rows in answers.items()
        for row in rows
        if row.given is not None
    }
    (folder.evaluation / MANIFEST).unlink(missing_ok=True)
    write_text(folder.study, _study(folder, config, seed, keep_verdicts))
    write_records(folder.heldout, prompts.values())
    write_records(folder.completions, completions)
    by_id = {prompt.id: prompt for prompt in prompts.values()}
    embedded = judged(by_id, completions, None, progress)
    verdicts = [given.get((row.contestant, row.prompt, row.sample)) for row in embedded]
    scores = [own if said is None else _as_given(own, said) for own, said in zip(embedded, verdicts, strict=True)]
    write_records(folder.scores, scores)
    card = judge_card(scores, embedded, completions, (), None, (), resamples=config.bootstrap, seed=seed)
    write_json(folder.card, card.model_dump(mode="json"))
    trained = {name: Trained(_is_dora(name)) for name in answers if not is_untrained(name)}
    write_json(folder.summary, summarise(scores, completions, trained, config, seed).model_dump(mode="json"))
    write_manifest(folder.evaluation, _manifest(config, files, folder, source))
    _say_what_cannot_be_paired(answers, progress)


def find_files(source: Path, keep_verdicts: bool) -> dict[str, Path]:
    """The file of each configuration, by name. Raises InputError if there is none, or a name cannot be used.

    Where a configuration has a file with verdicts and one without, the one that is wanted is taken.
    """
    if not source.is_dir():
        raise InputError(f"{source} is not a folder", "Give the folder with the CSV files, one a configuration.")
    paths = sorted(path for path in source.glob("*.csv") if path.name not in NOT_ANSWERS)
    if not paths:
        raise InputError(
            f"{source} holds no CSV files", f"Name them {ARENA}<configuration>.csv, with the columns prompt and text."
        )
    files: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: path.name.startswith(JUDGED) == keep_verdicts):
        files[path.stem.removeprefix(JUDGED).removeprefix(ARENA)] = path
    faults = [
        Fault(f"{name!r} cannot be the name of a configuration", str(path), "Letters, digits, '.', '_', '+' and '-'.")
        for name, path in files.items()
        if not _NAME.fullmatch(name)
    ]
    if faults:
        raise InputError(f"{source} has files whose names cannot be used", "Rename them.", faults)
    return {name: files[name] for name in sorted(files, key=lambda name: (name != "base", name))}


def read_rows(path: Path, keep_verdicts: bool) -> list[Row]:
    """The answers of one file. Raises InputError with every fault: columns, encoding, empty prompts, doubles."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text ({error.reason} at byte {error.start})",
            "Save it as 'CSV UTF-8', as spreadsheets call it.",
        ) from None
    csv.field_size_limit(1 << 30)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    wanted = [*TEXTS, *(VERDICTS if keep_verdicts else ())]
    _refuse_missing_columns(path, wanted, list(reader.fieldnames or []))
    rows: list[Row] = []
    faults: list[Fault] = []
    first: dict[tuple[str, int], int] = {}
    for cells in reader:
        where, line = f"{path}:{reader.line_num}", reader.line_num
        if not any(str(cell or "").strip() for cell in cells.values()):
            continue
        try:
            row = _row(cells, keep_verdicts)
        except ValueError as error:
            faults.append(Fault(str(error), where))
            continue
        if (row.prompt, row.sample) in first:
            faults.append(
                Fault(
                    f"the prompt of line {first[row.prompt, row.sample]} stands here again",
                    where,
                    "Several answers to one prompt need a column `sample`: 0, 1, 2, ...",
                )
            )
        first.setdefault((row.prompt, row.sample), line)
        rows.append(row)
    if faults:
        raise faulty_file(path, faults)
    if not rows:
        raise InputError(f"{path} has no rows", "Take the file away, or put the configuration's answers into it.")
    return rows


def _refuse_missing_columns(path: Path, wanted: Sequence[str], found: Sequence[str]) -> None:
    if not found:
        raise InputError(f"{path} is empty", "Take the file away, or put the configuration's answers into it.")
    faults = []
    for name in wanted:
        if name not in found:
            near = get_close_matches(name, [column.strip().lower() for column in found], n=1, cutoff=0.5)
            faults.append(Fault(f"the column {name} is missing" + (f"; is it {near[0]}?" if near else "")))
    if faults:
        remedy = "The first line must name the columns, with commas between them."
        if any(name in VERDICTS and name not in found for name in wanted):
            remedy += " Without verdicts in the files, leave --keep-verdicts out."
        raise InputError(f"{path} has the columns {', '.join(found)}", remedy, faults)


def _row(cells: Mapping[str | None, str | list[str] | None], keep_verdicts: bool) -> Row:
    """Raises ValueError with what is wrong."""
    if None in cells:
        raise ValueError("there are more fields than columns; is a comma or a quotation mark in a text unquoted?")
    said = {name: value if isinstance(value, str) else "" for name, value in cells.items()}
    if not said["prompt"].strip():
        raise ValueError("the prompt is empty")
    sample = said.get("sample", "").strip() or "0"
    if not sample.isdecimal():
        raise ValueError(f"sample is {sample!r}; it must be 0, 1, 2, ...")
    given = _given(said) if keep_verdicts and any(said[name].strip() for name in VERDICTS) else None
    return Row(said["prompt"].strip(), int(sample), said["text"], given)


def _given(said: Mapping[str | None, str]) -> Given:
    quality, *flags = (said[name].strip() for name in VERDICTS)
    try:
        level = float(quality)
    except ValueError:
        level = -1.0
    if not 0 <= level <= 5:
        raise ValueError(f"quality_score is {quality!r}; it must be from 0 to 5, or all verdicts of the row empty")
    verse, failure = (_yes_or_no(name, word) for name, word in zip(VERDICTS[1:], flags, strict=True))
    return Given(level, verse, failure, said.get("notes", ""))


def _yes_or_no(name: str, word: str) -> bool:
    found = _WORDS.get(word.lower().removesuffix(".0"))
    if found is None:
        raise ValueError(f"{name} is {word!r}; it must be 1 or 0")
    return found


def _prompts(answers: Mapping[str, Sequence[Row]]) -> dict[str, Prompt]:
    """Every prompt by its text, numbered in the order in which they come."""
    texts = dict.fromkeys(row.prompt for rows in answers.values() for row in rows)
    return {
        text: Prompt(
            id=f"prompt-{number:03}",
            item=f"prompt-{number:03}",
            kind="open_qa",
            messages=(Message(role="user", content=text),),
        )
        for number, text in enumerate(texts, start=1)
    }


def _completions(answers: Mapping[str, Sequence[Row]], prompts: Mapping[str, Prompt]) -> Iterator[Completion]:
    order = {text: number for number, text in enumerate(prompts)}
    for name, rows in answers.items():
        for row in sorted(rows, key=lambda row: (order[row.prompt], row.sample)):
            yield Completion(
                contestant=name,
                prompt=prompts[row.prompt].id,
                decoding="sampled",
                sample=row.sample,
                seed=0,
                text=row.text,
                tokens=0,
                finish="unknown",
            )


def _as_given(own: Score, given: Given) -> Score:
    """Our score with the verdict that came with the answer in the place of our own."""
    return own.model_copy(
        update={
            "judge": "given",
            "quality": given.quality,
            "quality_raw": given.quality,
            "override": None,
            "confidence": None,
            "quality_low": None,
            "quality_high": None,
            "verse": given.verse,
            "failure": given.failure,
            "notes": (given.notes,) if given.notes else (),
        }
    )


def _is_dora(name: str) -> bool | None:
    """By the configuration's name, which is all that is known of it."""
    return True if "dora" in name.lower() else False if "lora" in name.lower() else None


def _study(folder: StudyFolder, config: EvaluationConfig, seed: int, keep_verdicts: bool) -> str:
    """What stands in the place of a study file: that these answers were brought from elsewhere."""
    kept = "with the verdicts that came with them" if keep_verdicts else "judged here"
    study = {
        "name": folder.root.name,
        "description": f"Answers brought in from CSV files, {kept}.",
        "seed": seed,
        "imported": True,
        "evaluation": config.model_dump(mode="json"),
    }
    text: str = yaml.safe_dump(study, sort_keys=False, allow_unicode=True, width=120)
    return text


def _manifest(config: EvaluationConfig, files: Mapping[str, Path], folder: StudyFolder, source: Path) -> Manifest:
    return Manifest(
        stage="evaluation",
        config=config.model_dump(mode="json"),
        inputs=digests(files.values(), source),
        outputs=digests([folder.scores, folder.summary, folder.card], folder.evaluation),
        seconds=0,
        origin=origin(),
    )


def _say_what_cannot_be_paired(answers: Mapping[str, Sequence[Row]], progress: Progress) -> None:
    common = set.intersection(*({row.prompt for row in rows} for rows in answers.values()))
    most = max(len({row.prompt for row in rows}) for rows in answers.values())
    if len(common) < most:
        progress.say(
            f"{len(common)} prompts have answers of every configuration; each two are compared on what both have"
        )
