"""Every reader takes its source as it is published, streams it, and tells all faulty rows before the first good one."""

from __future__ import annotations

import json
import os
import tracemalloc
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bardsmith.corpus.config import SourceConfig
from bardsmith.corpus.sources.read import poems, talks
from bardsmith.corpus.sources.shapes import SourcePoem, SourceTalk
from bardsmith.errors import InputError

DATA = Path(os.environ.get("BARDSMITH_DATA", ""))
with_data = pytest.mark.skipif("BARDSMITH_DATA" not in os.environ, reason="BARDSMITH_DATA names no folder of real rows")


def source(reader: str, path: Path | None = None, **more: Any) -> SourceConfig:
    return SourceConfig.model_validate({"reader": reader, "path": path, **more})


def jsonl(path: Path, rows: Iterable[object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    arrow, writer = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    writer.write_table(arrow.Table.from_pylist(rows), path)
    return path


def roles(talk: SourceTalk) -> list[str]:
    return [message.role for message in talk.messages]


class TestPoems:
    def test_jsonl_with_what_is_known(self, tmp_path: Path) -> None:
        rows = [
            {"text": "a\r\nb\n\n\n\nc  \n"},
            {"id": 7, "Title": "T", "poet": "P", "POEM": "x", "license": "CC0-1.0"},
        ]
        first, second = poems(source("poems", jsonl(tmp_path / "my.jsonl", rows), licence="MIT"))
        assert first == SourcePoem(id="my-1", text="a\nb\n\nc", source="my.jsonl", licence="MIT")
        assert second == SourcePoem(id="7", title="T", author="P", text="x", source="my.jsonl", licence="CC0-1.0")

    @pytest.mark.parametrize("column", ["text", "poem", "Verse", " Poem "])
    def test_csv_by_a_named_column(self, tmp_path: Path, column: str) -> None:
        path = tmp_path / "my.csv"
        path.write_bytes(f'\ufeff,Title,{column}\r\n\r\n0,"Two, three","one\r\r\ntwo"\r\n'.encode())
        assert [(poem.id, poem.title, poem.text) for poem in poems(source("poems", path))] == [
            ("my-1", "Two, three", "one\ntwo")
        ]

    def test_csv_without_such_a_column_says_which_there_are(self, tmp_path: Path) -> None:
        path = tmp_path / "my.csv"
        path.write_text("Name,Strophes\na,b\n")
        with pytest.raises(InputError, match=r"text or poem or verse.*found Name, Strophes"):
            next(poems(source("poems", path)))

    def test_all_faulty_rows_are_told_before_the_first_poem(self, tmp_path: Path) -> None:
        path = tmp_path / "my.jsonl"
        path.write_bytes(
            b'{"text": "good"}\n{"txt": "a"}\n\n{"text": ""}\n{"text": \n'
            b'{"text": "caf\xe9"}\n{"id": "my-1", "text": "b"}\n["text"]\n'
        )
        with pytest.raises(InputError) as told:
            next(poems(source("poems", path)))
        assert [str(fault.where).rsplit(":")[-1] for fault in told.value.faults] == ["2", "4", "5", "6", "7", "8"]
        assert "found txt" in told.value.faults[0].what
        assert "'my-1' stood on a row before" in told.value.faults[4].what

    def test_a_row_of_too_many_columns_is_told(self, tmp_path: Path) -> None:
        path = tmp_path / "my.csv"
        path.write_text('title,text\na,"b\nc"\nd,e, unquoted\n')
        with pytest.raises(InputError, match=r"my\.csv:4: 3 columns where the header has 2"):
            next(poems(source("poems", path)))

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("a.jsonl", None, "is missing"),
            ("a.csv", b"text\ncaf\xe9\n", "a.csv:2: not UTF-8"),
            ("a.csv", b'text\n"never closed\n', "unexpected end of data"),
        ],
    )
    def test_what_cannot_be_read_is_told(self, tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=said):
            next(poems(source("poems", tmp_path / name)))

    def test_a_large_file_is_not_held_in_memory(self, tmp_path: Path) -> None:
        path = tmp_path / "large.jsonl"
        with path.open("w") as file:
            file.writelines(json.dumps({"id": str(i), "text": "la " * 1000}) + "\n" for i in range(3000))
        tracemalloc.start()
        try:
            assert sum(1 for _ in poems(source("poems", path))) == 3000
            assert tracemalloc.get_traced_memory()[1] < 2_000_000
        finally:
            tracemalloc.stop()

    @with_data
    def test_real_poems(self) -> None:
        rows = list(poems(source("poems", DATA / "poems_pd" / "poems.jsonl", licence="public domain", take=2000)))
        assert len({poem.id for poem in rows}) == 2000
        assert all(poem.title and poem.author and poem.licence == "public domain" for poem in rows)
        assert all("\n" in poem.text and poem.text == poem.text.strip("\n") for poem in rows)


