"""Which room may import which: holds the table, reads the imports of every file without running one."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "bardsmith"

STAGES = {"corpus", "training", "arena", "evaluation", "report"}
GROUND = {
    "errors",
    "records",
    "results",
    "outputs",
    "standing",
    "progress",
    "workers",
    "overlap",
    "token_view",
    "probing",
    "agreement",
    "numerals",
}
MAY_IMPORT = {
    "errors": set(),
    "records": {"errors"},
    "results": {"records"},
    "outputs": {"errors", "records"},
    "standing": {"errors", "records", "outputs"},
    "progress": {"errors", "records", "outputs"},
    "workers": {"errors", "records", "outputs", "progress"},
    "overlap": {"records"},
    "token_view": set(),
    "probing": {"records", "results"},
    "agreement": set(),
    "numerals": set(),
    "verse": GROUND,
    "llm": GROUND | {"models"},  # models only in providers/local.py, inside a function
    "models": GROUND,
    "corpus": GROUND | {"llm", "verse"},
    "training": GROUND | {"models", "verse"},
    "arena": GROUND | {"models", "llm", "verse"},
    "evaluation": GROUND | {"llm", "verse"},
    "report": GROUND | {"verse"},
    "study": GROUND,  # and every stage's and the models' config
    "workshop": GROUND | {"study"},  # and corpus, llm, models inside its functions
    "pipeline": GROUND | {"study", "workshop"},  # and a stage's main, inside the function that calls it
    "runs_table": GROUND,
    "terminal": GROUND | {"runs_table"},
    "recital": GROUND | {"verse"},
    "corpus_commands": GROUND | {"study", "pipeline", "terminal", "workshop"},  # likewise
    "training_commands": GROUND | {"study", "pipeline", "runs_table", "terminal", "workshop"},  # likewise
    "arena_commands": GROUND | {"study", "pipeline", "terminal"},  # likewise, and the arena inside its functions
    "evaluation_commands": GROUND | {"study", "pipeline", "terminal"},  # and evaluation, report inside its functions
    "cli": GROUND
    | {"study", "pipeline", "runs_table", "terminal", "recital", "verse"}
    | {"corpus_commands", "training_commands", "arena_commands", "evaluation_commands"},
    "__main__": {"cli"},
}
ENTRANCES = (["main"], ["making"], ["reading"], ["dashboard"], ["jobs"], ["preflight", "main"], ["plan", "main"])
"""Files of a stage that the pipeline and the commands call."""
HEAVY = {"torch", "ray", "transformers", "peft", "trl", "datasets", "matplotlib", "typst"}
LIGHT_FILES = {"config.py", "main.py", "sequence.py", "journal.py", "card.py", "jobs.py", "local.py", "cluster.py"}
"""Files that the program's own process loads, in the two rooms whose other files only its workers load."""


@dataclass(frozen=True)
class Import:
    module: str
    line: int
    inside_function: bool
    for_types_only: bool


def imports_of(source: str, package: str) -> list[Import]:
    """Every import of a module's source; `package` is the dotted name that relative imports start from."""
    found: list[Import] = []

    def visit(node: ast.AST, inside_function: bool, for_types_only: bool) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.extend(
                Import(name, node.lineno, inside_function, for_types_only) for name in _names(node, package.split("."))
            )
        inside_function = inside_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for statement in node.body:
                visit(statement, inside_function, True)
            for statement in node.orelse:
                visit(statement, inside_function, for_types_only)
            return
        for child in ast.iter_child_nodes(node):
            visit(child, inside_function, for_types_only)

    visit(ast.parse(source), False, False)
    return found


