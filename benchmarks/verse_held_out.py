"""What the verse room reaches on poems that its learned tables have not seen:

    python benchmarks/verse_held_out.py DATA

Halves the gold sets (poems that share a line stay together, whichever sets they are in), learns every table on one half
in a copy of the project, scores the copy on the other half, and the other way round. Rules and thresholds were set by
hand with all of it in sight, so this shows what the tables hold beyond their own poems, not more.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

PROJECT = Path(__file__).parents[1]
LEARNERS = ("build_vocabulary.py", "learn_diction.py", "learn_rhymes.py", "learn_beats.py", "learn_stress.py")
SHARED_LINE = 20
"""Letters of a line that make two texts kin."""


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    data = Path(sys.argv[1])
    kin = _kin(data)
    columns = {}
    for half in (0, 1):
        with tempfile.TemporaryDirectory() as folder:
            here = Path(folder)
            _split(data, kin, half, here / "learn", here / "score")
            columns[f"half {half}"] = _scored(here)
    print("| measure | " + " | ".join(columns) + " | mean |")
    print("|---" * (len(columns) + 2) + "|")
    for name in dict.fromkeys(name for found in columns.values() for name in found):
        values = [found[name] for found in columns.values() if name in found]
        cells = [f"{found[name]:.3f}" if name in found else "" for found in columns.values()]
        print(f"| {name} |", " | ".join(cells), f"| {sum(values) / len(values):.3f} |")


def _rows(data: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted([*data.glob("prosody/*/*.jsonl"), data / "poems_pd" / "poems.jsonl"]):
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield path, json.loads(line)


def _lines(row: dict[str, Any]) -> list[str]:
    found = row["text"].split("\n") if "text" in row else [line for s in row["stanzas"] for line in s["lines"]]
    return ["".join(filter(str.isalpha, line.lower())) for line in found]


def _kin(data: Path) -> dict[str, str]:
    """For each long line the name of its family: lines that stand in one text are of one family."""
    parents: dict[str, str] = {}

    def root(line: str) -> str:
        while parents.setdefault(line, line) != line:
            parents[line] = parents[parents[line]]
            line = parents[line]
        return line

    for _, row in _rows(data):
        long = [line for line in _lines(row) if len(line) >= SHARED_LINE]
        for line in long[1:]:
            parents[root(line)] = root(long[0])
    return {line: root(line) for line in parents}


def _split(data: Path, kin: dict[str, str], half: int, learn: Path, score: Path) -> None:
    """Writes the rows of one half below `learn` and the others below `score`; the pairs of words go by lines."""
    for path, row in _rows(data):
        lines = _lines(row)
        family = next((kin[line] for line in lines if line in kin), "".join(lines))
        target = (learn if crc32(family.encode()) % 2 == half else score) / path.relative_to(data)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    head, *pairs = (data / "prosody/walker-pairs/walker-pairs.tsv").read_text(encoding="utf-8").splitlines()
    for folder, which in ((learn, half), (score, 1 - half)):
        target = folder / "prosody/walker-pairs/walker-pairs.tsv"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join([head, *(p for p in pairs if crc32(p.encode()) % 2 == which)]) + "\n", "utf-8")


def _scored(here: Path) -> dict[str, float]:
    """Learns in a copy of the project below `here` and scores it."""
    shutil.copytree(PROJECT / "src", here / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PROJECT / "scripts", here / "scripts")
    surroundings = {**os.environ, "PYTHONPATH": str(here / "src"), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*words: str | Path) -> None:
        subprocess.run([sys.executable, *map(str, words)], env=surroundings, check=True, stdout=subprocess.DEVNULL)

    for script in LEARNERS:
        run(here / "scripts" / script, here / "learn")
    run(PROJECT / "benchmarks" / "verse.py", here / "score", "--alone", "--json", here / "figures.json")
    found: dict[str, float] = json.loads((here / "figures.json").read_text(encoding="utf-8"))["figures"]["bardsmith"]
    return found


if __name__ == "__main__":
    main()
