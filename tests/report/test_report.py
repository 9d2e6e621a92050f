"""The report from result files alone: what it says, what it never lets out, and that it is the same every time."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fake_study import POEM, write_study

from bardsmith.errors import InputError
from bardsmith.evaluation.config import EvaluationConfig
from bardsmith.evaluation.runs import Trained
from bardsmith.evaluation.summary import summarise
from bardsmith.outputs import StudyFolder, read_records
from bardsmith.progress import Silent
from bardsmith.records import AnswerPace, Completion
from bardsmith.report import tables
from bardsmith.report.config import ReportConfig
from bardsmith.report.content import Drawn, gather
from bardsmith.report.examples import best_and_worst, scanned
from bardsmith.report.finding import _can, find
from bardsmith.report.inputs import read_results
from bardsmith.report.knowledge import knowledge
from bardsmith.report.main import main
from bardsmith.report.measures import BY_NAME, change
from bardsmith.report.reference_findings import reference_findings
from bardsmith.report.render import write_page
from bardsmith.report.writing import speed, writing
from bardsmith.results import Score

pytest.importorskip("matplotlib")
pytest.importorskip("typst")

NASTY = (
    "<script>alert('verse')</script> & <b>bold</b>\n"
    '#eval("1 + 1") *strong* $x^2$ @nobody #read("/etc/passwd") \\ // gone?\n'
    '=HYPERLINK("a", "b"), "quoted", {{ 7 * 7 }} {% raw %}\n'
    "naïve — 日本 🌸"
)


class Page(HTMLParser):
    """The page as a browser takes it apart: elements, attributes, shown text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [
            value or "" for name, value in attrs if name in ("href", "src", "xlink:href", "srcset", "action")
        ]

    def handle_data(self, data: str) -> None:
        self.text += data


def build(folder: StudyFolder, **settings: object) -> Page:
    """The whole stage."""
    main(ReportConfig.model_validate(settings), folder, Silent())
    return Page((folder.report / "index.html").read_text(encoding="utf-8"))


def page_alone(folder: StudyFolder) -> Page:
    """The page and the tables without the figures, which take most of the time."""
    results = read_results(folder)
    tables.write_all(folder.report / "tables", results)
    write_page(folder.report / "index.html", gather(ReportConfig.model_validate({}), results, Drawn((), (), ())))
    return Page((folder.report / "index.html").read_text(encoding="utf-8"))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    folder = write_study(tmp_path_factory.mktemp("plain"))
    build(folder)
    return folder


def test_the_finding_says_what_the_intervals_allow(plain: StudyFolder) -> None:
    page = Page((plain.report / "index.html").read_text(encoding="utf-8"))
    assert re.search(r"(lora|dora) answers in verse \d+\s% \[\d+,\s\d+\] of the time, base \d+\s% \[", page.text)
    assert re.search(r"between (lora and dora|dora and lora) no difference in quality can be shown", page.text)
    assert "Not validated by people" in page.text
    assert "one seed" in page.text


def test_every_announced_comparison_is_said_or_said_to_be_open(plain: StudyFolder) -> None:
    results = read_results(plain)
    finding = find(results)
    assert len(finding.can) + len(finding.cannot) == len(results.comparisons) > 0
    many = tuple(one.model_copy(update={"a": f"{one.a}-{i}"}) for one in results.comparisons for i in range(3))
    sentences = _can(many)
    assert any(re.match(r"In quality 6 runs are above base: lora-0 \+\d", sentence) for sentence in sentences)
    assert len(sentences) < len(many) / 2
    assert any("In the share of verse lora is above base by" in sentence for sentence in finding.can)
    assert any("Whether dora is above or below lora in quality" in sentence for sentence in finding.cannot)
    rows = rows_of(plain.report / "tables" / "comparisons.csv")
    assert {row["verdict"] for row in rows} == {"shown", "cannot tell"}


def test_the_reference_studys_findings_are_held_against_the_study(plain: StudyFolder) -> None:
    found = reference_findings(read_results(plain))
    assert [each.standing for each in found[:2]] == ["cannot tell", "cannot tell"]
    assert found[0].evidence.startswith("dora less lora in quality ")
    assert "no two runs differ only in how much they read" in found[1].evidence


