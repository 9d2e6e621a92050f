"""A study from end to end: each stage in its turn, finished ones left as they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Literal, get_args

import filelock

from bardsmith.errors import Fault, InputError
from bardsmith.outputs import (
    MANIFEST,
    Manifest,
    StudyFolder,
    digests,
    is_complete,
    origin,
    read_manifest,
    write_manifest,
    write_text,
)
from bardsmith.progress import Progress
from bardsmith.records import Preflight
from bardsmith.study.load import complete_yaml, differences, load_study
from bardsmith.study.spec import Study
from bardsmith.workshop import workshop

Stage = Literal["corpus", "training", "arena", "evaluation", "report"]
STAGES: tuple[Stage, ...] = get_args(Stage)


def run_study(study: Study, folder: StudyFolder, progress: Progress, until: Stage = "report") -> None:
    """Carries a study through its stages up to `until`. Raises InputError if the folder holds another study."""
    stages: dict[Stage, Callable[[], None]] = {
        "corpus": lambda: _corpus(study, folder, progress),
        "training": lambda: _training(study, folder, progress),
        "arena": lambda: _arena(study, folder, progress),
        "evaluation": lambda: _evaluation(study, folder, progress),
        "report": lambda: _report(study, folder, progress),
    }
    with at_work(study, folder):
        wanted = STAGES[: STAGES.index(until) + 1]
        for number, stage in enumerate(wanted):
            progress.update("study", number, len(wanted))
            stages[stage]()
        progress.update("study", len(wanted), len(wanted))


def look_ahead(study: Study, folder: StudyFolder, progress: Progress) -> Preflight:
    """Pre-flight: the corpus is gathered first, but nothing is made that must be paid for."""
    from bardsmith.training.preflight.main import preflight

    with at_work(study, folder):
        _gather(study, folder, progress)
        return preflight(study.training, study.model, folder, study.seed, progress)


def train_study(
    study: Study,
    folder: StudyFolder,
    progress: Progress,
    runs: Collection[str],
    engine: Literal["local", "ray"] = "local",
    patience: float = 0,
) -> None:
    """Makes the corpus if need be and trains the runs of these names, nothing after it.

    Several processes may train different runs of one study at once, as the jobs of a cluster do: the first makes the
    corpus while the others wait, `patience` seconds at most. Raises InputError if one trains what another one does.
    """
    with at_work(study, folder, patience):
        _corpus(study, folder, progress)
        _preflight(study, folder, progress)
    _train(study, folder, progress, runs, engine)


def write_jobs(
    study: Study,
    file: Path,
    folder: StudyFolder,
    progress: Progress,
    runs: Collection[str],
    scheduler: Literal["slurm", "skypilot"],
    options: Sequence[str] = (),
) -> str:
    """Makes the corpus and writes the files of jobs that train the runs; returns the commands that submit them.

    `file`: the study's, which the jobs read; `options`: of `bardsmith train`, for all of them.
    """
    from bardsmith.training.jobs import Jobs, write_skypilot, write_slurm

    with at_work(study, folder):
        _corpus(study, folder, progress)
        _preflight(study, folder, progress)
    write = {"slurm": write_slurm, "skypilot": write_skypilot}[scheduler]
    jobs = Jobs(file, folder, tuple(options), on_gpu=study.model.device != "cpu")
    return write(jobs, [run for run in study.training.runs if run.name in runs])


def answer(study: Study, folder: StudyFolder, progress: Progress) -> None:
    """Has the base and the runs that are trained answer what they have not answered yet.

    Raises InputError if the study has no corpus yet, or if the folder holds another study.
    """
    if read_manifest(folder.corpus) is None or not folder.probes.exists():
        raise InputError(
            f"{folder.root} holds no held-out prompts and probes yet",
            "Run the study that far: bardsmith run --study STUDY --until training",
        )
    with at_work(study, folder):
        _arena(study, folder, progress)


def evaluate(study: Study, folder: StudyFolder, progress: Progress) -> None:
    """Has the answers that there are judged and compared. Raises InputError if there are none."""
    _refuse_unanswered(folder)
    with at_work(study, folder):
        _evaluation(study, folder, progress)


def forecast(study: Study, folder: StudyFolder) -> list[str]:
    """Before anything is paid: what the ceiling and each judge would be asked, in how many tokens, for how much.

    Nothing is sent. Raises InputError if there are no answers to judge yet.
    """
    from bardsmith.arena.main import forecast as of_arena
    from bardsmith.evaluation.main import jury_forecast

    asked = of_arena(study.arena, folder)
    if study.evaluation.judges:
        _refuse_unanswered(folder)
        asked |= jury_forecast(study.evaluation, folder, study.seed)
    return [f"{name}: {found}" for name, found in asked.items()]


def _refuse_unanswered(folder: StudyFolder) -> None:
    if not folder.completions.exists():
        raise InputError(
            f"{folder.root} holds no answers yet", "Run the study that far: bardsmith run --study STUDY --until arena"
        )


@contextmanager
def at_work(study: Study, folder: StudyFolder, patience: float = 0) -> Iterator[None]:
    """Nobody else works in the folder (for `patience` seconds it is waited for), and it is this study's.

    Raises InputError otherwise.
    """
    with _sole_user(folder, patience):
        claim(study, folder)
        yield


@contextmanager
def _sole_user(folder: StudyFolder, patience: float) -> Iterator[None]:
    folder.root.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder.root / ".lock", timeout=patience):
            yield
    except filelock.Timeout:
        raise InputError(
            f"another bardsmith is at work in {folder.root}", "Wait for it, or run under another --name."
        ) from None


def claim(study: Study, folder: StudyFolder) -> None:
    """Writes the complete study into its folder, or checks that the one which is there is the same.

    Raises InputError with the differences: results of two studies must not be mixed in one folder. Until a run has
    begun there are none, and training may be changed, as pre-flight advises.
    """
    if not folder.study.exists():
        write_text(folder.study, complete_yaml(study))
        return
    changed = differences(load_study(folder.study), study)
    if changed and not any(folder.training.glob("*/")) and all(line.startswith("training.") for line in changed):
        write_text(folder.study, complete_yaml(study))
    elif changed:
        raise InputError(
            f"the study has changed since {folder.root} was made",
            "Put it back, or give --fresh (the old folder is moved aside) or --name NEW.",
            [Fault(line) for line in changed],
        )


def move_aside(folder: StudyFolder) -> None:
    """Renames a study's folder to the first free `<name>~1`, `<name>~2`, ...; nothing is deleted."""
    if folder.root.exists():
        aside = (folder.root.with_name(f"{folder.root.name}~{number}") for number in count(1))
        folder.root.rename(next(path for path in aside if not path.exists()))


