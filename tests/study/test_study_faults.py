"""Every kind of fault in a study: told at its line, with what was found, what is allowed and what to write instead."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bardsmith.errors import Fault, InputError
from bardsmith.study.load import load_study
from bardsmith.study.spec import Study
from bardsmith.study.wording import OTHER_TOOLS_KEYS, PATTERNS
from bardsmith.training.config import RunSettings

RUNS = "training:\n  runs:\n    - name: lora\n"
Faults = Callable[[str | bytes], list[Fault]]


@pytest.fixture
def faults(tmp_path: Path) -> Faults:
    return lambda text: _faults(tmp_path, text)


def _faults(folder: Path, text: str | bytes) -> list[Fault]:
    path = folder / "study.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(InputError) as caught:
        load_study(path)
    assert caught.value.exit_code == 2
    assert all(fault.where and fault.where.startswith(f"{path}:") for fault in caught.value.faults)
    return list(caught.value.faults)


def _line(fault: Fault) -> int:
    return int(str(fault.where).rpartition(":")[2])


def test_all_faults_come_at_once_in_the_order_of_their_lines(faults: Faults) -> None:
    text = """\
name: My Study
sed: 3
seed: many
model:
  dtype: bf16
  base: ./nowhere
corpus:
  sources: [gone.jsonl, starter]
  forms: [haiku, couplets]
training:
  defaults:
    rank: 0
    rank: 8
    learning-rate: 1e-3
  runs:
    - name: lora
    - rank: true
    - name: lora