def test_more_data_that_harms_supports_the_reference_study(tmp_path: Path) -> None:
    folder = write_study(tmp_path, runs=("lora-1k", "lora-7k"), prompts=60)
    study = folder.study.read_text(encoding="utf-8")
    for name, items in (("lora-1k", 1000), ("lora-7k", 7000)):
        study = study.replace(f"name: {name}", f"name: {name}\n    items: {items}")
    folder.study.write_text(study, encoding="utf-8")
    scores = [
        score.model_copy(update={"quality": 1.0}) if score.contestant == "lora-7k" else score
        for score in read_records(folder.scores, Score)
    ]
    completions = read_records(folder.completions, Completion)
    trained = {name: Trained(False) for name in ("lora-1k", "lora-7k")}
    summary = summarise(scores, completions, trained, EvaluationConfig(), 0)
    folder.summary.write_text(summary.model_dump_json(), encoding="utf-8")
    found = reference_findings(read_results(folder))[1]
    assert found.standing == "supported"
    assert "lora-7k less lora-1k in quality" in found.evidence
    assert "lora-7k loops" in found.evidence


def test_what_verse_and_tuning_cost_in_facts_is_told_apart(tmp_path: Path) -> None:
    folder = write_study(tmp_path, runs=("lora",), prompts=40, untrained=("base+verse",))
    rows = {row[0]: row[1:] for row in knowledge(read_results(folder)).rows}
    assert list(rows) == ["base", "base+verse", "lora"]
    results = read_results(folder)
    kept = {name: results.measures(name, "sampled")["fact_kept"].mean for name in rows}
    assert rows["lora"][1].startswith(change(BY_NAME["fact_kept"], kept["base+verse"] - kept["lora"]))
    assert rows["base+verse"][1].startswith(change(BY_NAME["fact_kept"], kept["base"] - kept["base+verse"]))
    assert rows["lora"][2] == f"{kept['lora'] / kept['base']:.0%}"
    assert rows["lora"][3:] == ("1.25", "80% to 70%")


def test_best_and_worst_poems_are_scanned(plain: StudyFolder) -> None:
    poems = best_and_worst(read_results(plain), {})
    assert [poem.title for poem in poems] == [
        "lora: best poem", "lora: worst poem", "dora: best poem", "dora: worst poem",
    ]  # fmt: skip
    first, second = poems[0].scansion.split("\n")[:2]
    assert second == "a  The kettle sings, the morning wakes,"
    assert first.count("/") == 4
    wide, _ = scanned("\n".join(["and so it goes on " * 9] * 4))
    assert max(map(len, wide.split("\n"))) < 70