def _names(node: ast.Import | ast.ImportFrom, package: list[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    start = package[: len(package) - node.level + 1] if node.level else []
    module = [*start, *(node.module.split(".") if node.module else [])]
    for alias in node.names:
        # `from bardsmith.training import config` names a module, `from bardsmith.errors import Fault` what is in one.
        file = PACKAGE.joinpath(*module[1:], alias.name)
        is_module = module[0] == "bardsmith" and (file.is_dir() or file.with_suffix(".py").is_file())
        yield ".".join([*module, alias.name] if is_module else module)


def faults_of(file: Path, source: str) -> list[str]:
    """`file:line: what is wrong`, for a file given by its path inside the package."""
    room = file.parts[0].removesuffix(".py")
    if room not in MAY_IMPORT:
        return [f"{file}:1: the room {room} is not in the table"]
    package = ".".join(["bardsmith", *file.parts[:-1]])
    faults = []
    for found in imports_of(source, package):
        root, *target = found.module.split(".")
        if root == "bardsmith" and target and not _may_import(room, target, found):
            faults.append(f"{file}:{found.line}: {room} may not import {found.module} here")
        if root in HEAVY and not (found.inside_function or found.for_types_only or _is_worker_side(file)):
            faults.append(f"{file}:{found.line}: {root} must be imported inside the function that needs it")
        if file.name == "config.py" and not _is_light(root, target):
            faults.append(f"{file}:{found.line}: a config.py may not import {found.module}")
    return faults


def _may_import(room: str, target: list[str], found: Import) -> bool:
    late = found.inside_function or found.for_types_only
    if target[0] == room or target[0] in MAY_IMPORT[room]:
        return True
    if room == "study":
        return target[0] in STAGES | {"models", "llm"} and target[1:] == ["config"]
    if room in {"corpus_commands", "workshop"}:
        return target[0] in {"corpus", "llm", "models"} and late
    if room == "arena_commands":
        return target[0] == "arena" and late
    if room == "evaluation_commands":
        return target[0] in {"evaluation", "report"} and late
    return room in {"cli", "pipeline", "training_commands"} and target[0] in STAGES and target[1:] in ENTRANCES and late


def _is_worker_side(file: Path) -> bool:
    return file.parts[0] in {"models", "training"} and file.name not in LIGHT_FILES


def _is_light(root: str, target: list[str]) -> bool:
    own = root == "bardsmith" and (target[0] in GROUND or target[:2] == ["llm", "config"])
    return own or root in {*sys.stdlib_module_names, "pydantic"}


def test_every_import_keeps_to_the_table() -> None:
    faults = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name != "__init__.py":
            faults += faults_of(path.relative_to(PACKAGE), path.read_text(encoding="utf-8"))
    assert not faults, "\n" + "\n".join(f"src/bardsmith/{fault}" for fault in faults)


def test_init_files_are_there_and_empty_but_for_the_face_of_the_verse_room() -> None:
    rooms = sorted({path.parent for path in PACKAGE.rglob("*.py")})
    assert [room.name for room in rooms if not (room / "__init__.py").is_file()] == []
    assert [path.parent.name for path in PACKAGE.rglob("__init__.py") if path.stat().st_size] == ["verse"]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("arena/main.py", "\nfrom bardsmith.training.main import run"),
        ("arena/main.py", "\nfrom ..training import config"),
        ("arena/main.py", "\ndef run():  \n    import bardsmith.training.main"),
        ("verse/rhyming/scheme.py", "\nfrom bardsmith import models"),
        ("records.py", "\nfrom bardsmith.outputs import digest"),
        ("study/load.py", "\nfrom bardsmith.training.main import run"),
        ("training/main.py", "\nfrom bardsmith.study.spec import Study"),
        ("cli.py", "\nfrom bardsmith.arena.main import run"),
        ("cli.py", "\ndef run():\n    from bardsmith.models.load import load"),
        ("report/charts.py", "\nimport matplotlib.pyplot as plt"),
        ("report/charts.py", "\nclass Chart:\n    from matplotlib import pyplot"),
        ("training/main.py", "\nif True:\n    import torch"),
        ("models/config.py", "\nimport numpy"),
        ("utils.py", ""),
    ],
)
def test_a_forbidden_import_is_found_with_its_line(file: str, source: str) -> None:
    faults = faults_of(Path(file), source)
    wanted = next((number for number, line in enumerate(source.split("\n"), 1) if "import" in line), 1)
    assert [fault.split(": ")[0] for fault in faults] == [f"{Path(file)}:{wanted}"]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("arena/main.py", "from bardsmith.models.load import load\nfrom bardsmith.arena.config import ArenaConfig"),
        ("study/spec.py", "from bardsmith.training.config import TrainingConfig"),
        ("cli.py", "def run():\n    from bardsmith.arena.main import main"),
        ("cli.py", "from bardsmith import pipeline"),
        ("pipeline.py", "from bardsmith.study.load import load_study\nfrom bardsmith.outputs import digest"),
        ("training/trainer.py", "import torch"),
        ("report/charts.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from matplotlib import figure"),
        ("report/charts.py", "def draw():\n    import matplotlib"),
    ],
)
def test_an_allowed_import_is_let_through(file: str, source: str) -> None:
    assert faults_of(Path(file), source) == []
