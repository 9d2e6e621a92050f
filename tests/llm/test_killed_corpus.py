"""A corpus is made by the commands, asked of a server on loopback, and killed at random instants."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from fake_server import Answer, Call, Script, completion, serving

from bardsmith.llm.exchange import Request
from bardsmith.llm.providers.scripted import Answer as Written
from bardsmith.llm.providers.verses import verses
from bardsmith.outputs import read_records
from bardsmith.records import Conversation, Message, Sampling

CONCURRENCY = 4
KILLS = 5
STUDY = """
name: verses
model: {{base: "random:tiny", dtype: float32}}
corpus:
  writer: {{provider: openai-compatible, base_url: {url}/v1, model: verse, concurrency: {concurrency}}}
  generate: {{sources: [{{reader: starter}}]}}
  refine: {{variants: 4, lengths: {{couplet: [4, 8], quatrain: [4, 8]}}}}
training:
  defaults: {{max_length: 2048}}
  runs: [{{name: lora}}]
"""


def poet() -> Script:
    """Writes as the fake that ships, over the wire; an answer takes a while, so that a kill finds some on their way."""

    def script(call: Call) -> Answer:
        messages = tuple(Message(role=each["role"], content=each["content"]) for each in call.body["messages"])
        act = verses(Request(provider="scripted", model="verse", messages=messages, sampling=Sampling()), 0)
        assert isinstance(act, Written)
        return Answer(completion(act.text), seconds=0.05)

    return script


def start(act: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bardsmith", "corpus", act, "."]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(act: str, folder: Path) -> None:
    process = start(act, folder)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told.decode()


def test_no_kill_loses_a_reply_and_none_is_asked_for_again(tmp_path: Path) -> None:
    draw = random.Random(5)
    with serving(poet()) as service:
        (tmp_path / "study.yaml").write_text(STUDY.format(url=service.url, concurrency=CONCURRENCY), encoding="utf-8")
        finish("generate", tmp_path)
        before = len(service.calls)
        for _ in range(KILLS):
            process = start("refine", tmp_path)
            seen = len(service.calls)
            while process.poll() is None and len(service.calls) < seen + draw.randint(3, 9):
                time.sleep(0.01)
            process.kill()
            process.wait()
        finish("refine", tmp_path)
        asked = Counter(call.content for call in service.calls[before:])
        assert sum(asked.values()) - len(asked) <= KILLS * CONCURRENCY
        assert len(asked) > 3 * KILLS, "the kills came in its midst"

        done = len(service.calls)
        finish("refine", tmp_path)
        assert len(service.calls) == done, "nothing is bought a second time"

    (made,) = (tmp_path / "outputs" / "verses" / "corpus").glob("poem_refined_*.jsonl")
    rows = read_records(made, Conversation)
    assert len({row.id for row in rows}) == len(rows)
    assert len(rows) >= 30