def test_the_page_is_one_file_without_scripts_and_outside_references(plain: StudyFolder) -> None:
    page = Page((plain.report / "index.html").read_text(encoding="utf-8"))
    assert not {"script", "link", "iframe", "object", "embed", "img", "base", "form"} & set(page.tags)
    assert page.links
    assert all(link.startswith("#") for link in page.links)
    html = (plain.report / "index.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in html
    assert "http" not in html.replace("http-equiv", "")
    assert "@import" not in html
    assert "url(" not in html.replace("url(#", "")


def test_a_persons_folders_are_not_passed_on(plain: StudyFolder) -> None:
    html = (plain.report / "index.html").read_text(encoding="utf-8")
    assert "poems.jsonl" in html
    assert "/home/" not in html


def test_two_builds_give_the_same_bytes(plain: StudyFolder, tmp_path: Path) -> None:
    """In processes of their own, with another order of sets and another clock's second."""
    folder = write_study(tmp_path)
    code = (
        "import sys; from pathlib import Path; from bardsmith.outputs import StudyFolder; "
        "from bardsmith.progress import Silent; from bardsmith.report.config import ReportConfig; "
        "from bardsmith.report.main import main; main(ReportConfig(), StudyFolder(Path(sys.argv[1])), Silent())"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=120)
    assert digests(folder.report) == digests(plain.report)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_model_text_is_shown_and_never_read_as_anything_else(tmp_path: Path) -> None:
    folder = write_study(tmp_path, text=NASTY, question=NASTY, prompts=4)
    page = build(folder, title=NASTY, examples=2)
    assert "script" not in page.tags
    assert "b" not in page.tags
    for line in NASTY.split("\n"):
        assert line in page.text
    for row in rows_of(folder.report / "results" / "eval_judge_arena_lora.csv"):
        assert (row["text"], row["prompt"]) == (NASTY, NASTY)
    pdf = (folder.report / "report.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert pdf == (folder.report / "results" / "report.pdf").read_bytes()
    assert b"/JavaScript" not in pdf
    assert b"/URI" not in pdf


def test_line_breaks_of_an_answer_are_kept(plain: StudyFolder) -> None:
    assert POEM.rstrip("\n") in Page((plain.report / "index.html").read_text(encoding="utf-8")).text


def test_a_failed_run_is_named_and_has_no_numbers(tmp_path: Path) -> None:
    folder = write_study(tmp_path, runs=("lora", "dora"), failed=("dora",))
    page = build(folder)
    assert "dora failed and has no numbers: the GPU's memory was full at step 3." in page.text
    assert "Set batch_size: 1." in page.text
    results = folder.report / "results"
    assert list(json.loads((results / "eval_summary.json").read_text())) == ["judge_arena_base", "judge_arena_lora"]
    assert not list(results.glob("*dora*"))
    assert {row["contestant"] for row in rows_of(folder.report / "tables" / "measures.csv")} == {"base", "lora"}


def test_numbers_left_over_from_before_a_run_failed_are_not_shown(tmp_path: Path) -> None:
    folder = write_study(tmp_path)
    (folder.run("dora") / "manifest.json").unlink()
    (folder.run("dora") / "failure.json").write_text('{"what": "killed", "remedy": "Run it again."}', encoding="utf-8")
    page_alone(folder)
    for name in ("measures", "differences", "scores", "training"):
        assert "dora" not in (folder.report / "tables" / f"{name}.csv").read_text(encoding="utf-8")


def test_when_every_run_failed_only_the_base_model_is_described(tmp_path: Path) -> None:
    page = page_alone(write_study(tmp_path, runs=("lora",), failed=("lora",)))
    assert re.search(r"No run of this study has numbers; base answers in verse \d+", page.text)
    assert "No run left a training curve." in page.text


def test_a_held_out_item_that_was_trained_on_is_told(tmp_path: Path, plain: StudyFolder) -> None:
    assert "No item of these prompts is in the training" in (plain.report / "index.html").read_text(encoding="utf-8")
    folder = write_study(tmp_path)
    learnt = folder.train.read_text(encoding="utf-8").replace('"cakes-3"', '"item-5"')
    folder.train.write_text(learnt, encoding="utf-8")
    assert "1 share an item with the training" in page_alone(folder).text


def test_without_greedy_answers_none_are_spoken_of(tmp_path: Path) -> None:
    page = page_alone(write_study(tmp_path, greedy=False))
    assert "greedy" not in page.text.replace("arena.greedy", "").lower()


def test_the_results_folder_has_the_reference_studys_names_and_keys(plain: StudyFolder) -> None:
    results = plain.report / "results"
    assert {path.name for path in results.iterdir()} == {
        "eval_summary.json",
        "eval_summary.csv",
        "report.pdf",
        "training_metrics_dashboard.png",
        *(f"eval_judge_arena_{name}.csv" for name in ("base", "lora", "dora")),
        *(f"quality_dist_judge_arena_{name}.png" for name in ("base", "lora", "dora")),
    }
    entry = json.loads((results / "eval_summary.json").read_text(encoding="utf-8"))["judge_arena_lora"]
    assert (entry["sample_count"], entry["error_count"], entry["valid_count"]) == (20, 0, 20)
    rows = rows_of(results / "eval_judge_arena_lora.csv")
    columns = ["prompt", "text", "quality_score", "format_adherence", "failure", "notes", "error", "source"]
    assert list(rows[0])[:8] == columns
    assert {"complete", "relevant", "hard_failure", "quality_raw", "override"} < set(rows[0])
    assert list(entry)[:6] == [
        "avg_quality", "format_adherence_pct", "failure_rate_pct", "sample_count", "error_count", "valid_count",
    ]  # fmt: skip
    assert entry["measures"]["complete"].keys() >= {"mean", "low", "high", "prompts"}
    assert {(one["a"], one["b"]) for one in entry["tests"]} == {("lora", "base"), ("dora", "lora")}
    assert entry["avg_quality"] == pytest.approx(sum(float(row["quality_score"]) for row in rows) / 20)
    assert entry["format_adherence_pct"] == pytest.approx(sum(int(row["format_adherence"]) for row in rows) * 5)
    assert entry["failure_rate_pct"] == pytest.approx(sum(int(row["failure"]) for row in rows) * 5)
    assert set(entry["intervals_95"]) == {"avg_quality", "format_adherence_pct", "failure_rate_pct"}


def test_an_unscored_answer_is_counted_and_has_no_figure(tmp_path: Path) -> None:
    folder = write_study(tmp_path)
    lines = folder.scores.read_text(encoding="utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if '"lora"' in line and '"sampled"' in line)
    kept = {
        key: json.loads(lines[first])[key] for key in ("contestant", "prompt", "item", "kind", "decoding", "sample")
    }
    lines[first] = json.dumps({**kept, "error": "the text is no text"})
    folder.scores.write_text("\n".join(lines) + "\n", encoding="utf-8")
    page = build(folder, pdf=False)
    assert "1 answer could not be scored" in page.text
    row = rows_of(folder.report / "results" / "eval_judge_arena_lora.csv")[0]
    assert (row["quality_score"], row["format_adherence"], row["error"]) == ("", "", "the text is no text")
    entry = json.loads((folder.report / "results" / "eval_summary.json").read_text())["judge_arena_lora"]
    assert (entry["sample_count"], entry["error_count"], entry["valid_count"]) == (20, 1, 19)


def test_nothing_of_an_earlier_report_stays(tmp_path: Path) -> None:
    folder = write_study(tmp_path, runs=("lora",), prompts=4)
    for old in (folder.report / "report.pdf", folder.report / "results" / "eval_judge_arena_renamed.csv"):
        old.parent.mkdir(parents=True, exist_ok=True)
        old.write_text("of an earlier report", encoding="utf-8")
    build(folder, pdf=False)
    assert not list(folder.report.rglob("*.pdf"))
    assert not list(folder.report.rglob("*renamed*"))


@pytest.mark.parametrize("package", ["matplotlib", "typst"])
def test_a_missing_library_is_told_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError) as told:
        build(write_study(tmp_path))
    assert package in str(told.value)
    assert 'pip install "bardsmith[report]"' in str(told.value)


def test_a_missing_result_file_is_named(tmp_path: Path) -> None:
    folder = write_study(tmp_path)
    folder.summary.unlink()
    with pytest.raises(InputError, match=r"summary\.json is missing"):
        build(folder)


def test_how_they_write_and_how_fast_stand_in_tables_of_their_own(plain: StudyFolder) -> None:
    results = read_results(plain)
    grid = writing(results)
    assert grid.head[-3:] == ("stock words", "alike", "same opening")
    assert [row[0] for row in grid.rows] == ["base", "lora", "dora"]
    assert all(re.match(r"\d+\.\d\d\s% \[", row[-2]) for row in grid.rows)
    assert {row[2:4] for row in speed(results).rows} == {("200", "\N{EN DASH}")}, "no time of a single answer is known"
    assert {row["measure"] for row in rows_of(plain.report / "tables" / "measures.csv")} >= {"meter", "stock_words"}
    assert len(rows_of(plain.report / "tables" / "speed.csv")) == 3
    summary = json.loads((plain.report / "results" / "eval_summary.json").read_text(encoding="utf-8"))
    assert summary["judge_arena_lora"]["sameness"]["shared_runs"]["prompts"] == 20
    assert "How they write" in (plain.report / "index.html").read_text(encoding="utf-8")


def test_only_an_answer_that_was_asked_for_alone_has_a_time_of_its_own(plain: StudyFolder) -> None:
    alone = [AnswerPace(contestant="base", answers=1, tokens=30, seconds=seconds) for seconds in (1, 2, 9)]
    results = dataclasses.replace(read_results(plain), paces=tuple(alone))
    assert [row[:4] for row in speed(results).rows] == [("base", "3", "8", "2.0")]
