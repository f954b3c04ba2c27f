"""How long words are: a stage that counts them in rows, and a measure of its result."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import harness


@dataclass(frozen=True)
class WordLengths(harness.Stage):
    """The result is `lengths.json`, the length of each word."""

    rows: harness.Rows
    kind: ClassVar[str] = "word-lengths"
    folder: ClassVar[str] = "xharness_word_lengths.words"

    @property
    def inputs(self) -> Mapping[str, object]:
        return {"task": self.rows.task, "rows": self.rows.digest}

    def build(self, bench: harness.Workbench, out: harness.Building) -> None:
        kind = bench.kind(self.rows.task)
        texts = [text for row in bench.data.of(self.rows).rows for text in kind.texts(row)]
        lengths = [len(word) for text in texts for word in text.split()]
        (out.directory / "lengths.json").write_text(json.dumps(lengths))

    def describe(self) -> str:
        return f"word lengths of {self.rows.where}"


def of(checkpoint: harness.Checkpoint, rows: harness.Rows) -> Mapping[str, harness.Stage]:
    return {"words": WordLengths(rows)}


def mean(results: Mapping[str, Path]) -> harness.Measured:
    lengths = json.loads((results["words"] / "lengths.json").read_text())
    return harness.Measured(sum(lengths) / len(lengths), len(lengths))


@harness.hookimpl
def register_stages(register: Callable[[harness.StageType], None]) -> None:
    register(harness.StageType(name=WordLengths.kind, stage=WordLengths, description="the length of each word"))


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    about = "Mean length of words."
    register(harness.Measure(name="word_length", unit="characters", description=about, of=of, compute=mean))
