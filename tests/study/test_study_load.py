"""A study is found, read as meant, written complete, and told apart from another."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bardsmith.errors import InputError
from bardsmith.records import Sampling
from bardsmith.study.load import complete_yaml, differences, find_study, load_study
from bardsmith.study.spec import Study
from bardsmith.training.config import Method, RunConfig, RunSettings, TrainingConfig

STUDIES = Path(__file__).parents[2] / "studies"
SHIPPED = sorted(STUDIES.glob("*/study.yaml"))
RUNS = "training:\n  runs:\n    - name: lora\n"

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
positive = st.floats(min_value=1e-12, max_value=1e12)
run_settings = {
    "method": st.sampled_from(get_args(Method)),
    "rank": st.integers(1, 512),
    "alpha": positive,
    "dropout": st.floats(0, 0.99),
    "packing": st.booleans(),
    "target_modules": st.just("all-linear") | st.lists(texts, max_size=3).map(tuple),
    "items": st.none() | st.integers(1, 10**6),
    "learning_rate": positive,
}
names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True).filter(lambda name: name != "base")


@st.composite
def studies(draw: st.DrawFn) -> Study:
    run_names = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    runs = [RunConfig(name=name, **draw(st.fixed_dictionaries({}, optional=run_settings))) for name in run_names]
    defaults = RunSettings(**draw(st.fixed_dictionaries({}, optional=run_settings)))
    sampling = Sampling(temperature=draw(st.floats(0, 5)), max_new_tokens=draw(st.integers(1, 4096)))
    return Study(
        name=draw(names),
        description=draw(texts),
        seed=draw(st.integers(-(2**63), 2**63)),
        training=TrainingConfig(defaults=defaults, runs=tuple(runs), sampling=sampling),
    )


def written(folder: Path, text: str) -> Path:
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_every_shipped_study_loads_and_is_found_by_its_name(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    study = load_study(find_study(path.parent.name))
    assert study.name == path.parent.name


def test_the_reference_study_has_its_twelve_runs() -> None:
    study = load_study(STUDIES / "bardic" / "study.yaml")
    runs = {run.name: run for run in study.training.runs}
    assert len(runs) == 12
    assert {run.max_length for run in runs.values()} == {1024}
    assert study.model.chat_template == STUDIES / "bardic" / "chat_template.jinja"
    best = runs["dora-r32-1k-wd1e-3"]
    assert (best.method, best.rank, best.alpha, best.items, best.weight_decay) == ("dora", 32, 64, 1000, 0.001)
    assert runs["lora-r16-1k"].alpha == 16 * 2
    assert runs["dora-r64-7k"].items == 7000


def test_a_study_is_found_by_file_folder_or_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "studies" / "bardic"
    own.mkdir(parents=True)
    file = written(own, "name: bardic\n" + RUNS)
    assert find_study("bardic").samefile(STUDIES / "bardic" / "study.yaml")
    monkeypatch.chdir(tmp_path)
    assert find_study(str(file)) == file
    assert find_study(str(own)) == file
    assert find_study("bardic").samefile(file), "one's own study comes before the shipped one of that name"


def test_an_unknown_study_is_told_with_the_nearest_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "studies" / "sonnets").mkdir(parents=True)
    written(tmp_path / "studies" / "sonnets", "name: sonnets\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"there is no study sonets\n  Did you mean sonnets\? There are: bardic,"):
        find_study("sonets")
    with pytest.raises(InputError, match=r"the folder studies holds no study\.yaml"):
        find_study("studies")
    with pytest.raises(InputError, match="nowhere"):
        load_study(Path("nowhere") / "study.yaml")


def test_a_value_is_what_its_place_wants_whatever_yaml_makes_of_it(tmp_path: Path) -> None:
    text = """\
name: no
description: 2026-01-01
model: {base: on, revision: 1234567}
training:
  defaults: &shared {learning_rate: 2e-4, alpha: 1_6, packing: yes}
  runs:
    - name: 1e3
    - {<<: *shared, name: true, learning_rate: 5.e-4, items: ~, packing: Off}
"""
    study = load_study(written(tmp_path, text))
    first, second = study.training.runs
    assert (study.name, study.description, study.model.base, study.model.revision) == (
        "no",
        "2026-01-01",
        "on",
        "1234567",
    )
    assert (first.name, first.learning_rate, first.alpha, first.packing) == ("1e3", 2e-4, 16, True)
    assert (second.name, second.learning_rate, second.items, second.packing) == ("true", 5e-4, None, False)


def test_a_runs_choice_displaces_the_default_that_says_the_same_otherwise(tmp_path: Path) -> None:
    text = """\
