"""The job files of clusters, word for word, and that a shell and a YAML reader take them as meant."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bardsmith.outputs import StudyFolder
from bardsmith.training.config import RunConfig
from bardsmith.training.jobs import Jobs, write_skypilot, write_slurm

RUNS = [RunConfig(name="lora"), RunConfig(name="dora-r64", method="dora"), RunConfig(name="wide", shards=4)]

SLURM = """\
#!/bin/bash
# Runs of the study verses as one array job. Its folder must be on storage that all nodes share.
# A job that was cut off goes on from its last checkpoint once it is queued again. What sbatch is given goes before
# the lines below: sbatch --partition=NAME --time=24:00:00 --mem=64G THIS_FILE
#SBATCH --job-name=bardsmith-verses
#SBATCH --array=0-1
#SBATCH --ntasks=1
#SBATCH --gres=gpu:1
#SBATCH --requeue
#SBATCH --output={training}/slurm-%A_%a.log
set -euo pipefail
runs=(lora dora-r64)
exec bardsmith train '{study}' --outputs '{outputs}' --name verses --adapter-backend peft --run \
"${{runs[$SLURM_ARRAY_TASK_ID]}}"
"""


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    """Of a study in a folder whose name has a space, as on many desks."""
    study = tmp_path / "my studies" / "verses" / "study.yaml"
    return Jobs(study, StudyFolder(tmp_path / "all outputs" / "verses"), ("--adapter-backend", "peft"))


def test_slurm_gets_an_array_job_for_each_number_of_gpus(jobs: Jobs) -> None:
    told = write_slurm(jobs, RUNS)
    one, four = (jobs.folder.training / f"slurm-{gpus}gpu.sh" for gpus in (1, 4))
    places = {"training": jobs.folder.training, "study": jobs.study, "outputs": jobs.folder.root.parent}
    assert one.read_text() == SLURM.format(**places)
    assert "#SBATCH --gres=gpu:4\n" in four.read_text()
    assert "#SBATCH --array=0-0\n" in four.read_text()
    assert told.splitlines() == [f"sbatch '{one}'", f"sbatch '{four}'"]


def test_without_gpus_none_is_asked_for(jobs: Jobs) -> None:
    on_cpu = Jobs(jobs.study, jobs.folder, on_gpu=False)
    write_slurm(on_cpu, RUNS[:1])
    write_skypilot(on_cpu, RUNS[:1])
    assert "gres" not in (jobs.folder.training / "slurm-1gpu.sh").read_text()
    assert yaml.safe_load((jobs.folder.training / "skypilot-lora.yaml").read_text())["resources"]["cpus"] == "4+"


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_each_job_of_an_array_trains_its_own_run(jobs: Jobs, tmp_path: Path) -> None:
    """The file is run by bash with a `bardsmith` that prints its words."""
    write_slurm(jobs, RUNS)
    (tmp_path / "bardsmith").write_text('#!/bin/bash\nprintf "%s\\n" "$@"\n')
    (tmp_path / "bardsmith").chmod(0o755)
    file = jobs.folder.training / "slurm-1gpu.sh"
    subprocess.run(["bash", "-n", str(file)], check=True)
    for number, run in enumerate(("lora", "dora-r64")):
        environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "SLURM_ARRAY_TASK_ID": str(number)}
        done = subprocess.run(["bash", str(file)], env=environment, capture_output=True, text=True, check=True)
        words = done.stdout.splitlines()
        assert words[:4] == ["train", str(jobs.study), "--outputs", str(jobs.folder.root.parent)]
        assert words[4:] == ["--name", "verses", "--adapter-backend", "peft", "--run", run]


def test_skypilot_gets_a_task_for_each_run(jobs: Jobs) -> None:
    told = write_skypilot(jobs, RUNS)
    tasks = [yaml.safe_load((jobs.folder.training / f"skypilot-{run.name}.yaml").read_text()) for run in RUNS]
    assert [task["name"] for task in tasks] == [f"bardsmith-verses-{run.name}" for run in RUNS]
    assert [task["resources"]["accelerators"]["H100"] for task in tasks] == [1, 1, 4]
    folder, study = str(jobs.folder.root), str(jobs.study.parent)
    assert tasks[0]["file_mounts"] == {
        study: study,
        folder: {"name": "bardsmith-verses", "source": folder, "mode": "MOUNT_CACHED"},
    }
    assert tasks[1]["run"].endswith("--adapter-backend peft --run dora-r64\n")
    assert told.count("sky jobs launch") == 3
