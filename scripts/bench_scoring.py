#!/usr/bin/env python
"""How long scoring takes, by type of file: reading both files and all scores of a benchmark's task.

With `--reference`, a checkout of google-research/xtreme (seqeval 0.0.12 must be importable), also its scorer on the
same files, and how many times as long it takes. Files are made from a seed. Times are medians, of one process.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.benchmarks.definition import benchmark
from harness.benchmarks.scoring import score_file
from harness.registry import default_registry

ENTITIES = ("O", "O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG")
POS = (
    "ADJ",
    "ADP",
    "ADV",
    "AUX",
    "CCONJ",
    "DET",
    "INTJ",
    "NOUN",
    "NUM",
    "PRON",
    "PROPN",
    "PUNCT",
    "SCONJ",
    "VERB",
    "X",
)
WORDS = {
    "en": "the a red car of old house in Paris, wound-care (UK) an open door",
    "de": "der die das Haus ein großes Auto, über München einen Weg",
    "ar": "الكتاب مقال و القلم في البيت، مدينة",
    "zh": "红 楼 梦 是 小 说 北 京 大 学 的 人 民 在 中 国 《 》 ， 。",
}


@dataclass(frozen=True)
class Files:
    """A task's two files in a language."""

    task: str
    language: str
    gold: str
    predicted: str


def labels(draw: random.Random, items: int) -> Files:
    gold = draw.choices(("entailment", "neutral", "contradiction"), k=items)
    changed = mostly(draw, gold, lambda: "neutral")
    return Files("xnli", "de", lines(gold), lines(changed))


def tags(task: str, known: tuple[str, ...]) -> Callable[[random.Random, int], Files]:
    def make(draw: random.Random, items: int) -> Files:
        gold = [draw.choices(known, k=draw.randint(5, 25)) for _ in range(items)]
        changed = [mostly(draw, sentence, lambda: draw.choice(known), right=0.8) for sentence in gold]
        return Files(task, "de", *("".join(lines(one) + "\n" for one in both) for both in (gold, changed)))

    return make


def answers(task: str, language: str) -> Callable[[random.Random, int], Files]:
    def make(draw: random.Random, items: int) -> Files:
        def text() -> str:
            words, blank = WORDS[language].split(), "" if language == "zh" else " "
            return blank.join([*draw.choices(words, k=draw.randint(1, 5)), str(draw.randrange(10**5))])

        gold = [text() for _ in range(items)]
        questions = [
            {"id": f"q{i}", "question": "?", "answers": [{"text": one, "answer_start": 0}]}
            for i, one in enumerate(gold)
        ]
        paragraphs = [{"context": f"{one}.", "qas": [question]} for one, question in zip(gold, questions, strict=True)]
        predicted = {f"q{i}": one for i, one in enumerate(mostly(draw, gold, text, right=0.5))}
        data = {"version": "1.1", "data": [{"title": "", "paragraphs": paragraphs}]}
        return Files(task, language, json.dumps(data), json.dumps(predicted))

    return make


def pairs(draw: random.Random, items: int) -> Files:
    gold = [f"de-{i:09d}\ten-{i:09d}" for i in range(items)]
    changed = [f"{one[:12]}\ten-{draw.randrange(items):09d}" if draw.random() < 0.3 else one for one in gold]
    return Files("bucc2018", "de", lines(gold), lines(changed))


def rankings(draw: random.Random, items: int) -> Files:
    entities = [f"Q{i}" for i in range(5000)]
    gold = {f"m{i}": [draw.choice(entities)] for i in range(items)}
    # The right entity is among the best twenty in half of the cases.
    predicted = {key: draw.sample(entities, 20) for key in gold}
    for key, (right,) in gold.items():
        if draw.random() < 0.5 and right not in predicted[key]:
            predicted[key][draw.randrange(20)] = right
    return Files("mewslix", "de", json.dumps(gold), json.dumps(predicted))


TYPES: dict[str, Callable[[random.Random, int], Files]] = {
    "labels": labels,
    "entities": tags("panx", ENTITIES),
    "POS tags": tags("udpos", POS),
    "answers, SQuAD": answers("xquad", "en"),
    **{f"answers, MLQA {language}": answers("mlqa", language) for language in WORDS},
    "pairs": pairs,
    "rankings": rankings,
}


def mostly(draw: random.Random, gold: list[str], other: Callable[[], str], right: float = 0.7) -> list[str]:
    return [one if draw.random() < right else other() for one in gold]


def lines(values: list[str]) -> str:
    return "".join(f"{value}\n" for value in values)


def main() -> None:
    arguments = parse_arguments()
    reference = load_reference(arguments.reference) if arguments.reference else None
    print(f"{arguments.items:,} items, seed {arguments.seed}; medians of {arguments.rounds}, in seconds")
    with tempfile.TemporaryDirectory() as temporary:
        for name, make in TYPES.items():
            if arguments.types and not any(one in name for one in arguments.types):
                continue
            files = make(random.Random(arguments.seed), arguments.items)
            print(f"{name:18} {'  '.join(report(files, Path(temporary), reference, arguments.rounds))}", flush=True)


def report(files: Files, directory: Path, reference: Any, rounds: int) -> Iterator[str]:
    registry = default_registry()
    tasks = benchmark("xtreme-r" if files.task == "mewslix" else "xtreme", registry).tasks
    gold, predicted = directory / "gold", directory / "predicted"
    gold.write_text(files.gold, encoding="utf-8")
    predicted.write_text(files.predicted, encoding="utf-8")
    ours = median(lambda: score_file(predicted, gold, tasks[files.task], files.language, registry), rounds)
    yield f"{ours:7.3f}"
    if reference:
        theirs = median(
            lambda: reference.evaluate_one_task(str(predicted), str(gold), files.task, files.language), rounds
        )
        yield f"reference {theirs:7.3f}"
        yield f"{theirs / ours:5.1f} times as long"


def median(call: Callable[[], object], rounds: int) -> float:
    """Seconds of processor time, which what else runs on the machine changes least; the first call is not counted."""
    call()
    seconds = []
    for _ in range(rounds):
        forget()
        started = time.process_time()
        call()
        seconds.append(time.process_time() - started)
    return statistics.median(seconds)


def forget() -> None:
    """Have every call normalise its texts, as in a process of its own."""
    from harness_plugins.metrics import mlqa, squad

    squad.NORMALISER.pairs([], [])
    mlqa.normaliser.cache_clear()


def load_reference(checkout: Path) -> Any:
    """The module `evaluate` of the checkout."""
    sys.path.insert(0, str(checkout))
    return importlib.import_module("evaluate")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", type=Path, help="a checkout of google-research/xtreme")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--types", nargs="*", default=[], help="only types whose names hold one of these")
    return parser.parse_args()


if __name__ == "__main__":
    main()