def pcd_file(path: Path, meters: str, header: str = ",Verse,Meter") -> Path:
    names = {"i": "Iambic", "t": "Trochee"}
    lines = [f'{n},"Line {n}, of verse",{names[meter]}' for n, meter in enumerate(meters)]
    if not header.startswith(","):
        lines = [line.split(",", 1)[1] for line in lines]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


class TestPcd:
    @pytest.mark.parametrize("header", [",Verse,Meter", "Verse,Meter", "verse,meter", ",VERSE,METER"])
    def test_lines_of_one_metre_are_joined(self, tmp_path: Path, header: str) -> None:
        found = list(poems(source("pcd", pcd_file(tmp_path / "p.csv", "i" * 60 + "t" * 3 + "i" * 25, header))))
        assert [poem.id for poem in found] == ["pcd-1-15", "pcd-16-30", "pcd-31-45", "pcd-46-60", "pcd-61-63",
                                               "pcd-64-76", "pcd-77-88"]  # fmt: skip
        assert found[1].text == "\n".join(f"Line {n}, of verse" for n in range(15, 30))
        assert all("joined" in poem.source and "not a poem" in poem.source for poem in found)
        assert {(poem.title, poem.author, poem.licence) for poem in found} == {(None, None, None)}

    @pytest.mark.parametrize("lines", range(1, 61))
    def test_every_line_is_in_one_passage_and_none_is_a_scrap(self, tmp_path: Path, lines: int) -> None:
        found = list(poems(source("pcd", pcd_file(tmp_path / "p.csv", "i" * lines))))
        assert "\n".join(poem.text for poem in found) == "\n".join(f"Line {n}, of verse" for n in range(lines))
        assert all(min(8, lines) <= len(poem.text.split("\n")) <= 22 for poem in found)

    def test_passages_that_were_joined_before_stand_for_themselves(self, tmp_path: Path) -> None:
        path = tmp_path / "poem_condense.csv"
        path.write_text('Verse,Meter,char_count\n"a\nb",Iambic,3\n"c\nd",Iambic,3\ne,Iambic,1\nf,iambic,1\n')
        assert [poem.text for poem in poems(source("pcd", path))] == ["a\nb", "c\nd", "e\nf"]

    def test_faulty_rows_and_columns_are_told(self, tmp_path: Path) -> None:
        path = tmp_path / "p.csv"
        path.write_text(",Verse,Meter\n0,a,Iambic\n1,b\n2,c,\n")
        with pytest.raises(InputError, match=r"(?s)p\.csv:3: 2 columns.*p\.csv:4: meter"):
            next(poems(source("pcd", path)))
        path.write_text("Line,Mater\n")
        with pytest.raises(InputError, match=r"(?s)Verse and Meter are wanted.*Found Line, Mater"):
            next(poems(source("pcd", path)))


HOWTO = {"conversations": ["How to cut carbon arrows?", "Measure first."], "source": "wikihow"}


class TestLima:
    def test_only_its_howto_rows_are_taken(self, tmp_path: Path) -> None:
        rows = [
            {"conversations": ["Hi", "Hello", "And?", "Well."], "source": "multi_turn"},
            HOWTO,
            {"conversations": ["Only a question?"], "source": "stackexchange"},
            {"conversations": ["How?", "So.", "And then?", "So."], "source": "wikihow"},
            {"conversations": ["How?", "So.", "Thanks!"], "source": "wikihow"},
        ]
        one, turns, thanked = talks(source("lima", jsonl(tmp_path / "train.jsonl", rows)))
        assert (one.id, one.kind, one.question, one.answer) == (
            "lima-2",
            "howto",
            HOWTO["conversations"][0],
            "Measure first.",
        )
        assert "NC" in (one.licence or "")
        assert (roles(turns), turns.question) == (["user", "assistant", "user"], "And then?")
        assert (roles(thanked), thanked.answer) == (["user"], "So.")

    def test_rows_without_an_answer_are_told(self, tmp_path: Path) -> None:
        path = jsonl(
            tmp_path / "test.jsonl", [HOWTO, {"conversations": ["How?"], "source": "wikihow"}, {"source": "x"}]
        )
        with pytest.raises(InputError) as told:
            next(talks(source("lima", path)))
        assert [str(fault.where).rsplit(":")[-1] for fault in told.value.faults] == ["2", "3"]

    @with_data
    def test_real_rows(self) -> None:
        rows = list(talks(source("lima", DATA / "lima_howto" / "lima_howto.jsonl")))
        assert len(rows) == 200
        assert all(row.question.startswith("How") and len(row.answer.split()) > 50 for row in rows)


