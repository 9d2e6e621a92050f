"""What the figures came from: the corpus in counts, every run's settings, versions, commit and digests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bardsmith.outputs import Manifest
from bardsmith.records import Conversation, Prompt
from bardsmith.report.inputs import Results, Run


@dataclass(frozen=True)
class Grid:
    """A table of ready words."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def corpus(results: Results) -> tuple[Grid, ...]:
    """Conversations by kind, by form and by licence; prompts by kind. Empty where answers were imported."""
    if results.is_imported:
        return ()
    parts = (results.train, results.validation, results.heldout)
    head = ("training", "validation", "held out")
    by_kind = _counts("By kind", ("kind", *head), [Counter(d.kind for d in part) for part in parts])
    forms = [Counter(_form(d) for d in part) for part in parts[:2]]
    by_form = _counts("By form of the wanted answer", ("form", *head[:2]), forms)
    licences = [Counter(d.licence or "not stated" for d in part) for part in parts]
    grids = [by_kind, by_form, _counts("By licence", ("licence", *head), licences)]
    manifest = results.manifests.get("corpus")
    if manifest is not None and manifest.counts:
        rows = tuple((name.replace("_", " "), str(count)) for name, count in manifest.counts.items())
        grids.append(Grid("Rows on their way", ("", "rows"), rows))
    return tuple(grids)


def _form(dialogue: Conversation | Prompt) -> str:
    return dialogue.form or "not stated"


def _counts(caption: str, head: tuple[str, ...], columns: Sequence[Counter[str]]) -> Grid:
    names = dict.fromkeys(name for column in columns for name, _ in column.most_common())
    rows = [(name, *(str(column[name]) for column in columns)) for name in names]
    rows.append(("all", *(str(column.total()) for column in columns)))
    return Grid(caption, head, tuple(rows))


def run_settings(runs: Sequence[Run]) -> tuple[Grid, ...]:
    """What the runs differ in, a row a run; then what they share. Empty where there are none."""
    if not runs:
        return ()
    keys = list(dict.fromkeys(key for run in runs for key in run.settings if key != "name"))
    differing = [key for key in keys if len({_word(run.settings.get(key)) for run in runs}) > 1]
    head = ("run", "state", *(_label(key) for key in differing))
    rows = tuple((run.name, run.state, *(_word(run.settings.get(key)) for key in differing)) for run in runs)
    common = tuple((_label(key), _word(runs[0].settings.get(key))) for key in keys if key not in differing)
    shared = "What all runs share" if len(runs) > 1 else "Settings of the run"
    return Grid("The runs", head, rows), Grid(shared, ("setting", "value"), common)


def study_settings(study: Mapping[str, Any]) -> Grid:
    """Every other setting of the study, as `model.base`."""
    rows = []
    for section in ("seed", "model", "corpus", "training", "arena", "evaluation"):
        rows += list(_flat(section, study.get(section)))
    left_out = ("training.runs", "training.defaults")
    return Grid("The study", ("setting", "value"), tuple(row for row in rows if not row[0].startswith(left_out)))


def _flat(name: str, setting: Any) -> list[tuple[str, str]]:
    if isinstance(setting, Mapping) and setting:
        return [row for key, inner in setting.items() for row in _flat(f"{name}.{key}", inner)]
    return [(name, _word(setting))]


def _label(key: str) -> str:
    return key.replace("_", " ")


def _word(setting: Any) -> str:
    if setting is None:
        return "none"
    if isinstance(setting, bool):
        return "yes" if setting else "no"
    if isinstance(setting, list | tuple):
        return ", ".join(_word(entry) for entry in setting)
    return str(setting)


def stages(manifests: Mapping[str, Manifest]) -> Grid:
    """When nothing else is known of a stage it is not in the table: it left no manifest."""
    rows = tuple(
        (
            stage,
            duration(manifest.seconds),
            manifest.origin.bardsmith,
            _commit(manifest),
            manifest.origin.python,
            manifest.origin.platform,
        )
        for stage, manifest in manifests.items()
    )
    return Grid("Stages", ("stage", "time", "bardsmith", "commit", "Python", "platform"), rows)


def _commit(manifest: Manifest) -> str:
    if manifest.origin.commit is None:
        return "installed"
    return manifest.origin.commit[:12] + (" + changes" if manifest.origin.dirty else "")


def packages(manifests: Mapping[str, Manifest]) -> Grid:
    """Versions of the libraries, several where stages ran with different ones."""
    versions: dict[str, dict[str, None]] = {}
    for manifest in manifests.values():
        for name, version in manifest.origin.packages.items():
            versions.setdefault(name, {})[version] = None
    rows = tuple((name, ", ".join(found)) for name, found in sorted(versions.items()))
    return Grid("Libraries", ("library", "version"), rows)


def digests(manifests: Mapping[str, Manifest]) -> Grid:
    """SHA-256 of every file that a stage read or wrote."""
    found: dict[tuple[str, str], None] = {}
    for stage, manifest in manifests.items():
        for name, digest in manifest.inputs.items():
            found[_without_folder(name), digest] = None
        for name, digest in manifest.outputs.items():
            found[f"{stage}/{name}", digest] = None
    return Grid("SHA-256 of files", ("file", "digest"), tuple(found))


def _without_folder(name: str) -> str:
    """A file outside of the study goes by its bare name: a report is passed on, a person's folders are not."""
    outside = name.startswith(("/", "..")) or name[1:2] == ":"
    return name.rpartition("/")[2] if outside else name


def command(results: Results) -> str:
    """What makes these figures again, from the study's own file or from the files that were brought."""
    name, seed = results.study.get("name", "study"), results.study.get("seed", 0)
    if results.is_imported:
        kept = " --keep-verdicts" if any(score.judge == "given" for score in results.scores) else ""
        return f"bardsmith evaluate import DIR --out {name}{kept} --seed {seed}"
    return f"bardsmith run --study {name}/study.yaml"


def notes(manifests: Mapping[str, Manifest]) -> tuple[str, ...]:
    return tuple(f"{stage}: {note}" for stage, manifest in manifests.items() for note in manifest.notes)


def duration(seconds: float) -> str:
    """`48 s`, `3 min 12 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
