"""Measures verse by people, so that the card of a corpus can be read beside it.

    python scripts/measure_human_verse.py POEMS.jsonl ORIGIN DATE

POEMS.jsonl has poems of the public domain as `text`; ORIGIN says in a few words whose they are and where they are from,
DATE is the day, ISO 8601. Writes src/bardsmith/corpus/human_verse.json: figures only, no word of the poems. Our poems
are shared/data's poems_pd: 5,447 English poems of 4 to 48 lines by 117 poets who died by 1928.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bardsmith.corpus.sameness import human_verse
from bardsmith.corpus.sources.poems import poems
from bardsmith.outputs import write_text

OUT = Path(__file__).parents[1] / "src" / "bardsmith" / "corpus" / "human_verse.json"


def main() -> None:
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    path, origin, at = sys.argv[1:]
    measured = human_verse([poem.text for poem in poems(Path(path), None)], origin, at)
    write_text(OUT, measured.model_dump_json(indent=1) + "\n")


if __name__ == "__main__":
    main()