name: no
training:
  defaults: {epochs: 2, batch_size: 4}
  runs: [{name: a}, {name: b, samples: 50, batch_tokens: 2048}]
"""
    one, other = load_study(written(tmp_path, text)).training.runs
    assert (one.epochs, one.samples, one.batch_size, one.batch_tokens) == (2, None, 4, None)
    assert (other.epochs, other.samples, other.batch_size, other.batch_tokens) == (None, 50, None, 2048)


def test_paths_start_at_the_study_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path.resolve() / "mine"
    (folder / "model").mkdir(parents=True)
    for name in ("poems.jsonl", "prompts.jsonl", "chat.jinja"):
        (folder / name).touch()
    text = f"""\
name: mine
model: {{base: model, chat_template: chat.jinja}}
corpus:
  sources: [../mine/poems.jsonl, starter, {(folder / "poems.jsonl").as_posix()}]
  held_out: prompts.jsonl
{RUNS}"""
    written(folder, text)
    monkeypatch.chdir(tmp_path)
    study = load_study(Path("mine") / "study.yaml")
    assert study.corpus.sources == (folder / "poems.jsonl", Path("starter"), folder / "poems.jsonl")
    assert study.corpus.held_out == folder / "prompts.jsonl"
    assert (study.model.base, study.model.chat_template) == (str(folder / "model"), folder / "chat.jinja")


VERSE_SOURCES = """\
corpus:
  writer: {{provider: scripted, model: verse}}
  generate: {{sources: [{{reader: starter}}, {{reader: poems, path: {poems}}}]}}
  conversations: {{sources: [{{reader: no_robots, path: {robots}}}]}}
  replay: {{sources: [{{reader: no_robots, path: {hub}}}]}}
  known_verse: [{{reader: poems, path: {poems}}}]
  human_verse: {{reader: poems, path: {poems}}}
"""


def test_paths_of_verse_sources_start_at_the_study_file_and_a_hub_name_stays_a_name(tmp_path: Path) -> None:
    (tmp_path / "poems.jsonl").touch()
    (tmp_path / "robots").mkdir()
    sources = VERSE_SOURCES.format(poems="poems.jsonl", robots="robots", hub="HuggingFaceH4/no_robots")
    corpus = load_study(written(tmp_path, f"name: x\n{sources}{RUNS}")).corpus
    assert corpus.generate
    assert corpus.conversations
    assert corpus.replay
    assert corpus.human_verse
    poems = tmp_path / "poems.jsonl"
    assert [source.path for source in corpus.generate.sources] == [None, poems]
    assert [corpus.known_verse[0].path, corpus.human_verse.path] == [poems, poems]
    assert corpus.conversations.sources[0].path == tmp_path / "robots"
    assert corpus.replay.sources[0].path == Path("HuggingFaceH4/no_robots")


def test_missing_verse_sources_are_told_at_their_lines(tmp_path: Path) -> None:
    sources = VERSE_SOURCES.format(poems="gone.csv", robots="robots.parquet", hub="./owner/name")
    with pytest.raises(InputError) as caught:
        load_study(written(tmp_path, f"name: x\n{sources}{RUNS}"))
    told = [str(fault.where).rpartition(":")[2] for fault in caught.value.faults]
    assert told == ["4", "5", "6", "7", "8"]
    assert "corpus.known_verse[0].path: there is no" in str(caught.value)


def test_missing_files_are_told_together_with_other_faults(tmp_path: Path) -> None:
    tmp_path = tmp_path.resolve()  # Windows may give it by its short name
    (tmp_path / "poems.jsonl").touch()
    text = f"""\
