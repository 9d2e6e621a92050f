"""How well and how fast the verse room reads verse, beside the libraries that are installed:

    python benchmarks/verse.py DATA [--sample 40] [--alone] [--speed] [--json FILE]

DATA/prosody holds the gold sets (chicago-rhyme, rhyme-broken, scansion-4b4v, scansion-epg64, scansion-litlab, forms,
register, junk, walker-pairs); docs/verse.md says what they are. The room's learned tables come from the same sets, so
these figures flatter it; benchmarks/verse_held_out.py has those of poems held out. bardsmith reads all rows; the slow
libraries (up to a second a poem) read SAMPLE poems of a set, and bardsmith those once more, so that the columns can be
compared. With --alone there is bardsmith only, with --speed only its speed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import prosody_gold as gold
from verse_peers import PEERS, Functions

from bardsmith import verse

MODERN = ("1718", "1819")
"""Files of chicago-rhyme with poets from about 1750 on."""
ROUNDS = 7

Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sample", type=int, default=40, help="poems of a set that the other libraries read")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    data = given.data / "prosody"
    columns = {} if given.speed else compared(data, given.sample, given.alone)
    if columns:
        _print_table(columns)
    speed = speeds(data)
    for name, value in speed.items():
        print(f"{name}: {value}")
    if given.json:
        given.json.write_text(json.dumps({"figures": columns, "speed": speed}, indent=1), encoding="utf-8")


def compared(data: Path, sample: int, alone: bool) -> dict[str, Figures]:
    """The figures by the name of what has them: bardsmith on all rows, then all libraries on a sample of each set."""
    ours: Functions = {name: getattr(verse, name) for name in ("rhyme", "stress", "meter", "pair")}
    columns = {"bardsmith": figures(ours, data) | strict(data) | gates(data)}
    sampled = {} if alone else {"bardsmith": ours, **peers()}
    for name, functions in sampled.items():
        columns[f"{name}, {sample} poems"] = figures(functions, data, sample)
    return columns


def figures(functions: Functions, data: Path, sample: int | None = None) -> Figures:
    """What any library may offer: rhyme, stress, meter, pairs of words; and poems of fourteen lines a second."""
    found: Figures = {}

    def read(name: str) -> list[gold.Row]:
        poems = gold.rows(data, name)
        return gold.spread(poems, sample) if sample else poems

    if rhyme := functions.get("rhyme"):
        chicago = read("chicago-rhyme")
        modern = [poem for poem in chicago if poem["era"] in MODERN]
        rhymed = [poem for poem in read("scansion-4b4v") if any(s.get("rhyme") for s in poem["stanzas"])]
        sets = {"modern": modern, "chicago": chicago, "broken": read("rhyme-broken"), "4b4v": rhymed}
        for name, poems in sets.items():
            found |= {f"rhyme, {name}: {key}": value for key, value in gold.rhyme_shares(rhyme, poems).items()}
        for form in ("blank verse", "free verse"):
            texts = [poem["text"] for poem in gold.rows(data, "forms") if poem["forms"][0] == form]
            found[f"said to rhyme: {form}"] = gold.chance_rhyme(rhyme, texts[:sample])
    for name, kind in (("4b4v", "stress"), ("epg64", "meter"), ("litlab", "meter")):
        if function := functions.get(kind):
            shares = gold.meter_shares(function, read(f"scansion-{name}"))
            found |= {f"{kind}, {name}: {key}": value for key, value in shares.items()}
    if pair := functions.get("pair"):
        found |= {f"walker pairs: {key}": value for key, value in gold.pair_shares(pair, data).items()}
    return found


def strict(data: Path) -> Figures:
    modern = [poem for poem in gold.rows(data, "chicago-rhyme") if poem["era"] in MODERN]
    return {
        f"strict rhyme, modern: {key}": value for key, value in gold.rhyme_shares(verse.rhyme_strict, modern).items()
    }


def gates(data: Path) -> Figures:
    """What no other library offers."""
    register = gold.rows(data, "register")
    parts = {
        "whole-poem meter": gold.measure_shares(verse.measure, gold.rows(data, "scansion-litlab")),
        "verse": gold.verse_shares(verse.verse, register),
        "wrapper": gold.wrapper_shares(verse.wrapper, register),
        "junk": gold.junk_shares(verse.junk, gold.rows(data, "junk")),
        "form": gold.form_shares(verse.form, gold.rows(data, "forms")),
    }
    return {f"{part}: {key}": value for part, shares in parts.items() for key, value in shares.items()}


def speeds(data: Path) -> dict[str, str]:
    """Poems of twelve to sixteen lines by a second of one processor, whatever else it does meanwhile: median and spread
    of ROUNDS; and seconds to start by the clock, and memory."""
    poems = [gold.text_of(row) for row in gold.rows(data, "forms")]
    fourteen = [text for text in poems if 12 <= sum(bool(line.strip()) for line in text.split("\n")) <= 16]

    def gate(text: str) -> object:
        return verse.verse(text) and not verse.junk(text) and not verse.wrapper(text)

    return {
        "everything, each poem once in a new process, poems a second": _once(fourteen),
        "everything, poems a second": _per_second(verse.analyse, fourteen),
        "gate only, poems a second": _per_second(gate, fourteen),
        "import and first poem; memory over the bare interpreter": _start(),
    }


def _per_second(function: Callable[[str], Any], texts: Sequence[str]) -> str:
    rates = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for text in texts:
            function(text)
        rates.append(len(texts) / (time.process_time() - start))
    return _spread(rates)


def _spread(rates: Sequence[float]) -> str:
    return f"{statistics.median(rates):,.0f} ({min(rates):,.0f}..{max(rates):,.0f})"


_EACH_ONCE = """
import json, sys, time
from bardsmith.verse import analyse
texts = json.load(sys.stdin)
start = time.process_time()
for text in texts:
    analyse(text)