def _corpus(study: Study, folder: StudyFolder, progress: Progress) -> None:
    from bardsmith.corpus.making import make_missing

    make_missing(workshop(study, folder, progress))
    _gather(study, folder, progress)


def _gather(study: Study, folder: StudyFolder, progress: Progress) -> None:
    """Splits what is there. Raises InputError if something that the study asks for was not made yet."""
    from bardsmith.corpus.main import main
    from bardsmith.corpus.reading import source_files

    config = study.corpus.model_dump(mode="json")
    inputs = digests(_existing(source_files(study.corpus, folder)), folder.root)
    before = read_manifest(folder.corpus)
    if before is not None and before.inputs != inputs:
        changed = sorted({name for name, _ in before.inputs.items() ^ inputs.items()})
        raise InputError(
            f"the corpus has changed since {folder.root} was made: {', '.join(changed)}",
            "Put it back, or give --fresh (the old folder is moved aside) or --name NEW.",
        )
    if is_complete(folder.corpus, config, inputs):
        progress.update("corpus", 1, 1)
        return
    progress.update("corpus", 0, 1)
    main(study.corpus, folder, study.seed, progress)
    progress.update("corpus", 1, 1)


def _existing(files: list[Path]) -> list[Path]:
    for file in files:
        if not file.is_file():
            raise InputError(f"{file} is missing", "Check the paths under corpus in the study.")
    return files


def _preflight(study: Study, folder: StudyFolder, progress: Progress) -> None:
    from bardsmith.training.preflight.main import preflight, refuse_or_warn

    refuse_or_warn(preflight(study.training, study.model, folder, study.seed, progress), progress)


def _training(study: Study, folder: StudyFolder, progress: Progress) -> None:
    _preflight(study, folder, progress)
    _train(study, folder, progress, [run.name for run in study.training.runs])


