"""Tiny data in the datasets' published formats, and plans and runs on them that take a second or two."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from harness.config import settings_from
from harness.planning.data import Data
from harness.planning.planner import build_plan
from harness.planning.session import Session, plan_training
from harness.planning.store import Store
from harness.registry import Registry, default_registry
from harness.results.runs import STORE
from harness.sources.base import open_source
from tests.recorded import results

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from harness.config import Settings
    from harness.planning.execute import Outcome
    from harness.planning.plan import Plan

SMALL: Mapping[str, Any] = {
    "intermediate.steps": 3,
    "target.steps": 2,
    "batch_size": 4,
    "model.hidden_size": 16,
    "model.layers": 1,
    "model.heads": 2,
    "model.feed_forward": 32,
    "model.vocabulary": 300,
}

WORDS = "the old red cat sees a small green dog near every house while nobody hears three birds sing"

MAP = """
[pawsx.train]
file = "pawsx/train.tsv"
format = "xtreme"
[pawsx.validation]
file = "pawsx/validation.tsv"
format = "xtreme"
[pawsx.test]
file = "pawsx/test-{language}.tsv"
format = "xtreme"
languages = ["en", "de", "fr"]
[qqp.train]
file = "qqp/train.tsv"
[qqp.validation]
file = "qqp/validation.tsv"
[mnli.train]
file = "mnli/train.jsonl"
format = "jsonl"
[ccg.train]
file = "ccg/train.conll"
format = "pmb"
[ccg.test]
file = "ccg/test.conll"
format = "pmb"
[squad.train]
file = "squad/train.json"
[squad.validation]
file = "squad/validation.json"
[tatoeba.test]
file = "tatoeba.{language}"
languages = ["de", "sw"]
"""


def sentences(name: str, count: int) -> list[str]:
    """The same sentences for the same name, without repeats."""
    draw = random.Random(name)
    found: dict[str, None] = {}
    while len(found) < count:
        found[" ".join(draw.choices(WORDS.split(), k=draw.randint(4, 7)))] = None
    return list(found)


def tsv(name: str, count: int) -> str:
    """Pairs of sentences with a label, in pawsx's columns."""
    texts = sentences(name, 2 * count)
    return "".join(f"{texts[2 * i]}\t{texts[2 * i + 1]}\t{i % 2}\n" for i in range(count))


def conll(name: str, count: int) -> str:
    """Sentences in the seven columns of the Parallel Meaning Bank."""
    lines = []
    for text in sentences(name, count):
        lines += [f"{word}\t{word}\tx\tx\t{'N' if len(word) > 3 else 'NP/N'}\tx\tx" for word in text.split()]
        lines.append("")
    return "\n".join(lines) + "\n"


def squad(name: str, count: int) -> str:
    """Two questions a paragraph."""
    texts = sentences(name, 3 * count)
    paragraphs = []
    for i in range(count):
        context = texts[3 * i]
        answer = context.split()[1]
        questions = [
            {
                "id": f"{name}-question-{i}-{j}",
                "question": f"{texts[3 * i + j]}?",
                "answers": [{"text": answer, "answer_start": context.index(answer)}],
            }
            for j in (1, 2)
        ]
        paragraphs.append({"context": context, "qas": questions})
    return json.dumps({"version": "1.1", "data": [{"title": "t", "paragraphs": paragraphs}]})