arena: [1]
"""
    told = [(_line(fault), fault.what.split(";")[0]) for fault in faults(text)]
    assert [line for line, _ in told] == [1, 2, 3, 5, 6, 8, 9, 12, 13, 14, 17, 17, 18, 19], told


@pytest.mark.parametrize(
    ("line", "what", "remedy"),
    [
        ("sed: 3", "unknown key sed", "did you mean seed?"),
        ("rank: 3", "unknown key rank", "rank belongs under training.defaults or an entry of training.runs"),
        ("lr: 3", "unknown key lr", "did you mean learning_rate? It belongs under training.defaults"),
        ("zzz: 3", "unknown key zzz", "allowed here: name, description, seed, model"),
        ("seed: 1.5", "seed must be a whole number; found 1.5", None),
        ("seed: [1, 2]", "seed must be a whole number; found a list of 2", None),
        ("seed: ", "seed must be a whole number; found nothing", None),
        ("description: null", "description must be a text; found nothing", None),
        ("arena: {samples: 0}", "arena.samples must be a whole number of at least 1; found 0", None),
        ("arena: {greedy: perhaps}", "arena.greedy must be true or false; found perhaps", None),
        ("arena: {samples: yes}", "arena.samples must be a whole number of at least 1; found yes", None),
        ("arena: {sampling: {top_p: 1.5}}", "top_p must be a number above 0 and of at most 1; found 1.5", None),
        ("model: {quantization: nf5}", "must be one of none, nf4; found nf5", "did you mean nf4?"),
        ("model: {base: ''}", "model.base must be a text that is not empty; found ''", None),
        ("corpus: {max_lines: 1}", "must be a whole number of at least 2 or null; found 1", None),
        ("corpus: {sources: starter}", "must be a list, each a path; found starter", None),
        ("corpus: {sources: []}", "corpus: there is nothing to learn from", None),
        ("corpus: {known_verse: 3}", "must be a list, each a group of keys (reader, path, licence, take)", None),
        ("corpus: {generate: {querys: 3}}", "unknown key corpus.generate.querys", "did you mean queries?"),
        ("corpus: {replay: {lines: {facts: [1, 2]}}}", "unknown key corpus.replay.lines.facts", "did you mean fact?"),
        ("corpus: {refine: {forms: 3}}", "must be a group of keys (couplet, quatrain", None),
        (
            "corpus: {refine: {lengths: {couplet: 4}}}",
            "must be a list of 2, each a whole number above 0; found 4",
            None,
        ),
        ("corpus: {mix: {shares: balancd}}", "must be one of balanced, reference or a group", "did you mean balanced?"),
        ("corpus: {mix: {shares: {poem: 1}}}", "unknown key corpus.mix.shares.poem", "did you mean poems?"),
        ("corpus: {mix: {shares: {poems: 2}}}", "must be a number of at least 0 and of at most 1; found 2", None),
        ("corpus: {mix: {shares: {poems: 0.4}}}", "the shares of a mix must add up to 1; they add up to 0.4", None),
        ("corpus: {forms: [haikku]}", "corpus.forms[0] must be one of couplet", "did you mean haiku?"),
        ("report: 2026-01-01", "report must be a group of keys (title, examples, pdf); found 2026-01-01", None),
        ("report: !env X", "the tag !env is not known here", "Take it out."),
        ("name: y", "the key name is given twice, first on line 1", "Keep one of the two."),
        ("? [a]\n: 1", "a key must be a text", None),
        ("<<: text", "<< must name a group of keys", None),
    ],
)
def test_a_fault_says_what_was_found_and_what_is_allowed(
    faults: Faults, line: str, what: str, remedy: str | None
) -> None:
    told = [fault for fault in faults(f"name: x\n{line}\n{RUNS}") if what in fault.what]
    assert [_line(fault) for fault in told] == [2]
    assert told[0].remedy is None if remedy is None else str(told[0].remedy).startswith(remedy)


@pytest.mark.parametrize(
    ("setting", "what", "remedy"),
    [
        ("rank: 0", "rank must be a whole number of at least 1; found 0", None),
        ("dropout: 1", "dropout must be a number of at least 0 and below 1; found 1", None),
        ("alpha: inf", "alpha must be a finite number; found inf", None),
        ("epochs: .nan", "epochs must be a number above 0 or null; found .nan", None),
        ("learning_rate: 2e-", "learning_rate must be a number above 0; found 2e-", None),
        ("method: DORA", "method must be one of lora, dora, rslora, rsdora; found DORA", "did you mean dora?"),
        ("target_modules: all", "target_modules must be all-linear or a list, each a text that is not empty", None),
        ("target_modules: [q_proj, '']", "target_modules[1] must be a text that is not empty; found ''", None),
        ("pdf: no", "pdf", "pdf belongs under report"),
    ],
)
def test_a_fault_in_the_defaults_is_told_once(faults: Faults, setting: str, what: str, remedy: str | None) -> None:
    text = f"name: x\ntraining:\n  defaults:\n    {setting}\n  runs:\n    - name: a\n    - name: b\n    - name: c\n"
    (told,) = faults(text)
    assert (_line(told), told.remedy) == (4, remedy)
    assert f"training.defaults.{what}" in told.what


def test_a_run_is_told_by_its_name_and_only_for_what_it_says_itself(faults: Faults) -> None:
    text = "name: x\ntraining:\n  defaults: {rank: 0}\n  runs:\n    - name: a\n      rank: -1\n    - name: b\n"
    assert [(_line(fault), fault.what.split(" must")[0]) for fault in faults(text)] == [
        (3, "training.defaults.rank"),
        (6, "training.runs.a.rank"),
    ]


@pytest.mark.parametrize(
    ("runs", "line", "what"),
    [
        ("[{name: lora}, {rank: 4}]", 3, "training.runs[1].name is missing; it must be 1 to 64 lower-case letters"),
        ("[{name: a}, {name: a}]", 3, "the run name a is taken by the run on line 3"),
        ("[{name: base}]", 3, "the run name base is taken by the untouched base model"),
        ("{lora: {rank: 4}}", 3, "training.runs must be a list of at least one entry"),
        ("[]", 3, "training.runs must be a list of at least one entry"),
        ("[lora]", 3, "training.runs[0] must be a group of keys (method, rank"),
    ],
)
def test_faults_of_the_list_of_runs(faults: Faults, runs: str, line: int, what: str) -> None:
    (told,) = faults(f"name: x\ntraining:\n  runs: {runs}\n")
    assert _line(told) == line
    assert what in told.what


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ("epochs: 2, samples: 100", "epochs and samples contradict each other"),
        ("batch_size: 2, batch_tokens: 900", "batch_size and batch_tokens contradict each other"),
        ("packing: true, batch_size: 4", "packing lays all rows of a batch end to end"),
        ("max_length: 512, batch_tokens: 500", "batch_tokens (500) must be at least max_length (512)"),
        ("unprompted: 0.05", "run a wants 0.05 of the items without the system prompt"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(faults: Faults, settings: str, what: str) -> None:
    (told,) = faults(f"name: x\ntraining:\n  runs:\n    - {{name: a, {settings}}}\n")
    assert what in told.what


def test_an_announced_comparison_of_nobody_is_told(faults: Faults) -> None:
    study = "name: x\ntraining:\n  runs: [{{name: a}}]\nevaluation:\n  comparisons: [{{a: {a}, b: base}}]\n"
    (told,) = faults(study.format(a="dora"))
    assert "names dora, which does not answer; base, base+verse, base+examples, a, best lora, best dora do" in told.what


def test_what_is_missing_is_told_at_its_group(faults: Faults) -> None:
    assert [(_line(fault), fault.what.split(";")[0]) for fault in faults("seed: 1\ntraining: {}\n")] == [
        (1, "name is missing"),
        (2, "training.runs is missing"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "what", "remedy"),
    [
        ("", 1, "the file is empty", "Begin with `name:`"),
        ("# nothing yet\n", 1, "the file is empty", "Begin with `name:`"),
        ("- name: x\n", 1, "must be a group of keys; found a list", "Begin with `name:`"),
        ("name x\n", 1, "must be a group of keys; found a text", "Begin with `name:`"),
        ("name: x\nmodel:\n\tbase: y\n", 3, "the line begins with a tab", "YAML indents with spaces only."),
        ("name: x\ndescription: a: b\n", 2, "not YAML", "Put a text that holds ': ' in quotes"),
        ("name: x\nmodel:\n  base: y\n dtype: auto\n", 4, "not YAML", "Give the keys of one group the same"),
        ("name: x\ndescription: 'y\n", 3, "begins on line 2", "Close the quotes."),
        ("name: [x\nseed: 1\n", 2, "not YAML", "Close the bracket"),
        ("name: x\ndescription: @y\n", 2, "not YAML", "Put a text that begins with @"),
        ("name: x\ndescription: *y\n", 2, "undefined alias", "A text that begins with *"),
        ("name: x\n---\nname: y\n", 2, "single document", "Keep one study in a file"),
        ("name: &a [*a]\n", 1, "an anchor holds itself", "Take out the alias"),
        ("name: x\nseed: 1\x07\n", 2, "U+0007 is not allowed", None),
        (b"name: x\ndescription: caf\xe9\n", 2, "byte 0xE9 is not UTF-8", "Save the file as UTF-8."),
        ("name: x\n".encode("utf-16"), 1, "the file is UTF-16", "Save the file as UTF-8."),
        ("name: " + "[" * 2000, 1, "nested too deeply", None),
    ],
)
def test_a_file_that_is_no_yaml(faults: Faults, text: str | bytes, line: int, what: str, remedy: str | None) -> None:
    (told,) = faults(text)
    assert _line(told) == line
    assert what in told.what
    assert told.remedy is None if remedy is None else str(told.remedy).startswith(remedy)


def test_every_pattern_has_its_words() -> None:
    patterns = set(re.findall(r"'pattern': '([^']+)'", str(Study.model_json_schema())))
    assert patterns == set(PATTERNS)


def test_the_names_of_other_tools_lead_to_settings_there_are() -> None:
    assert set(OTHER_TOOLS_KEYS.values()) <= set(RunSettings.model_fields)
    assert not set(OTHER_TOOLS_KEYS) & set(RunSettings.model_fields)


@given(key=st.sampled_from(sorted(RunSettings.model_fields)), data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_a_misspelt_key_is_led_to_the_right_one(tmp_path: Path, key: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(key) - 1))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    misspelt = data.draw(
        st.sampled_from([key[:place] + key[place + 1 :], key[:place] + letter + key[place:], key.replace("_", "-")])
    )
    if misspelt in {*RunSettings.model_fields, *OTHER_TOOLS_KEYS, "runs"}:
        return
    (told,) = _faults(tmp_path, f"name: x\ntraining:\n  defaults: {{{misspelt}: 1}}\n  runs: [{{name: a}}]\n")
    assert told.remedy == f"did you mean {key}?"


@given(text=st.text(st.characters(codec="utf-8"), max_size=40), place=st.integers(0, 400), cut=st.integers(0, 30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_whatever_stands_in_the_file_it_loads_or_is_refused_in_words(
    tmp_path: Path, text: str, place: int, cut: int
) -> None:
    sound = "name: x\nmodel: {base: a}\ncorpus:\n  sources: [starter]\n" + RUNS + "      rank: 8\nreport: {pdf: no}\n"
    path = tmp_path / "study.yaml"
    path.write_bytes((sound[:place] + text + sound[place + cut :]).encode())
    try:
        load_study(path)
    except InputError as error:
        assert error.faults  # noqa: PT017


@pytest.mark.parametrize(
    ("model", "run", "words"),
    [
        ("device: cpu", "backend: unsloth", "run lora: backend unsloth needs an NVIDIA card"),
        ("quantization: nf4", "shards: 2, adapter_backend: peft", "run lora: a base in nf4 cannot be spread over GPUs"),
    ],
)
def test_a_run_that_does_not_suit_the_base_is_told(model: str, run: str, words: str, faults: Faults) -> None:
    (fault,) = faults(f"name: a\nmodel: {{{model}}}\ntraining:\n  runs:\n    - {{name: lora, {run}}}\n")
    assert words in fault.what
    assert _line(fault) == 3