def no_robots_row(n: int, category: str, *messages: tuple[str, str]) -> dict[str, Any]:
    said = messages or (("user", f"Question {n}?"), ("assistant", "308"))
    turns = [{"content": content, "role": role} for role, content in said]
    return {"prompt": said[0][1], "prompt_id": f"{n:064x}", "messages": turns, "category": category}


ROBOTS = [
    no_robots_row(1, "Open QA"),
    no_robots_row(2, "Closed QA", ("user", "A passage.\n\nWho?"), ("assistant", "Ada Lovelace.")),
    no_robots_row(3, "Summarize", ("system", "Be brief."), ("user", "Long."), ("assistant", "Short.")),
    no_robots_row(4, "Chat", ("system", "You are Al."), ("user", "Hi"), ("assistant", "Yo")),
    no_robots_row(5, "Generation"),
    no_robots_row(6, "open_qa", ("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")),
]
TAKEN = [(f"{n:064x}", kind) for n, kind in ((1, "open_qa"), (2, "closed_qa"), (3, "summarize"), (6, "open_qa"))]


class TestNoRobots:
    @pytest.mark.parametrize(
        "name", ["data/train-00000-of-00001.parquet", "train_sft.parquet", "any.parquet", "x.jsonl"]
    )
    @pytest.mark.parametrize("by_folder", [True, False])
    def test_a_folder_or_a_file(self, tmp_path: Path, name: str, by_folder: bool) -> None:
        file = (jsonl if name.endswith("jsonl") else parquet)(tmp_path / name, ROBOTS)
        found = list(talks(source("no_robots", tmp_path if by_folder else file)))
        assert [(talk.id, talk.kind) for talk in found] == TAKEN
        assert [roles(talk) for talk in found] == [
            ["user"],
            ["user"],
            ["system", "user"],
            ["user", "assistant", "user"],
        ]
        assert [talk.reference for talk in found][:3] == [
            ("308", "three hundred eight", "three hundred and eight"), ("Ada Lovelace",), (),
        ]  # fmt: skip
        assert {talk.licence for talk in found} == {"CC-BY-NC-4.0"}

    def test_of_a_folder_only_the_training_split(self, tmp_path: Path) -> None:
        parquet(tmp_path / "data" / "train-00000-of-00001.parquet", ROBOTS[:1])
        parquet(tmp_path / "data" / "test-00000-of-00001.parquet", ROBOTS[1:])
        assert [talk.kind for talk in talks(source("no_robots", tmp_path))] == ["open_qa"]

    @pytest.mark.parametrize("split", ["train", "train_sft"])
    def test_a_hub_id(self, monkeypatch: pytest.MonkeyPatch, split: str) -> None:
        datasets = pytest.importorskip("datasets")
        table = datasets.DatasetDict(
            {"test": datasets.Dataset.from_list([]), split: datasets.Dataset.from_list(ROBOTS)}
        )
        monkeypatch.setattr(datasets, "load_dataset", {"HuggingFaceH4/no_robots": table}.__getitem__)
        found = talks(source("no_robots", Path("HuggingFaceH4/no_robots")))
        assert [(talk.id, talk.kind) for talk in found] == TAKEN

    def test_what_is_not_there_is_told(self, tmp_path: Path) -> None:
        pytest.importorskip("datasets")
        with pytest.raises(InputError, match="holds no parquet"):
            next(talks(source("no_robots", tmp_path)))
        with pytest.raises(InputError, match="is missing"):
            next(talks(source("no_robots", tmp_path / "train.parquet")))
        with pytest.raises(InputError, match="nobody/nothing is no file or folder here, and the hub"):
            next(talks(source("no_robots", Path("nobody/nothing"))))
        (tmp_path / "train.parquet").write_text("no parquet")
        with pytest.raises(InputError, match="no sound parquet"):
            next(talks(source("no_robots", tmp_path)))

    def test_faulty_rows_are_told(self, tmp_path: Path) -> None:
        skipped = no_robots_row(7, "Open QA", ("assistant", "a"), ("assistant", "b"))
        file = parquet(tmp_path / "train.parquet", [*ROBOTS, skipped, ROBOTS[0]])
        with pytest.raises(InputError, match=r"(?s)parquet row 7: .*alternate.*parquet row 8: .*stood on a row before"):
            next(talks(source("no_robots", file)))