def write_data(directory: Path) -> Path:
    """Tiny files of six tasks; the map that names them."""
    qqp = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"
    labels = ("entailment", "neutral", "contradiction")
    files = {
        "pawsx/train.tsv": tsv("pawsx train", 12),
        "pawsx/validation.tsv": tsv("pawsx validation", 8),
        **{f"pawsx/test-{code}.tsv": tsv(f"pawsx test {code}", 8) for code in ("en", "de", "fr")},
        "ccg/train.conll": conll("ccg train", 12),
        "ccg/test.conll": conll("ccg test", 6),
        "squad/train.json": squad("squad train", 8),
        "squad/validation.json": squad("squad validation", 6),
        "map.toml": MAP,
    }
    for split in ("train", "validation"):
        texts = sentences(f"qqp {split}", 24)
        rows = [f"{i}\t{i}\t{i}\t{texts[2 * i]}\t{texts[2 * i + 1]}\t{i % 2}\n" for i in range(12)]
        files[f"qqp/{split}.tsv"] = qqp + "".join(rows)
    texts = sentences("mnli", 24)
    files["mnli/train.jsonl"] = "".join(
        json.dumps({"sentence1": texts[2 * i], "sentence2": texts[2 * i + 1], "gold_label": labels[i % 3]}) + "\n"
        for i in range(12)
    )
    for code, own in (("de", "deu"), ("sw", "swh")):
        files[f"tatoeba.{own}"] = "\n".join(sentences(f"tatoeba {code}", 6)) + "\n"
        files["tatoeba.eng"] = "\n".join(sentences("tatoeba en", 6)) + "\n"
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory / "map.toml"


@dataclass
class Bench:
    """Plans and runs on one map of files.

    Attributes:
        runs: the directory of its runs.
    """

    registry: Registry
    map: Path
    runs: Path
    _data: dict[int, Data] = field(default_factory=dict)

    def settings(self, *, set: Mapping[str, Any] = {}, **changes: Any) -> Settings:  # noqa: A002
        """Settings of a small run: qqp before pawsx, unless something else is asked for."""
        base = {"intermediate": ("qqp",), "target": ("pawsx",), "model": "scratch", "data": str(self.map)}
        return settings_from(self.registry, base | changes | {"set": {**SMALL, **set}})

    def plan(self, **changes: Any) -> Plan:
        """The plan of settings; files are read once."""
        settings = self.settings(**changes)
        if settings.limit not in self._data:
            self._data[settings.limit] = Data(self.registry, open_source(settings.data, self.registry), settings.limit)
        return build_plan(settings, self.registry, self._data[settings.limit])

    def session(self, *, measures: Any = (), **changes: Any) -> Session:
        """A session that is ready to run, on one thread: sums over so few numbers only wait for more of them."""
        import torch

        torch.set_num_threads(1)
        return plan_training(self.settings(**changes), self.registry, self.runs, measures=measures)

    def run(self, *observers: object, **changes: Any) -> Outcome:
        """Carry settings out."""
        return self.session(**changes).execute(*observers)

    @property
    def store(self) -> Store:
        """The store of its runs."""
        return Store(self.runs / STORE)

    def results(self, outcome: Outcome, kind: str = "score") -> list[dict[str, Any]]:
        """The results of one kind of record."""
        return results(outcome.directory, kind)


@pytest.fixture(scope="session")
def registry() -> Registry:
    return default_registry()


@pytest.fixture(scope="session")
def tiny_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def bench(registry: Registry, tiny_map: Path, tmp_path: Path) -> Bench:
    return Bench(registry, tiny_map, tmp_path / "runs")


@pytest.fixture(scope="session")
def finished(registry: Registry, tiny_map: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bench, Outcome]:
    """A run of two intermediate tasks and two targets, for tests that only read what it left."""
    bench = Bench(registry, tiny_map, tmp_path_factory.mktemp("finished") / "runs")
    outcome = bench.run(intermediate=("qqp", "ccg"), target=("pawsx", "tatoeba"))
    # Some tests add runs of their own; this copy has the one alone.
    shutil.copytree(bench.runs, bench.runs.with_name("alone"))
    return bench, outcome


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB."""
    directory = tmp_path / "disk"
    directory.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", "size=3m", "tmpfs", str(directory)]
    if not mount or os.geteuid() or subprocess.run([mount, *options], check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield directory
    subprocess.run(["umount", "--lazy", str(directory)], check=True)