def _train(
    study: Study,
    folder: StudyFolder,
    progress: Progress,
    runs: Collection[str],
    engine: Literal["local", "ray"] = "local",
) -> None:
    from bardsmith.report.dashboard import draw_if_stale
    from bardsmith.training.main import main

    try:
        main(study.training, study.model, folder, study.seed, progress, runs, engine)
    finally:
        draw_if_stale(folder, [run.name for run in study.training.runs])


def trained_runs(study: Study, folder: StudyFolder) -> list[str]:
    """The runs that have an adapter, in the study's order."""
    return [run.name for run in study.training.runs if (folder.run(run.name) / MANIFEST).exists()]


def failed_runs(study: Study, folder: StudyFolder) -> list[str]:
    """The runs whose last try failed."""
    return [run.name for run in study.training.runs if (folder.run(run.name) / "failure.json").exists()]


def _arena(study: Study, folder: StudyFolder, progress: Progress) -> None:
    from bardsmith.arena.main import main

    runs = trained_runs(study, folder)
    config = {"arena": study.arena.model_dump(mode="json"), "model": study.model.model_dump(mode="json")}
    adapters = [folder.run(run) / "adapter" / "adapter_model.safetensors" for run in runs]
    dev = study.corpus.dev_prompts is not None
    inputs = [folder.heldout, folder.probes, *adapters, *([study.arena.human] if study.arena.human else [])]
    inputs += [folder.dev] if dev else []
    outputs = [folder.completions, folder.probed, *([folder.dev_completions] if dev and runs else [])]
    with _stage("arena", folder.arena, config, inputs, outputs, folder, progress) as go:
        if go:
            main(study.arena, study.model, runs, folder, study.seed, progress)


def _evaluation(study: Study, folder: StudyFolder, progress: Progress) -> None:
    from bardsmith.evaluation.main import main

    runs = {run.name: run.model_dump(mode="json") for run in study.training.runs}
    config = study.evaluation.model_dump(mode="json")
    labels = [study.evaluation.labels] if study.evaluation.labels else []
    trained = [folder.train] if folder.train.is_file() else []
    metrics = [path for run in runs if (path := folder.run(run) / "metrics.jsonl").exists()]
    others = [path for path in (folder.anchors, folder.dev, folder.dev_completions) if path.exists()]
    inputs = [folder.heldout, folder.completions, folder.probes, folder.probed, *others, *trained, *labels, *metrics]
    with _stage("evaluation", folder.evaluation, config, inputs, None, folder, progress) as go:
        if go:
            main(study.evaluation, runs, folder, study.seed, progress)


def _report(study: Study, folder: StudyFolder, progress: Progress) -> None:
    from bardsmith.report.main import main

    config = study.report.model_dump(mode="json")
    logs = [path for run in study.training.runs for path in _logs(folder.run(run.name))]
    inputs = [folder.study, folder.heldout, folder.completions, folder.scores, folder.summary, *logs]
    probed = (folder.probes, folder.probed, folder.probe_scores, folder.probe_summary)
    inputs += [path for path in (folder.card, *probed, folder.arena_ratings) if path.exists()]
    with _stage("report", folder.report, config, inputs, None, folder, progress) as go:
        if go:
            main(study.report, folder, progress)


def _logs(run: Path) -> list[Path]:
    return [path for name in ("metrics.jsonl", "samples.jsonl", "failure.json") if (path := run / name).exists()]


@contextmanager
def _stage(
    name: Stage,
    place: Path,
    config: Mapping[str, Any],
    inputs: list[Path],
    outputs: list[Path] | None,
    folder: StudyFolder,
    progress: Progress,
) -> Iterator[bool]:
    """Yields whether the stage is still to be done, and writes its manifest once it is. `outputs` None: all files."""
    read = digests(inputs, folder.root)
    if is_complete(place, dict(config), read):
        progress.update(name, 1, 1)
        yield False
        return
    started = time.monotonic()
    progress.update(name, 0, 1)
    (place / MANIFEST).unlink(missing_ok=True)
    yield True
    if outputs is None:
        outputs = sorted(path for path in place.rglob("*") if path.is_file() and path.name != MANIFEST)
    manifest = Manifest(
        stage=name,
        config=dict(config),
        inputs=read,
        outputs=digests(outputs, place),
        seconds=round(time.monotonic() - started, 1),
        origin=origin(),
    )
    write_manifest(place, manifest)
    progress.update(name, 1, 1)