class TestDolly:
    def test_the_context_becomes_the_passage(self, tmp_path: Path) -> None:
        rows = [
            {"instruction": "Who?", "context": "A passage.", "response": "Ada", "category": "closed_qa"},
            {"instruction": "Why?", "context": "", "response": "Because it is so.", "category": "open_qa"},
            {"instruction": "Sum up.", "context": "Long.", "response": "Short", "category": "summarization"},
            {"instruction": "Invent!", "context": "", "response": "Ok", "category": "creative_writing"},
        ]
        found = list(talks(source("dolly", jsonl(tmp_path / "d.jsonl", rows))))
        assert [(talk.id, talk.kind, talk.question, talk.reference) for talk in found] == [
            ("dolly-1", "closed_qa", "A passage.\n\nWho?", ("Ada",)),
            ("dolly-2", "open_qa", "Why?", ()),
            ("dolly-3", "summarize", "Long.\n\nSum up.", ()),
        ]
        assert {talk.licence for talk in found} == {"CC-BY-SA-3.0"}

    @with_data
    def test_real_rows(self) -> None:
        rows = list(talks(source("dolly", DATA / "dolly_open_qa" / "open_qa.jsonl")))
        assert len(rows) == 3742
        assert {row.kind for row in rows} == {"open_qa"}
        assert 400 < sum(bool(row.reference) for row in rows) < 600
        assert all(len(row.answer.split()) <= 4 for row in rows if row.reference)


def chat(*said: str) -> dict[str, Any]:
    return {"messages": [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(said)]}


class TestMessages:
    def test_our_own_shape_and_the_bare_one(self, tmp_path: Path) -> None:
        own = {"id": "x", "item": "i", "kind": "fact", "reference": ["Ottawa"], "licence": "CC0-1.0", "source": "me"}
        rows = [own | chat("Capital?", "Ottawa, of course it is."), chat("Hi", "Hello") | {"prompt_id": "p"},
                {"kind": "fact"} | chat("How many?", "Twelve")]  # fmt: skip
        known, bare, short = talks(source("messages", jsonl(tmp_path / "c.jsonl", rows), licence="MIT"))
        assert (known.id, known.kind, known.reference, known.licence, known.source) == (
            "x", "fact", ("Ottawa",), "CC0-1.0", "me",
        )  # fmt: skip
        assert (bare.id, bare.kind, bare.reference, bare.licence, bare.source) == ("c-2", "chat", (), "MIT", "c.jsonl")
        assert short.reference == ("Twelve", "12")

    def test_faulty_rows_are_told(self, tmp_path: Path) -> None:
        rows = [
            chat("Hi", "Hello"),
            chat("Hi"),
            chat("a", "b", "c"),
            chat("a", "b") | {"kind": "poetry"},
            {"text": "x"},
        ]
        with pytest.raises(InputError) as told:
            next(talks(source("messages", jsonl(tmp_path / "c.jsonl", rows))))
        assert [str(fault.where).rsplit(":")[-1] for fault in told.value.faults] == ["2", "3", "4", "5"]


def test_the_starter_is_a_source_of_poems_and_of_talks() -> None:
    assert len(list(poems(source("starter")))) >= 80
    found = list(talks(source("starter")))
    assert set(Counter(talk.kind for talk in found)) == {"howto", "fact", "closed_qa", "open_qa", "summarize", "chat"}
    assert all(talk.reference for talk in found if talk.kind in ("fact", "closed_qa"))
    assert {(talk.source, talk.licence) for talk in found} == {("starter", "CC0-1.0")}
    assert len({talk.id for talk in found}) == len(found)


def test_take_ends_a_source_early() -> None:
    assert len(list(talks(source("starter", take=3)))) == 3


def test_a_reader_of_the_other_kind_is_refused() -> None:
    with pytest.raises(InputError, match=r"a dolly source holds no poems\s+Those that do: poems, pcd, starter"):
        poems(source("dolly", Path("x")))
    with pytest.raises(InputError, match="a pcd source holds no conversations"):
        talks(source("pcd", Path("x")))


@pytest.mark.parametrize(("reader", "path"), [("starter", "x"), ("poems", None), ("poem", "x")])
def test_a_source_has_a_known_reader_and_a_path_unless_it_ships(reader: str, path: str | None) -> None:
    with pytest.raises(ValidationError):
        SourceConfig.model_validate({"reader": reader, "path": path})
