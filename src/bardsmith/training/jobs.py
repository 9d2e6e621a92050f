"""Job files for clusters that have a queue of their own: each job is the same command that may be given again."""

from __future__ import annotations

import json
import shlex
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bardsmith.outputs import StudyFolder, write_text
from bardsmith.training.config import RunConfig

SLURM = """\
#!/bin/bash
# Runs of the study {study} as one array job. Its folder must be on storage that all nodes share.
# A job that was cut off goes on from its last checkpoint once it is queued again. What sbatch is given goes before
# the lines below: sbatch --partition=NAME --time=24:00:00 --mem=64G THIS_FILE
#SBATCH --job-name=bardsmith-{study}
#SBATCH --array=0-{last}
#SBATCH --ntasks=1
{gpus}#SBATCH --requeue
#SBATCH --output={log}
set -euo pipefail
runs=({runs})
exec {command} --run "${{runs[$SLURM_ARRAY_TASK_ID]}}"
"""
SKYPILOT = """\
# One run of the study {study}. A spot machine that is taken away costs what came after the run's last checkpoint.
# What else the study names (sources, a base in a folder) must lie at its path there: add it to file_mounts.
name: bardsmith-{study}-{run}
resources:
{machine}  use_spot: true
file_mounts:
  {study_place}: {study_place}
  {folder}:
    name: bardsmith-{study}
    source: {folder}
    mode: MOUNT_CACHED  # the other modes can neither rename nor append
setup: |
  pip install "bardsmith[train]"
run: |
  {command} --run {run}
"""
CARDS = ("L40S", "A100-80GB", "H100", "H200")
"""Of which SkyPilot takes the cheapest: all hold a 12B base in bfloat16."""


@dataclass(frozen=True)
class Jobs:
    """What the jobs of a study have in common."""

    study: Path
    """The study file; where the jobs run, it and all it names must have the same paths."""
    folder: StudyFolder
    options: tuple[str, ...] = ()
    """Further options of the command, such as `--adapter-backend peft`."""
    on_gpu: bool = True

    @property
    def command(self) -> str:
        """Trains the run that is named after it; may be given again."""
        place = ("--outputs", str(self.folder.root.parent), "--name", self.folder.root.name)
        return shlex.join(["bardsmith", "train", str(self.study), *place, *self.options])


def write_slurm(jobs: Jobs, runs: Sequence[RunConfig]) -> str:
    """Writes an array job for the runs of each number of GPUs; returns the commands that submit them."""
    by_gpus: dict[int, list[str]] = defaultdict(list)
    for run in runs:
        by_gpus[run.shards].append(run.name)
    files = []
    for gpus, names in by_gpus.items():
        text = SLURM.format(
            study=jobs.folder.root.name,
            last=len(names) - 1,
            gpus=f"#SBATCH --gres=gpu:{gpus}\n" if jobs.on_gpu else "",
            log=jobs.folder.training / "slurm-%A_%a.log",
            runs=shlex.join(names),
            command=jobs.command,
        )
        files.append(jobs.folder.training / f"slurm-{gpus}gpu.sh")
        write_text(files[-1], text)
    return "\n".join(f"sbatch {shlex.quote(str(file))}" for file in files)


def write_skypilot(jobs: Jobs, runs: Sequence[RunConfig]) -> str:
    """Writes a task for each run; returns the commands that launch them as managed jobs."""
    files = []
    for run in runs:
        cards = ", ".join(f"{card}: {run.shards}" for card in CARDS)
        text = SKYPILOT.format(
            study=jobs.folder.root.name,
            run=run.name,
            machine=f"  accelerators: {{{cards}}}\n" if jobs.on_gpu else "  cpus: 4+\n",
            study_place=json.dumps(str(jobs.study.parent)),  # YAML reads texts as JSON has them
            folder=json.dumps(str(jobs.folder.root)),
            command=jobs.command,
        )
        files.append(jobs.folder.training / f"skypilot-{run.name}.yaml")
        write_text(files[-1], text)
    return "\n".join(f"sky jobs launch --yes {shlex.quote(str(file))}" for file in files)