print(len(texts) / (time.process_time() - start))
"""


def _once(texts: Sequence[str]) -> str:
    """Poems a second when nothing of them has been read before, the loading of the tables included."""
    given = json.dumps(texts)
    command = [sys.executable, "-c", _EACH_ONCE]
    runs = [subprocess.run(command, input=given, capture_output=True, check=True, text=True) for _ in range(ROUNDS)]
    return _spread([float(run.stdout) for run in runs])


_FIRST = """
import re, time
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read()).group(1)) / 1024
bare = peak()
start = time.perf_counter()
from bardsmith.verse import analyse
analyse("The time you won your town the race\\nWe chaired you through the market-place;\\n"
        "Man and boy stood cheering by,\\nAnd home we brought you shoulder-high.")
print(time.perf_counter() - start, peak() - bare)
"""


def _start() -> str:
    def once() -> list[float]:
        done = subprocess.run([sys.executable, "-c", _FIRST], capture_output=True, check=True)
        return [float(value) for value in done.stdout.split()]

    seconds, megabytes = zip(*(once() for _ in range(ROUNDS)), strict=True)
    spread = f"{statistics.median(seconds):.2f} s ({min(seconds):.2f}..{max(seconds):.2f})"
    return f"{spread}; {statistics.median(megabytes):.0f} MB"


def peers() -> dict[str, Functions]:
    """The other libraries that are installed."""
    found = {}
    for name, make in PEERS.items():
        with suppress(ImportError):
            found[name] = make()
    return found


def _print_table(columns: dict[str, Figures]) -> None:
    names = list(dict.fromkeys(name for found in columns.values() for name in found))
    print("| measure |", " | ".join(columns), "|")
    print("|---" * (len(columns) + 1) + "|")
    for name in names:
        cells = (f"{found[name]:.3f}" if name in found else "" for found in columns.values())
        print(f"| {name} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