name: mine
seed: x
model: {{base: ../gone, chat_template: chat.jinja}}
corpus:
  sources: [poem.jsonl, {tmp_path.as_posix()}]
  held_out: startr
{RUNS}"""
    with pytest.raises(InputError) as caught:
        load_study(written(tmp_path, text))
    told = [(str(fault.where).rpartition(":")[2], fault.what, fault.remedy) for fault in caught.value.faults]
    assert told == [
        ("2", "seed must be a whole number; found x", None),
        ("3", f"model.base: there is no {tmp_path.parent / 'gone'}", f"Relative paths start at {tmp_path}."),
        ("3", f"model.chat_template: there is no {tmp_path / 'chat.jinja'}", f"Relative paths start at {tmp_path}."),
        ("5", f"corpus.sources[0]: there is no {tmp_path / 'poem.jsonl'}", "did you mean poems.jsonl?"),
        ("5", f"corpus.sources[1]: {tmp_path} is a folder, not a file", "Name a file in it."),
        ("6", f"corpus.held_out: there is no {tmp_path / 'startr'}", "did you mean starter?"),
    ]


@pytest.mark.parametrize("base", ["embedded:smollm2-135m", "unsloth/Mistral-Nemo-Base-2407"])
def test_a_base_model_that_is_no_folder_stays_a_name(tmp_path: Path, base: str) -> None:
    study = load_study(written(tmp_path, f"name: x\nmodel: {{base: '{base}'}}\n{RUNS}"))
    assert study.model.base == base


@given(study=studies())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_the_complete_study_loads_back_to_the_same(tmp_path: Path, study: Study) -> None:
    text = complete_yaml(study)
    again = load_study(written(tmp_path, text))
    assert again == study
    assert complete_yaml(again) == text


def test_a_line_break_that_yaml_mistakes_loads_back(tmp_path: Path) -> None:
    study = load_study(written(tmp_path, f'name: x\ndescription: "é a\\Nb"\n{RUNS}'))
    assert study.description == "é a\x85b"
    assert load_study(written(tmp_path, complete_yaml(study))) == study


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_a_shipped_study_loads_back_from_any_folder(path: Path, tmp_path: Path) -> None:
    study = load_study(path)
    assert load_study(written(tmp_path, complete_yaml(study))) == study


def test_the_complete_study_names_every_default() -> None:
    study = Study(name="x", training=TrainingConfig(runs=(RunConfig(name="lora"),)))
    text = complete_yaml(study)
    assert text.startswith("name: x\n")
    assert text.index("defaults:") < text.index("runs:")
    for line in (
        "    learning_rate: 0.0002",
        "  base: embedded:smollm2-135m",
        "    max_length: 512",
        "  bootstrap: 10000",
    ):
        assert f"{line}\n" in text


@given(old=studies(), new=studies())
@settings(deadline=None, max_examples=60)
def test_differences_are_told_if_and_only_if_there_are_some(old: Study, new: Study) -> None:
    assert differences(old, old) == []
    assert bool(differences(old, new)) == (old != new)


def test_differences_match_runs_by_name(tmp_path: Path) -> None:
    def study(text: str) -> Study:
        return load_study(written(tmp_path, f"name: x\n{text}"))

    old = study("training:\n  defaults: {dropout: 0.1}\n  runs: [{name: a, rank: 32}, {name: b}, {name: c}]\n")
    new = study(
        "seed: 1\nmodel: {revision: main}\n"
        "training:\n  defaults: {dropout: 0}\n  runs: [{name: c}, {name: a, rank: 16}, {name: d}]\n"
    )
    assert differences(old, new) == [
        "seed: 0 -> 1",
        "model.revision: null -> main",
        "training.defaults.dropout: 0.1 -> 0.0",
        "training.runs.a.rank: 32 -> 16",
        "training.runs.b: removed",
        "training.runs.d: added",
        "training.runs: order a, c -> c, a",
    ]


def test_a_long_text_is_shown_where_it_parts(tmp_path: Path) -> None:
    prompt = "You are a bard who answers in verse, come what may, whatever is asked of you, by day or by night, in {}."
    old, new = (
        load_study(written(tmp_path, f"name: x\ncorpus: {{system_prompt: '{prompt.format(month)}'}}\n{RUNS}"))
        for month in ("May", "June")
    )
    (line,) = differences(old, new)
    assert "May" in line
    assert "June" in line
    assert len(line) < 150


def test_loading_is_quick_and_imports_nothing_heavy() -> None:
    path = STUDIES / "bardic" / "study.yaml"
    durations = []
    for _ in range(5):
        start = time.perf_counter()
        load_study(path)
        durations.append(time.perf_counter() - start)
    assert min(durations) < 0.1
    code = (
        "import sys; from pathlib import Path; from bardsmith.study.load import load_study\n"
        f"load_study(Path({str(path)!r}))\n"
        "print({'torch', 'transformers', 'peft', 'trl', 'datasets', 'matplotlib', 'numpy'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
